//! A client is awaited on several tokio runtimes, of any kind, in turn.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::time::Duration;

use callfluent::Error;
use serde_json::json;
use support::{Reply, Server};
use tokio::runtime::{Builder, Runtime};

#[test]
fn a_connection_of_an_idle_runtime_is_not_stuck() {
    let servers = Runtime::new().unwrap();
    let server = servers.block_on(Server::start([Reply::ok(json!([]))]));
    let client = server.builder().timeout(Duration::from_secs(2)).max_retries(0).build().unwrap();
    let idle = Builder::new_current_thread().enable_all().build().unwrap();
    idle.block_on(client.agents().list(1)).unwrap();
    let other = Builder::new_current_thread().enable_all().build().unwrap();
    other.block_on(client.agents().list(1)).unwrap();
    servers.block_on(client.agents().list(1)).unwrap();
    drop(idle);
    other.block_on(client.agents().list(1)).unwrap();
}

#[test]
fn a_runtime_without_io_and_timers_is_enough() {
    let servers = Runtime::new().unwrap();
    let server = servers.block_on(Server::start([Reply::ok(json!([]))]));
    let bare = Builder::new_current_thread().build().unwrap();
    bare.block_on(server.client().agents().list(1)).unwrap();
}

#[test]
fn a_multi_thread_runtime_without_timers_or_io_is_an_error() {
    let servers = Runtime::new().unwrap();
    let server = servers.block_on(Server::start([Reply::ok(json!([]))]));
    let client = server.client();
    let bare = || Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let mut without_io = Builder::new_multi_thread();
    let without_io = without_io.worker_threads(1).enable_time().build().unwrap();
    for incomplete in [bare(), without_io] {
        let error = incomplete.block_on(client.agents().list(1)).unwrap_err();
        assert!(matches!(error, Error::Connection(_)), "{error:?}");
        assert!(error.to_string().contains("build it with enable_all()"), "{error}");
        assert!(!error.outcome_unknown(), "{error}");
    }
    assert!(server.recorded().is_empty());
    servers.block_on(client.agents().list(1)).unwrap();
}

#[test]
fn sixty_four_blocked_threads_share_a_client() {
    let servers = Runtime::new().unwrap();
    let server = servers.block_on(Server::start([Reply::ok(json!([{ "id": 1, "name": "a" }]))]));
    let client = server.client();
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let agents = callfluent::bindings::runtime::block_on(client.agents().list(1)).unwrap().unwrap();
                    assert_eq!(agents.len(), 1);
                }
            });
        }
    });
    assert_eq!(server.recorded().len(), 64 * 20);
}
