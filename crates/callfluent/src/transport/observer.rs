//! The moments of a request that a bulk operation records in its journal: before it is sent for the
//! first time, and after its response.

use std::fmt;
use std::io;
use std::sync::Arc;

use bytes::Bytes;

/// Observes a request that is not idempotent.
pub(crate) trait Observe: Send + Sync {
    /// Runs before the first attempt, on a thread that may block. After an error, nothing is sent.
    fn before_sending(&self) -> io::Result<()>;

    /// Runs when a success response has arrived.
    fn responded(&self, status: u16, body: &Bytes);
}

/// An observer, as an option of requests.
#[derive(Clone)]
pub(crate) struct Observer(pub(crate) Arc<dyn Observe>);

impl Observer {
    pub(super) async fn before_sending(&self) -> io::Result<()> {
        let observer = Arc::clone(&self.0);
        let recorded = tokio::task::spawn_blocking(move || observer.before_sending());
        recorded.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Observer")
    }
}
