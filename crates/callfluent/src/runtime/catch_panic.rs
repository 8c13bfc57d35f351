//! Turns a panic of the client, which is a bug in it, into an error. Without this, the caller of a
//! binding would wait for ever.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

/// Runs a future and returns its output. An `async fn` would store the future twice.
///
/// # Errors
/// A message with the panic if the future panics.
pub fn catch_panic<T>(future: impl Future<Output = T>) -> impl Future<Output = Result<T, String>> {
    // Nothing of a future that panicked is used again.
    AssertUnwindSafe(future).catch_unwind().map(|result| result.map_err(|panic| message(&*panic)))
}

fn message(panic: &(dyn Any + Send)) -> String {
    format!("bug in the client, please report it: {}", panic_text(panic))
}

/// Returns the text of a panic, for a message about it.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it panicked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_an_error_message() {
        assert_eq!(catch_panic(async { 7 }).await, Ok(7));
        let [count, list] = [3, 0];
        let Err(message) = catch_panic(async { assert_eq!(count, list, "of calls") }).await else {
            panic!("the panic was not caught");
        };
        assert!(message.starts_with("bug in the client, please report it: "), "{message}");
        assert!(message.contains("of calls"), "{message}");
        assert_eq!(
            catch_panic(async { std::panic::panic_any(7) }).await,
            Err("bug in the client, please report it: it panicked".to_owned())
        );
    }
}
