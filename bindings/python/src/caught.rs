//! A panic of the client is a defect of it. Whoever waits for the call is told so, rather than waiting for ever.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

/// Runs a call; a panic becomes the text that tells of it.
pub(crate) async fn caught<T>(call: impl Future<Output = T>) -> Result<T, String> {
    // Nothing of a call that has panicked is used again.
    AssertUnwindSafe(call).catch_unwind().await.map_err(|panic| {
        let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        format!("the client has a defect, please report it: {}", said.unwrap_or("it panicked"))
    })
}
