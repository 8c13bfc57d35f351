//! How quickly new connections are made. A thousand calls at the same moment need no thousand connections: each that is there
//! carries the next call as soon as it has brought an answer, which takes less than to make another one.

use std::time::Duration;

use super::bucket::Bucket;
use super::connector::Failure;

/// So many connections are made at once; nobody who needs fewer notices anything.
const AT_ONCE: u32 = 64;
/// One more may be made every so often, so that a thousand are there after a quarter of a second if all are needed.
const EVERY: Duration = Duration::from_micros(250);

tokio::task_local! {
    /// Is there while somebody waits for the connection that is being made.
    static WANTED: ();
}

/// Runs a request for which connections are made at this pace.
pub(super) async fn wanting<T>(request: impl Future<Output = T>) -> T {
    WANTED.scope((), request).await
}

/// The pace of one client.
#[derive(Debug)]
pub(super) struct Pace(Bucket);

impl Pace {
    pub(super) fn new() -> Self {
        Self(Bucket::new(EVERY, EVERY * AT_ONCE, Duration::ZERO))
    }

    /// Waits until another connection may be made. It fails where that is not needed any more: the pool goes on making a
    /// connection for a request that has got another one meanwhile.
    pub(super) async fn admit(&self) -> Result<(), Failure> {
        if self.0.take_if(|| WANTED.try_with(|()| ()).is_ok()).await {
            Ok(())
        } else {
            Err("the connection is not needed any more".into())
        }
    }
}
