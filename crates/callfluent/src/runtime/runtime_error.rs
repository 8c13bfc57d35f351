//! Reasons why no runtime can run a request: the shared one cannot be started, or the caller's
//! lacks timers or I/O. Nothing was sent then.

use std::any::Any;
use std::error::Error as StdError;
use std::io;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::Duration;

use futures_util::FutureExt as _;

use crate::error::{Error, RequestTarget};

#[derive(Debug, thiserror::Error)]
pub(crate) enum RuntimeError {
    /// The shared runtime cannot be started. The next request tries again.
    #[error("request was not sent: the client's thread could not be started: {0}; raise the limits of this process")]
    Unavailable(#[from] io::Error),
    /// The caller's runtime has no timers or no I/O.
    #[error("request was not sent: this tokio runtime has no timers or no I/O; build it with enable_all()")]
    Incomplete,
}

impl RuntimeError {
    pub(crate) fn into_source(self) -> Option<Box<dyn StdError + Send + Sync>> {
        match self {
            Self::Unavailable(error) => Some(Box::new(error)),
            Self::Incomplete => None,
        }
    }
}

/// Returns the error of work for which the shared runtime could not be started.
pub fn unavailable(error: io::Error) -> Error {
    no_runtime(RuntimeError::from(error), RequestTarget::default())
}

/// Returns the error of work that no runtime can run.
pub(crate) fn no_runtime(error: RuntimeError, target: RequestTarget) -> Error {
    let mut context = target.context(error.to_string());
    context.source = error.into_source();
    Error::Connection(context)
}

/// Runs a future on the caller's runtime. If that has no timers or no I/O, the panic of tokio
/// becomes an error: tokio has no other way to find out.
pub(super) async fn without_panic<T>(future: impl Future<Output = T>) -> Result<T, RuntimeError> {
    let checked = async {
        // Before anything is sent.
        drop(tokio::time::sleep(Duration::ZERO));
        future.await
    };
    AssertUnwindSafe(checked)
        .catch_unwind()
        .await
        .map_err(|panic| if is_missing_driver(&*panic) { RuntimeError::Incomplete } else { resume_unwind(panic) })
}

fn is_missing_driver(panic: &(dyn Any + Send)) -> bool {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.is_some_and(|text| text.contains("timers are disabled") || text.contains("IO is disabled"))
}
