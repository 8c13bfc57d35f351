//! The moments of a request that a bulk operation records in its journal: before it is sent for the
//! first time, and after its response.

use std::fmt;
use std::io;
use std::sync::Arc;

use bytes::Bytes;

/// Records a request that is not idempotent.
pub(crate) trait RecordRequest: Send + Sync {
    /// Runs before the first attempt, on a thread that may block. After an error, nothing is sent.
    fn before_sending(&self) -> io::Result<()>;

    /// Runs when a success response has arrived.
    fn responded(&self, status: u16, body: &Bytes);
}

/// A recorder, as an option of requests.
#[derive(Clone)]
pub(crate) struct RequestRecorder(pub(crate) Arc<dyn RecordRequest>);

impl RequestRecorder {
    pub(super) async fn before_sending(&self) -> io::Result<()> {
        let recorder = Arc::clone(&self.0);
        let finished = tokio::task::spawn_blocking(move || recorder.before_sending());
        finished.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    pub(super) fn responded(&self, status: u16, body: &Bytes) {
        self.0.responded(status, body);
    }
}

impl fmt::Debug for RequestRecorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RequestRecorder")
    }
}
