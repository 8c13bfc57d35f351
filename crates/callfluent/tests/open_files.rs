//! Requests of a process without a free file descriptor: the error names the cause, and the next
//! request works as soon as there is one.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::fs::File;
use std::pin::pin;
use std::process::Command;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use callfluent::{CallFluent, Error};
use serde_json::json;
use support::{KEY, Reply, Server};

const ADDRESS: &str = "CALLFLUENT_TEST_ADDRESS";

#[tokio::test]
async fn a_request_without_a_free_descriptor_is_reported_and_not_kept() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let port_and_path = server.base_url().rsplit_once(':').unwrap().1.to_owned();
    // The limit applies to the whole process, so it is one of its own.
    let program = std::env::current_exe().unwrap();
    let run = "ulimit -n 48; exec \"$0\" --ignored --exact requests_of_a_limited_process";
    let mut child = Command::new("sh");
    child.args(["-c", run]).arg(program).env(ADDRESS, format!("http://localhost:{port_and_path}"));
    let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    assert_eq!(server.recorded().len(), 2);
}

#[test]
#[ignore = "a_request_without_a_free_descriptor_is_reported_and_not_kept runs it with a limit"]
fn requests_of_a_limited_process() {
    let base_url = std::env::var(ADDRESS).unwrap();
    let client = || CallFluent::builder().api_key(KEY).base_url(&*base_url).max_retries(0).build().unwrap();
    let first = client();
    let files = use_up_descriptors();
    // The first request of the process, which would start the client's thread.
    let error = block_on(first.agents().list(1)).unwrap_err();
    assert!(matches!(error, Error::Connection(_)), "{error:?}");
    assert!(error.to_string().contains("Too many open files"), "{error}");
    assert!(error.context().unwrap().source.as_ref().unwrap().is::<std::io::Error>());
    let blocking = callfluent::blocking::CallFluent::from(first.clone());
    let bulk = blocking.agents().get_many([1]).start().map(drop);
    for error in [blocking.agents().list(1).unwrap_err(), bulk.unwrap_err()] {
        assert!(matches!(error, Error::Connection(_)), "{error:?}");
        assert!(error.to_string().ends_with("raise the limits of this process"), "{error}");
    }
    drop(files);
    block_on(first.agents().list(1)).unwrap();

    // The thread runs now, but a new connection needs a descriptor, and so does the resolver.
    let second = client();
    let files = use_up_descriptors();
    let error = block_on(second.agents().list(1)).unwrap_err();
    assert!(error.to_string().contains("too many open files; raise the limit of this process"), "{error}");
    drop(files);
    block_on(second.agents().list(1)).unwrap();
}

fn use_up_descriptors() -> Vec<File> {
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

/// Awaits a future on this thread, without a runtime.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        thread::park();
    }
}
