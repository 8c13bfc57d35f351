//! Runs requests: on the caller's tokio runtime if that is multi-threaded, or else on one that all
//! clients of the process share. Connections stay on the runtime that made them, and any may use
//! them.

mod catch_panic;
mod runtime_error;
mod shared_runtime;
mod signal_mask;

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::JoinHandle;
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;

use crate::fork_local::ForkLocal;
use crate::inspection;
pub use catch_panic::catch_panic;
pub(crate) use catch_panic::panic_text;
pub use runtime_error::unavailable;
pub(crate) use runtime_error::{RuntimeError, no_runtime};
use shared_runtime::DrivenRuntime;
pub use signal_mask::without_signals;

static SHARED: ForkLocal<Shared> = ForkLocal::new();

#[derive(Default)]
struct Shared {
    runtime: OnceLock<Arc<DrivenRuntime>>,
    /// Held while the runtime is made.
    making: Mutex<()>,
}

/// A handle to the runtime that all clients of this process share.
#[derive(Clone, Copy)]
pub struct SharedRuntime(&'static Arc<DrivenRuntime>);

/// Returns the runtime that all clients of this process share. It is made on first use, and again
/// after a fork.
///
/// # Errors
/// If its thread cannot be started. The next use tries again.
pub fn shared() -> io::Result<SharedRuntime> {
    let shared = SHARED.get_or_init(Shared::default);
    if let Some(runtime) = shared.runtime.get() {
        return Ok(SharedRuntime(runtime));
    }
    let _making = shared.making.lock().unwrap_or_else(PoisonError::into_inner);
    if shared.runtime.get().is_none() {
        let _ = shared.runtime.set(DrivenRuntime::new()?);
    }
    shared.runtime.get().map(SharedRuntime).ok_or_else(|| io::Error::other("the runtime is missing"))
}

impl SharedRuntime {
    /// Spawns a future on it. Aborting the task cancels the future.
    pub fn spawn<T: Send + 'static>(self, future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.0.spawn(future)
    }
}

/// Spawns a future on the shared runtime. Aborting the task cancels the future.
///
/// # Errors
/// Those of [`shared`].
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> io::Result<JoinHandle<T>> {
    Ok(shared()?.spawn(future))
}

/// Blocks on a future on the shared runtime. This thread does the network I/O, so that no other one
/// has to be woken.
///
/// # Errors
/// Those of [`shared`].
///
/// # Panics
/// If it is called within a tokio runtime: await the future there.
pub fn block_on<T>(future: impl Future<Output = T>) -> io::Result<T> {
    match shared()?.0.block_on(future, None) {
        Some(value) => Ok(value),
        // Only a time limit ends the wait.
        None => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Blocks on a future like [`block_on`], for at most about this time. Returns `None` if it takes
/// longer.
///
/// # Errors
/// Those of [`shared`].
///
/// # Panics
/// If it is called within a tokio runtime.
pub fn block_on_for<T>(future: impl Future<Output = T>, at_most: Option<Duration>) -> io::Result<Option<T>> {
    Ok(shared()?.0.block_on(future, at_most))
}

/// Runs a future on a runtime with I/O and timers. Dropping the returned future cancels it.
///
/// # Errors
/// No runtime can run it. It was not polled then.
pub(crate) async fn run<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Result<T, RuntimeError> {
    if shared_runtime::is_here() {
        return Ok(future.await);
    }
    // On a current-thread runtime, connections stand still while nothing is blocked on it, even if
    // another runtime needs them.
    if Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread) {
        return runtime_error::without_panic(future).await;
    }
    let mut task = AbortOnDrop(shared()?.spawn(future.in_current_span().with_current_subscriber()));
    match (&mut task.0).await {
        Ok(value) => Ok(value),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The shared runtime ends with the process only.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Runs a future that makes progress even if the returned future is not polled, so that it may hold
/// a lock. Dropping the returned future cancels it. Returns `None` if the runtime is shut down
/// before it completes.
pub(crate) async fn run_unattended<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Option<T> {
    // Whoever drives the shared runtime polls its futures until they complete or are dropped.
    if shared_runtime::is_here() {
        return Some(future.await);
    }
    let future = future.in_current_span().with_current_subscriber();
    match inspection::current() {
        None => run_as_task(future).await,
        Some(inspection) => run_as_task(inspection::scope(inspection, future)).await,
    }
}

async fn run_as_task<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Option<T> {
    let Ok(runtime) = runtime_here() else {
        return Some(future.await);
    };
    let mut task = AbortOnDrop(runtime.spawn(future));
    match (&mut task.0).await {
        Ok(value) => Some(value),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => None,
        },
    }
}

/// Spawns a future that makes progress by itself, on the runtime that requests of this thread use.
///
/// # Errors
/// Those of [`shared`].
pub(crate) fn spawn_unattended<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Ok(runtime_here()?.spawn(future.in_current_span().with_current_subscriber()))
}

/// The runtime that requests of this thread use.
enum RuntimeHere {
    Current(Handle),
    Shared(SharedRuntime),
}

fn runtime_here() -> io::Result<RuntimeHere> {
    match Handle::try_current() {
        Ok(handle) if handle.runtime_flavor() == RuntimeFlavor::MultiThread => Ok(RuntimeHere::Current(handle)),
        _ => shared().map(RuntimeHere::Shared),
    }
}

impl RuntimeHere {
    fn spawn<T: Send + 'static>(self, future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        match self {
            Self::Current(handle) => handle.spawn(future),
            Self::Shared(runtime) => runtime.spawn(future),
        }
    }
}

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
