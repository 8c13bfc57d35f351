//! Where requests run: on the caller's tokio runtime, or else on one that all clients of the process share.

use std::future::Future;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

static SHARED: OnceLock<Option<Runtime>> = OnceLock::new();

/// Runs a future where there is a reactor for its sockets and timers. Dropping the returned future ends it.
pub(crate) async fn run<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    if Handle::try_current().is_ok() {
        return future.await;
    }
    match shared() {
        Some(runtime) => {
            let mut task = EndOnDrop(runtime.spawn(future));
            match (&mut task.0).await {
                Ok(value) => value,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // Only the end of the process ends the shared runtime.
                    Err(_) => std::future::pending().await,
                },
            }
        }
        // No thread could be started: tokio's own message says what is missing.
        None => future.await,
    }
}

/// The shared runtime, made on first use; one worker thread serves many thousand requests a second.
fn shared() -> Option<&'static Runtime> {
    SHARED
        .get_or_init(|| {
            Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("callfluent")
                .enable_all()
                .build()
                .ok()
        })
        .as_ref()
}

struct EndOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for EndOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
