//! The offline switch of the process. Helpers of tests turn it on: a client that a module of the
//! tested program creates can be older than the test, so no option or variable of the test reaches
//! it.

use std::sync::atomic::{AtomicBool, Ordering};

use super::error::AttemptError;
use super::http_client::HttpClient;

static IS_OFFLINE: AtomicBool = AtomicBool::new(false);

/// Sets whether the clients of this process refuse every host except this machine. Returns the
/// previous setting, at first false.
///
/// It holds for requests from now on, also for those of clients that already exist. For tests: no
/// request of any client leaves the machine. A client that sets
/// [`offline`](crate::ClientBuilder::offline) itself, or that was created with the environment
/// variable `CALLFLUENT_OFFLINE`, keeps its own setting.
///
/// # Example
/// ```
/// callfluent::set_offline(true);
/// ```
pub fn set_offline(offline: bool) -> bool {
    IS_OFFLINE.swap(offline, Ordering::SeqCst)
}

/// Returns the setting of the process.
pub fn is_offline() -> bool {
    IS_OFFLINE.load(Ordering::SeqCst)
}

/// Returns the error if offline mode refuses to send requests. The setting of the process counts at
/// the time of the request.
pub(super) fn offline_error(http: &HttpClient) -> Option<AttemptError> {
    let host = http.remote_host.clone()?;
    let by_process = match http.offline {
        Some(true) => false,
        None if is_offline() => true,
        Some(false) | None => return None,
    };
    Some(AttemptError::Offline { host, by_process })
}
