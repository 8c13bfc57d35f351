//! Start and stop of a sandbox, with and without an async runtime.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use callfluent_sandbox::{DEFAULT_API_KEY, Sandbox, ScriptedResponse};
use http_client::{HttpClient, started};

fn port_of(sandbox: &Sandbox) -> u16 {
    sandbox.base_url().trim_start_matches("http://127.0.0.1:").trim_end_matches("/api").parse().unwrap()
}

#[tokio::test]
async fn it_has_a_base_url_and_an_api_key() {
    let (sandbox, _http) = started().await;
    assert_ne!(port_of(&sandbox), 0);
    assert_eq!(sandbox.api_key(), DEFAULT_API_KEY);
    assert_eq!(sandbox.control_url(), sandbox.base_url().replace("/api", "/sandbox"));
    let other = Sandbox::builder().api_key("mine").start().await.unwrap();
    assert_eq!(HttpClient::new(&other).get("/user/profile").await.status, 200);
    assert_eq!(HttpClient::new(&other).with_key(DEFAULT_API_KEY).get("/user/profile").await.status, 401);
}

#[tokio::test]
async fn it_serves_http2_without_tls() {
    let (sandbox, _http) = started().await;
    assert_eq!(HttpClient::http2(&sandbox).get("/user/profile").await.status, 200);
}

/// Connects to the sandbox. The end of the connection proves that the server has stopped; the port
/// may be reused.
fn connect(sandbox: &Sandbox) -> TcpStream {
    let connection = TcpStream::connect(("127.0.0.1", port_of(sandbox))).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    connection
}

fn is_closed(mut connection: TcpStream) -> bool {
    match connection.read(&mut [0; 16]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

#[tokio::test]
async fn closing_ends_idle_connections_and_delayed_responses() {
    let (sandbox, http) = started().await;
    let idle = connect(&sandbox);
    sandbox.respond(ScriptedResponse::delayed(Duration::from_secs(60))).unwrap();
    let request = http.request(reqwest::Method::GET, "/user/profile").send();
    let delayed = tokio::spawn(request);
    while sandbox.journal().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let begin = Instant::now();
    sandbox.close().await;
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert!(delayed.await.unwrap().is_err());
    assert!(is_closed(idle));
}

#[tokio::test]
async fn closing_an_idle_sandbox_takes_no_time() {
    let mut fastest = Duration::MAX;
    // The fastest of five, because a busy machine can delay any of them.
    for _ in 0..5 {
        let (sandbox, http) = started().await;
        http.get("/user/profile").await;
        let begin = Instant::now();
        sandbox.close().await;
        fastest = fastest.min(begin.elapsed());
    }
    assert!(fastest < Duration::from_millis(100), "{fastest:?}");
}

#[tokio::test]
async fn hundreds_of_concurrent_requests_succeed() {
    let (sandbox, http) = started().await;
    let responses = futures_util::future::join_all((0..300).map(|_| http.get("/user/profile"))).await;
    assert!(responses.iter().all(|response| response.status == 200));
    assert_eq!(sandbox.journal().len(), 300);
}

#[test]
fn it_can_be_shared_between_threads() {
    fn is_shareable<T: Send + Sync + 'static>() {}
    is_shareable::<Sandbox>();
}

#[test]
fn it_needs_no_runtime_and_stops_when_dropped() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let connection = connect(&sandbox);
    drop(sandbox);
    assert!(is_closed(connection));
}

#[test]
fn it_can_be_dropped_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (sandbox, http) = started().await;
        assert_eq!(http.get("/user/profile").await.status, 200);
        drop(sandbox);
    });
}

#[test]
fn a_port_in_use_is_an_error() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    assert_eq!(Sandbox::builder().port(port).start_blocking().unwrap_err().kind(), ErrorKind::AddrInUse);
}

#[cfg(target_os = "linux")]
#[test]
fn it_leaves_no_threads_behind() {
    // Other tests of this file run concurrently, so the bound is only clearly below fifty.
    let before = std::fs::read_dir("/proc/self/task").unwrap().count();
    for _ in 0..50 {
        Sandbox::builder().start_blocking().unwrap().close_blocking();
    }
    let after = std::fs::read_dir("/proc/self/task").unwrap().count();
    assert!(after < before + 30, "{before} threads before, {after} after");
}

#[tokio::test]
async fn it_listens_on_this_machine_only() {
    let (sandbox, _http) = started().await;
    assert!(TcpStream::connect(("127.0.0.1", port_of(&sandbox))).is_ok());
    // The address of this machine in its network, which the system knows without sending anything.
    let probe = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    let Some(address) = probe.connect("192.0.2.1:9").ok().and_then(|()| probe.local_addr().ok()) else { return };
    if !address.ip().is_loopback() {
        let error = TcpStream::connect((address.ip(), port_of(&sandbox))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
}
