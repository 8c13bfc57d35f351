//! A panic within a call is told to whoever waits for it. The function that sees to it is taken from the binding's own source, as
//! an extension of Python cannot be linked into a test.

#[path = "../src/caught.rs"]
mod caught;

use caught::caught;

#[tokio::test]
async fn a_panic_of_a_call_is_told_and_does_not_go_on() {
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let plain = caught(async { panic!("it broke") }).await.map(|()| 1);
    let number = 7;
    let formatted = caught(async move { panic!("{number} broke") }).await.map(|()| 1);
    let other = caught(async { std::panic::panic_any(7) }).await.map(|()| 1);
    std::panic::set_hook(quiet);
    assert_eq!(plain, Err("the client has a defect, please report it: it broke".to_owned()));
    assert_eq!(formatted, Err("the client has a defect, please report it: 7 broke".to_owned()));
    assert_eq!(other, Err("the client has a defect, please report it: it panicked".to_owned()));
}

#[tokio::test]
async fn an_answer_comes_through() {
    assert_eq!(caught(async { 7 }).await, Ok(7));
}

#[tokio::test]
async fn whoever_waits_for_a_task_that_panics_is_not_left_waiting() {
    let (said, heard) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        tokio::task::yield_now().await;
        let result = caught::<()>(async {
            tokio::task::yield_now().await;
            panic!("between two turns")
        });
        said.send(result.await)
    });
    assert!(heard.await.is_ok_and(|result| result.is_err()));
}
