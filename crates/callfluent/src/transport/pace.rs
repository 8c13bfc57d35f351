//! How quickly new connections are made. A thousand calls at the same moment need no thousand connections: each that is there
//! carries the next call as soon as it has brought an answer, which takes less than to make another one.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tower_layer::Layer;
use tower_service::Service;

use super::bucket::Bucket;

/// So many connections are made at once; nobody who needs fewer notices anything.
const AT_ONCE: u32 = 64;
/// One more may be made every so often, so that a thousand are there after a quarter of a second if all are needed.
const EVERY: Duration = Duration::from_micros(250);

type Failure = Box<dyn std::error::Error + Send + Sync>;

tokio::task_local! {
    /// Is there while somebody waits for the connection that is being made.
    static WANTED: ();
}

/// Runs a request for which connections are made at this pace.
pub(super) async fn wanting<T>(request: impl Future<Output = T>) -> T {
    WANTED.scope((), request).await
}

/// The pace of one client.
#[derive(Debug, Clone)]
pub(super) struct Pace(Arc<Bucket>);

impl Pace {
    pub(super) fn new() -> Self {
        Self(Arc::new(Bucket::new(EVERY, EVERY * AT_ONCE, Duration::ZERO)))
    }
}

impl<S> Layer<S> for Pace {
    type Service = Paced<S>;

    fn layer(&self, connector: S) -> Paced<S> {
        Paced { pace: self.clone(), connector }
    }
}

/// Makes connections at a pace.
#[derive(Debug, Clone)]
pub(super) struct Paced<S> {
    pace: Pace,
    connector: S,
}

impl<S, T> Service<T> for Paced<S>
where
    S: Service<T, Error = Failure> + Clone + Send + 'static,
    S::Future: Send,
    T: Send + 'static,
{
    type Response = S::Response;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, Failure>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, target: T) -> Self::Future {
        let other = self.connector.clone();
        // The one that is ready.
        let mut connector = std::mem::replace(&mut self.connector, other);
        let pace = Arc::clone(&self.pace.0);
        Box::pin(async move {
            // The pool goes on making a connection for a request that has got another one meanwhile.
            if pace.take_if(|| WANTED.try_with(|()| ()).is_ok()).await {
                connector.call(target).await
            } else {
                Err("the connection is not needed any more".into())
            }
        })
    }
}
