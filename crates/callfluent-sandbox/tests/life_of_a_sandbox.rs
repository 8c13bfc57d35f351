//! How a sandbox starts and ends: in any runtime and in none, over both versions of HTTP, promptly and without a trace.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod raw;

use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use callfluent_sandbox::{DEFAULT_API_KEY, Sandbox, ScriptedResponse};
use raw::{Raw, started};

fn port_of(sandbox: &Sandbox) -> u16 {
    sandbox.base_url().trim_start_matches("http://127.0.0.1:").trim_end_matches("/api").parse().unwrap()
}

#[tokio::test]
async fn it_names_its_address_and_key() {
    let (sandbox, _raw) = started().await;
    assert_ne!(port_of(&sandbox), 0);
    assert_eq!(sandbox.api_key(), DEFAULT_API_KEY);
    assert_eq!(sandbox.control_url(), sandbox.base_url().replace("/api", "/sandbox"));
    let other = Sandbox::builder().api_key("mine").start().await.unwrap();
    assert_eq!(Raw::new(&other).get("/user/profile").await.status, 200);
    assert_eq!(Raw::new(&other).with_key(DEFAULT_API_KEY).get("/user/profile").await.status, 401);
}

#[tokio::test]
async fn it_speaks_http_2_without_tls() {
    let (sandbox, _raw) = started().await;
    assert_eq!(Raw::http2(&sandbox).get("/user/profile").await.status, 200);
}

/// A connection of one's own: its end is the surest sign that a server is gone, since others may take its port.
fn connect(sandbox: &Sandbox) -> TcpStream {
    let connection = TcpStream::connect(("127.0.0.1", port_of(sandbox))).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    connection
}

fn has_ended(mut connection: TcpStream) -> bool {
    match connection.read(&mut [0; 16]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

#[tokio::test]
async fn closing_ends_idle_connections_and_answers_that_would_be_late() {
    let (sandbox, raw) = started().await;
    let idle = connect(&sandbox);
    sandbox.respond(ScriptedResponse::delayed(Duration::from_secs(60))).unwrap();
    let request = raw.request(reqwest::Method::GET, "/user/profile").send();
    let late = tokio::spawn(request);
    while sandbox.journal().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let begin = Instant::now();
    sandbox.close().await;
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert!(late.await.unwrap().is_err());
    assert!(has_ended(idle));
}

#[tokio::test]
async fn closing_an_idle_sandbox_takes_no_time() {
    let mut quickest = Duration::MAX;
    // The quickest of a few, because a busy machine can hold any one of them up.
    for _ in 0..5 {
        let (sandbox, raw) = started().await;
        raw.get("/user/profile").await;
        let begin = Instant::now();
        sandbox.close().await;
        quickest = quickest.min(begin.elapsed());
    }
    assert!(quickest < Duration::from_millis(100), "{quickest:?}");
}

#[tokio::test]
async fn hundreds_of_requests_at_once_are_all_answered() {
    let (sandbox, raw) = started().await;
    let answers = futures_util::future::join_all((0..300).map(|_| raw.get("/user/profile"))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(sandbox.journal().len(), 300);
}

#[test]
fn it_can_be_shared_between_threads() {
    fn is_shareable<T: Send + Sync + 'static>() {}
    is_shareable::<Sandbox>();
}

#[test]
fn it_needs_no_runtime_and_dropping_it_ends_it() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let connection = connect(&sandbox);
    drop(sandbox);
    assert!(has_ended(connection));
}

#[test]
fn it_can_be_dropped_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (sandbox, raw) = started().await;
        assert_eq!(raw.get("/user/profile").await.status, 200);
        drop(sandbox);
    });
}

#[test]
fn a_taken_port_is_an_error() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    assert!(Sandbox::builder().port(port).start_blocking().is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn it_leaves_no_threads_behind() {
    // Other tests of this file run beside it, so the count need only stay far from fifty.
    let before = std::fs::read_dir("/proc/self/task").unwrap().count();
    for _ in 0..50 {
        Sandbox::builder().start_blocking().unwrap().close_blocking();
    }
    let after = std::fs::read_dir("/proc/self/task").unwrap().count();
    assert!(after < before + 30, "{before} threads before, {after} after");
}
