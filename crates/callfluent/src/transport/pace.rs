//! How quickly new connections are made. A thousand calls at the same moment need no thousand connections: each that is there
//! carries the next call as soon as it has brought an answer, which takes less than to make another one.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::time::sleep;

use super::bucket::Bucket;
use super::connector::Failure;

/// So many connections are made as soon as they are asked for; nobody who needs fewer notices anything.
const AT_ONCE: usize = 64;
/// Beyond them, one that is there has so long to become free.
const PATIENCE: Duration = Duration::from_millis(50);
/// After that one more is made every so often, so that a thousand are there after a quarter of a second if all are needed.
const EVERY: Duration = Duration::from_micros(250);
/// What timers are late by is made up for.
const LATE: Duration = Duration::from_millis(2);

tokio::task_local! {
    /// Is there while somebody waits for the connection that is being made.
    static WANTED: ();
}

/// Runs a request for which connections are made at this pace.
pub(super) async fn wanting<T>(request: impl Future<Output = T>) -> T {
    WANTED.scope((), request).await
}

fn is_wanted() -> bool {
    WANTED.try_with(|()| ()).is_ok()
}

/// The pace of one client.
#[derive(Debug)]
pub(super) struct Pace {
    /// How many connections there are, those included that are being made.
    open: Arc<AtomicUsize>,
    further: Bucket,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { open: Arc::default(), further: Bucket::new(EVERY, LATE, LATE) }
    }

    /// Waits until another connection may be made. It fails where that is not needed any more: the pool goes on making a
    /// connection for a request that has got another one meanwhile.
    pub(super) async fn admit(&self) -> Result<Open, Failure> {
        let few = |open: usize| (open < AT_ONCE).then_some(open + 1);
        if self.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, few).is_ok() {
            return Ok(Open(Arc::clone(&self.open)));
        }
        if patience().await && self.further.take_if(is_wanted).await {
            self.open.fetch_add(1, Ordering::Relaxed);
            return Ok(Open(Arc::clone(&self.open)));
        }
        Err("the connection is not needed any more".into())
    }
}

/// Waits for as long as one has to be patient; says whether a connection is still needed then.
async fn patience() -> bool {
    let mut patience = pin!(sleep(PATIENCE));
    poll_fn(|context| if is_wanted() { patience.as_mut().poll(context).map(|()| true) } else { Poll::Ready(false) })
        .await
}

/// One connection that there is. It counts until this is dropped.
#[derive(Debug)]
pub(super) struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
