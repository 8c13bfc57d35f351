//! A panic of the client is a defect of it. Whoever waits for the call is told so, rather than waiting for ever.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

/// Runs a call; a panic becomes the text that tells of it. It is no `async fn`, which would hold the call twice over.
pub(crate) fn caught<T>(call: impl Future<Output = T>) -> impl Future<Output = Result<T, String>> {
    // Nothing of a call that has panicked is used again.
    AssertUnwindSafe(call).catch_unwind().map(|ended| ended.map_err(|panic| told(&*panic)))
}

fn told(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the client has a defect, please report it: {}", said.unwrap_or("it panicked"))
}
