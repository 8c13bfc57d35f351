//! A future that is not polled, e.g. in a losing `select!` branch whose body goes on, blocks no
//! other request of its client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::time::{Duration, Instant};

use callfluent::{AgentPatchParams, CallFluent};
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use serde_json::json;
use support::{Reply, Server};

/// Long enough for any machine; a test that waits so long has failed.
const AT_LAST: Duration = Duration::from_secs(20);

async fn calls(client: &CallFluent, count: usize) -> Duration {
    let started = Instant::now();
    for _ in 0..count {
        let call = client.agents().list(2);
        tokio::time::timeout(AT_LAST, call).await.expect("it is held up by one that stands still").unwrap();
    }
    started.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_for_the_rate_limit() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let client = server.builder().requests_per_second(20.0).build().unwrap();
    calls(&client, 20).await;
    let mut aside = Box::pin(client.agents().list(1));
    tokio::select! {
        biased;
        _ = &mut aside => panic!("it had no need to wait"),
        () = std::future::ready(()) => {
            let elapsed = calls(&client, 20).await;
            assert!(elapsed < Duration::from_secs(10), "{elapsed:?}");
            assert!(elapsed > Duration::from_millis(900), "the rate does not hold: {elapsed:?}");
        }
    }
    tokio::time::timeout(AT_LAST, aside).await.unwrap().unwrap();
    assert_eq!(server.recorded().len(), 41);
}

#[test]
fn waiting_for_the_rate_limit_on_the_shared_runtime() {
    let servers = tokio::runtime::Runtime::new().unwrap();
    let server = servers.block_on(Server::start([Reply::ok(json!([]))]));
    let client = server.builder().requests_per_second(20.0).build().unwrap();
    callfluent::bindings::runtime::block_on(async {
        calls(&client, 20).await;
        let mut aside = Box::pin(client.agents().list(1));
        assert!(aside.as_mut().now_or_never().is_none());
        calls(&client, 5).await;
        aside.await.unwrap();
    })
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_for_a_connection() {
    // Slow enough that none is done when the last one has begun.
    let server = Server::start([Reply::ok(json!([])).byte_every(Duration::from_millis(10))]).await;
    let client = server.builder().max_retries(0).build().unwrap();
    let mut aside: Vec<_> = std::iter::repeat_with(|| Box::pin(client.agents().list(1))).take(300).collect();
    for call in &mut aside {
        let answer = call.as_mut().now_or_never();
        assert!(answer.is_none(), "{answer:?}");
    }
    calls(&client, 1).await;
    let results = tokio::time::timeout(AT_LAST, join_all(aside)).await.expect("some get no response");
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(server.recorded().len(), 301);
}

/// Its place is what a limit of calls under way counts: it is free again when the call is polled to
/// its end, or dropped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unpolled_request_keeps_its_concurrency_slot() {
    let server = Server::start([Reply::silence(), Reply::ok(json!([]))]).await;
    let client = server.builder().max_concurrency(1).build().unwrap();
    let mut aside = Box::pin(client.agents().list(1));
    while server.recorded().is_empty() {
        assert!(aside.as_mut().now_or_never().is_none());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let behind = tokio::time::timeout(Duration::from_millis(100), client.agents().list(2)).await;
    assert!(behind.is_err(), "two calls are under way");
    drop(aside);
    calls(&client, 1).await;
}

/// Polls a patch once and then awaits another patch of the same agent.
async fn patch_behind_an_unpolled_one() {
    let agent = json!({ "id": 1, "workspaceId": 1, "format": "inbound", "timezone": "UTC+00:00", "name": "a", "lang": "en",
        "voice": "alloy", "agent_type": "support", "background": "b", "goal": "g", "tone": "t", "instructions": "i" });
    let details = || Reply::ok(json!({ "agent": agent, "files": [], "totalCalls": 0, "averageDuration": 0 }));
    let patch = || [details(), details(), Reply::ok(agent.clone()), details()];
    let server = Server::start([patch(), patch()].into_iter().flatten()).await;
    let client = server.client();
    let changes = AgentPatchParams::builder().tone("t").build();
    let mut unpolled = Box::pin(client.agents().patch(1, &changes));
    // On a busy machine, another thread can complete the patch before the first poll returns.
    let first = unpolled.as_mut().now_or_never();
    let next = tokio::time::timeout(AT_LAST, client.agents().patch(1, &changes)).await;
    next.expect("it is held up by one that stands still").unwrap();
    match first {
        Some(patched) => drop(patched.unwrap()),
        None => drop(tokio::time::timeout(AT_LAST, unpolled).await.unwrap().unwrap()),
    }
    let methods: Vec<_> = server.recorded().into_iter().map(|request| request.method).collect();
    assert_eq!(methods, ["GET", "GET", "PUT", "GET", "GET", "GET", "PUT", "GET"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_for_a_patch() {
    patch_behind_an_unpolled_one().await;
}

#[tokio::test]
async fn waiting_for_a_patch_on_a_current_thread_runtime() {
    patch_behind_an_unpolled_one().await;
}
