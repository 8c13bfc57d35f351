//! Where a client may be awaited: on several tokio runtimes in turn, whatever they are made of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::time::Duration;

use serde_json::json;
use support::{Reply, Server};
use tokio::runtime::{Builder, Runtime};

#[test]
fn a_connection_made_on_an_idle_runtime_serves_calls_on_another() {
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
fn a_runtime_without_timers_and_sockets_will_do() {
    let servers = Runtime::new().unwrap();
    let server = servers.block_on(Server::start([Reply::ok(json!([]))]));
    let bare = Builder::new_current_thread().build().unwrap();
    bare.block_on(server.client().agents().list(1)).unwrap();
}

#[test]
fn sixty_four_threads_wait_for_calls_of_one_client() {
    let servers = Runtime::new().unwrap();
    let server = servers.block_on(Server::start([Reply::ok(json!([{ "id": 1, "name": "a" }]))]));
    let client = server.client();
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let agents = callfluent::runtime::block_on(client.agents().list(1)).unwrap().unwrap();
                    assert_eq!(agents.len(), 1);
                }
            });
        }
    });
    assert_eq!(server.recorded().len(), 64 * 20);
}

/// The variable that makes this program the one that ends, and says where its server is.
const ENDS: &str = "CALLFLUENT_TEST_ENDS";

#[test]
fn a_program_that_exits_with_calls_under_way_ends_at_once() {
    if let Ok(base_url) = std::env::var(ENDS) {
        let client = callfluent::CallFluent::builder().api_key("test-key").base_url(base_url).build().unwrap();
        for _ in 0..4 {
            let client = client.clone();
            std::thread::spawn(move || callfluent::runtime::block_on(client.agents().list(1)));
        }
        for _ in 0..20 {
            let client = client.clone();
            callfluent::runtime::spawn(async move { client.agents().list(1).await }).unwrap();
        }
        std::thread::sleep(Duration::from_millis(30));
        std::process::exit(7);
    }
    let runs = if std::env::var_os("CALLFLUENT_SOAK").is_some() { 300 } else { 10 };
    let servers = Runtime::new().unwrap();
    let server = servers.block_on(Server::start([Reply::silence()]));
    let this = std::env::current_exe().unwrap();
    for _ in 0..runs {
        let started = std::time::Instant::now();
        let ended = std::process::Command::new(&this)
            .args(["a_program_that_exits_with_calls_under_way_ends_at_once", "--test-threads=1"])
            .env(ENDS, server.base_url())
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), Some(7), "{}", String::from_utf8_lossy(&ended.stderr));
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
    assert!(!server.recorded().is_empty(), "no call was under way");
}
