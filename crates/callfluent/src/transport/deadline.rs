//! The deadline of a request, or of several that are one operation. The time in which a request
//! waits for its turn does not count, so a deadline can move.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A deadline. Its clones move together.
#[derive(Debug, Clone)]
pub(crate) struct Deadline(Arc<Mutex<Instant>>);

impl Deadline {
    /// Returns the deadline after a timeout from now; `None` beyond the range of the clock.
    pub(crate) fn after(timeout: Duration) -> Option<Self> {
        Instant::now().checked_add(timeout).map(|at| Self(Arc::new(Mutex::new(at))))
    }

    pub(super) fn at(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the deadline by the time that a request waited for its turn.
    pub(super) fn extend(&self, waited: Duration) {
        let mut at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *at = at.checked_add(waited).unwrap_or(*at);
    }
}
