//! A canceled request closes its connection at once and leaks nothing. The tests run one at a time,
//! so that each counts only its own connections.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

#[path = "support/holdings.rs"]
mod holdings;
#[path = "support/silent.rs"]
mod silent;
mod support;

use std::time::{Duration, Instant};

use callfluent::{CallFluent, ClientBuilder};
use holdings::Holdings;
use silent::SilentServer;
use support::{KEY, Reply, Server};
use tokio::sync::Mutex;

const CANCELLATIONS: usize = 10_000;
const AT_ONCE: usize = 50;
/// Limit for the server to see it.
const SOON: Duration = Duration::from_millis(100);
/// One test at a time.
static TURN: Mutex<()> = Mutex::const_new(());

fn builder(server: &SilentServer) -> ClientBuilder {
    CallFluent::builder().api_key(KEY).base_url(server.base_url())
}

/// Ways to end a request in flight.
#[derive(Debug, Clone, Copy)]
enum End {
    FutureDropped,
    TaskAborted,
    TimeoutOfTheCaller,
    OtherBranchOfSelect,
}

async fn end(end: End, client: CallFluent, server: &mut SilentServer) -> Instant {
    let call = async move { client.agents().list(1).await };
    match end {
        End::FutureDropped => {
            let mut call = Box::pin(call);
            tokio::select! { _ = &mut call => panic!("answered"), () = server.requested(1) => {} }
            let ended = Instant::now();
            drop(call);
            ended
        }
        End::TaskAborted => {
            let task = tokio::spawn(call);
            server.requested(1).await;
            task.abort();
            Instant::now()
        }
        End::TimeoutOfTheCaller => {
            tokio::time::timeout(Duration::from_millis(300), call).await.unwrap_err();
            server.requested(1).await;
            Instant::now()
        }
        End::OtherBranchOfSelect => {
            tokio::select! { _ = call => panic!("answered"), () = server.requested(1) => {} }
            Instant::now()
        }
    }
}

#[tokio::test]
async fn cancellation_resets_the_http2_stream_only() {
    let _turn = TURN.lock().await;
    let scenario = serde_json::json!([{
        "name": "no response, then a response",
        "tls": { "certificate": "good", "http2": true },
        "server": [{ "fault": "no_response" }, { "json": { "status": true, "data": [] } }],
    }]);
    let folder = std::env::temp_dir().join(format!("callfluent-cancellation-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let list = folder.join("scenario.json");
    std::fs::write(&list, scenario.to_string()).unwrap();
    let host = callfluent_sandbox::faults::FaultServer::start(&list, &folder).await.unwrap();
    let addresses = host.addresses()["scenarios"]["no response, then a response"].clone();
    let seen = || host.recorded("no response, then a response").unwrap()["main"].clone();
    let builder = CallFluent::builder().api_key(KEY).base_url(addresses["base_url"].as_str().unwrap());
    let client = builder.ca_bundle(addresses["ca"].as_str().unwrap()).build().unwrap();
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.agents().list(1).await }
    });
    while seen()["requests"].as_array().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let ended = Instant::now();
    call.abort();
    while seen()["connections"][0]["abandoned"] != true {
        assert!(ended.elapsed() < SOON, "the stream was not reset");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    client.agents().list(1).await.unwrap();
    assert_eq!(seen()["connections"].as_array().unwrap().len(), 1);
    assert_eq!(seen()["requests"][1]["version"], "HTTP/2");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn the_server_sees_every_kind_of_cancellation_at_once() {
    let _turn = TURN.lock().await;
    let mut server = SilentServer::start();
    let client = builder(&server).build().unwrap();
    for kind in [End::FutureDropped, End::TaskAborted, End::TimeoutOfTheCaller, End::OtherBranchOfSelect] {
        // The quickest of a few, because a busy machine can hold any one of them up.
        let mut quickest = Duration::MAX;
        for _ in 0..5 {
            let ended = end(kind, client.clone(), &mut server).await;
            quickest = quickest.min(server.next_end().await.saturating_duration_since(ended));
        }
        println!("cancellation, {kind:?}: seen by the server after {quickest:?}");
        assert!(quickest < SOON, "{kind:?}: {quickest:?}");
    }
}

/// Gives up this many calls while they wait for their answer; how long the server took to see each.
async fn give_up(count: usize, client: &CallFluent, server: &mut SilentServer) -> Vec<Duration> {
    let mut latencies = Vec::with_capacity(count);
    for _ in 0..count / AT_ONCE {
        let start = || {
            let client = client.clone();
            tokio::spawn(async move { client.agents().list(1).await })
        };
        let calls: Vec<_> = std::iter::repeat_with(start).take(AT_ONCE).collect();
        server.requested(AT_ONCE).await;
        let ended = Instant::now();
        calls.iter().for_each(tokio::task::JoinHandle::abort);
        for _ in 0..AT_ONCE {
            latencies.push(server.next_end().await.saturating_duration_since(ended));
        }
        for call in calls {
            assert!(call.await.unwrap_err().is_cancelled());
        }
    }
    latencies
}

#[tokio::test]
async fn ten_thousand_cancellations_leak_nothing() {
    let _turn = TURN.lock().await;
    let mut server = SilentServer::start();
    let client = builder(&server).build().unwrap();
    give_up(CANCELLATIONS / 10, &client, &mut server).await;
    let before = Holdings::settled().await;
    let mut latencies = give_up(CANCELLATIONS, &client, &mut server).await;
    let after = Holdings::settled().await;
    latencies.sort_unstable();
    let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
    println!(
        "cancellation, {CANCELLATIONS} calls, {AT_ONCE} at once: seen by the server after {:?} (median), {:?} (99 of 100), \
         {:?} (last); before {before:?}, after {after:?}",
        at(50),
        at(99),
        at(100)
    );
    assert!(at(99) < SOON, "{:?}", at(99));
    after.assert_no_more_than(&before, 4 * 1024);
}

#[tokio::test]
async fn canceled_waits_do_not_use_up_a_limit() {
    let _turn = TURN.lock().await;
    let mut silent = SilentServer::start();
    let client = builder(&silent).max_concurrency(1).build().unwrap();
    for _ in 0..1_000 {
        let first = tokio::spawn({
            let client = client.clone();
            async move { client.agents().list(1).await }
        });
        silent.requested(1).await;
        let mut waiting = Box::pin(client.agents().list(1));
        assert!(futures_util::FutureExt::now_or_never(waiting.as_mut()).is_none());
        drop(waiting);
        first.abort();
        silent.next_end().await;
    }

    let server = Server::start([Reply::ok(serde_json::json!([]))]).await;
    let client = server.builder().requests_per_second(100.0).build().unwrap();
    for _ in 0..10_000 {
        let _ = futures_util::FutureExt::now_or_never(Box::pin(client.agents().list(1)));
    }
    let started = Instant::now();
    client.agents().list(1).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(2), "the queue remembers those who left: {:?}", started.elapsed());
}

#[tokio::test]
async fn a_request_canceled_between_attempts_is_not_retried() {
    let _turn = TURN.lock().await;
    let server = Server::start([Reply::status(503).header("retry-after", "1")]).await;
    let client = server.client();
    let before = Holdings::settled().await;
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.agents().list(1).await })
        })
        .collect();
    while server.recorded().len() < 100 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    calls.iter().for_each(tokio::task::JoinHandle::abort);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(server.recorded().len(), 100);
    drop(client);
    let after = Holdings::settled().await;
    assert!(after.tasks <= before.tasks + 2, "before {before:?}, after {after:?}");
}
