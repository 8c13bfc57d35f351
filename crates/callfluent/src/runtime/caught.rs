//! A panic of the client is a defect of it. Whoever waits for the call is told so, rather than waiting for ever.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

/// Runs a call; a panic becomes the sentence that tells of it. It is no `async fn`, which would hold the call twice over.
///
/// # Errors
/// Where the call panics.
pub fn caught<T>(call: impl Future<Output = T>) -> impl Future<Output = Result<T, String>> {
    // Nothing of a call that has panicked is used again.
    AssertUnwindSafe(call).catch_unwind().map(|ended| ended.map_err(|panic| sentence(&*panic)))
}

fn sentence(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the client has a defect, please report it: {}", said.unwrap_or("it panicked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_a_sentence_and_an_answer_stays_one() {
        assert_eq!(caught(async { 7 }).await, Ok(7));
        let [count, list] = [3, 0];
        let Err(said) = caught(async { assert_eq!(count, list, "of calls") }).await else {
            panic!("it was not caught");
        };
        assert!(said.starts_with("the client has a defect, please report it: "), "{said}");
        assert!(said.contains("of calls"), "{said}");
        assert_eq!(
            caught(async { std::panic::panic_any(7) }).await,
            Err("the client has a defect, please report it: it panicked".to_owned())
        );
    }
}
