//! Where requests run: on the caller's tokio runtime where that has threads of its own, or else on one that all clients of
//! the process share. A connection lives where it was made, and may be used by any of them.

mod caught;
mod driven;
mod near;
mod signals;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::JoinHandle;
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;

use crate::fork_local::ForkLocal;
pub use caught::caught;
use driven::Driven;
pub use signals::without_signals;

static SHARED: ForkLocal<Option<Arc<Driven>>> = ForkLocal::new();

/// The runtime that all clients of this process share.
#[derive(Clone, Copy)]
pub struct SharedRuntime(&'static Arc<Driven>);

/// The runtime that all clients of this process share, made on first use and anew after a fork.
///
/// # Errors
/// Where the process can start no thread.
pub fn shared() -> io::Result<SharedRuntime> {
    let driven = SHARED.get_or_init(|| Driven::new().ok()).as_ref();
    driven.map(SharedRuntime).ok_or_else(|| io::Error::other("no thread can be started for requests"))
}

impl SharedRuntime {
    /// Runs a future on it. Aborting the task ends it.
    pub fn spawn<T: Send + 'static>(self, future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.0.spawn(future)
    }
}

/// Runs a future on the runtime that all clients of this process share. Aborting the task ends it.
///
/// # Errors
/// Where the process can start no thread.
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> io::Result<JoinHandle<T>> {
    Ok(shared()?.spawn(future))
}

/// Waits for a future on the runtime that all clients of this process share. What it needs of the network is done on this
/// thread, so that no other one has to be woken.
///
/// # Errors
/// Where the process can start no thread.
///
/// # Panics
/// Within a tokio runtime, where there is nothing to wait for but to await.
pub fn block_on<T>(future: impl Future<Output = T>) -> io::Result<T> {
    match shared()?.0.block_on(future, None) {
        Some(value) => Ok(value),
        // Not without a limit.
        None => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Waits for a future like [`block_on`], for about as long as is said; `None` where it takes longer.
///
/// # Errors
/// Where the process can start no thread.
///
/// # Panics
/// Within a tokio runtime.
pub fn block_on_for<T>(future: impl Future<Output = T>, at_most: Option<Duration>) -> io::Result<Option<T>> {
    Ok(shared()?.0.block_on(future, at_most))
}

/// Runs a future where there is a reactor for its sockets and timers. Dropping the returned future ends it.
pub(crate) async fn run<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    // The connections of a runtime of one thread stand still while nobody waits there, whoever else needs them.
    if driven::is_here()
        || Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread)
    {
        return future.await;
    }
    // Where no thread can be started, tokio's own message says what is missing.
    let Ok(runtime) = shared() else {
        return future.await;
    };
    let mut task = EndOnDrop(runtime.spawn(future.in_current_span().with_current_subscriber()));
    match (&mut task.0).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only the end of the process ends the shared runtime.
            Err(_) => std::future::pending().await,
        },
    }
}

struct EndOnDrop<T>(JoinHandle<T>);

impl<T> Drop for EndOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
