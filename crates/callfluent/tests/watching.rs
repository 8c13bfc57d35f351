//! Waiting for the end of a call and watching the calls of an agent, on the sandbox's clock.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::time::{Duration, Instant};

use callfluent::bindings::schema::Naming;
use callfluent::bindings::{Watch, WatchOptions};
use callfluent::{Call, CallFluent, CallStartParams, CallWatch, Error, Id};
use callfluent_sandbox::{Sandbox, ScriptedResponse};
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use support::{Reply, Server};

/// An outbound agent of the sandbox's demo data.
const AGENT: u32 = 1002;
const SHORT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(30);

async fn sandbox() -> (Sandbox, CallFluent) {
    let sandbox = Sandbox::builder().demo(true).page_size(2).start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
    (sandbox, client)
}

async fn start(client: &CallFluent) -> Id {
    client.calls().start(AGENT, &CallStartParams::to("+15550001234")).await.unwrap().id
}

fn advance(sandbox: &Sandbox, seconds: u64) {
    sandbox.control("POST", "/sandbox/clock", &json!({ "advance": seconds }).to_string()).unwrap();
}

fn watch(client: &CallFluent) -> CallWatch {
    client.calls().watch(AGENT).min_interval(SHORT).max_interval(SHORT)
}

async fn next(calls: &mut CallWatch) -> Call {
    tokio::time::timeout(LONG, calls.next()).await.expect("a change").unwrap().unwrap()
}

/// Polls until the first read of the history has ended.
async fn first_read(calls: &mut CallWatch, sandbox: &Sandbox) {
    let lists = || sandbox.journal().iter().filter(|entry| entry.operation.as_deref() == Some("calls.list")).count();
    while lists() < 5 {
        assert!(tokio::time::timeout(SHORT, calls.next()).await.is_err());
    }
}

fn status(call: &Call) -> String {
    call.get::<String>("status").unwrap_or_default()
}

#[tokio::test]
async fn a_wait_returns_the_call_when_it_has_ended() {
    let (sandbox, client) = sandbox().await;
    let id = start(&client).await;
    let wait = client.calls().wait(AGENT, &id).min_interval(SHORT).max_interval(SHORT).into_future();
    let mut wait = Box::pin(wait);
    assert!(tokio::time::timeout(Duration::from_millis(50), &mut wait).await.is_err());
    advance(&sandbox, 600);
    let call = tokio::time::timeout(LONG, wait).await.unwrap().unwrap();
    assert_eq!((call.id.clone(), &*status(&call)), (id, "completed"));
}

#[tokio::test]
async fn a_wait_finds_a_call_that_moves_to_a_later_page() {
    let (sandbox, client) = sandbox().await;
    let id = start(&client).await;
    let wait = client.calls().wait(AGENT, &id).min_interval(SHORT).max_interval(SHORT).into_future();
    let mut wait = Box::pin(wait);
    for _ in 0..5 {
        assert!(tokio::time::timeout(Duration::from_millis(20), &mut wait).await.is_err());
        start(&client).await;
    }
    advance(&sandbox, 600);
    assert_eq!(tokio::time::timeout(LONG, wait).await.unwrap().unwrap().id, id);
}

#[tokio::test]
async fn a_wait_takes_a_predicate() {
    let (sandbox, client) = sandbox().await;
    let id = start(&client).await;
    let wait = client.calls().wait(AGENT, &id).min_interval(SHORT).max_interval(SHORT);
    let mut wait = Box::pin(wait.until(|call| status(call) == "in-progress").into_future());
    assert!(tokio::time::timeout(Duration::from_millis(50), &mut wait).await.is_err());
    advance(&sandbox, 10);
    assert_eq!(status(&tokio::time::timeout(LONG, wait).await.unwrap().unwrap()), "in-progress");
}

#[tokio::test]
async fn an_expired_wait_names_the_last_state() {
    let (_sandbox, client) = sandbox().await;
    let id = start(&client).await;
    let wait = |id: &Id| client.calls().wait(AGENT, id).timeout(Duration::from_millis(200)).into_future();
    let error = wait(&id).await.unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error}");
    let expected = format!("calls.wait: timeout after 0.2 s: phone call {id} has not ended, its status is \"ringing\"");
    assert!(error.to_string().contains(&expected), "{error}");
    let error = wait(&Id::from(999_999)).await.unwrap_err();
    let expected = "the call history of agent 1002 does not contain phone call 999999";
    assert!(error.to_string().contains(expected), "{error}");
}

#[tokio::test]
async fn a_wait_times_out_while_a_response_is_missing() {
    let server = Server::start([Reply::silence()]).await;
    let begin = Instant::now();
    let error = server.client().calls().wait(7, 1).timeout(Duration::from_millis(100)).await.unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_wait_whose_timeout_has_passed_sends_nothing() {
    let server = Server::start([Reply::ok(json!([{ "id": 1, "status": "completed" }]))]).await;
    for timeout in [Duration::from_nanos(1), Duration::from_micros(1)] {
        let error = server.client().calls().wait(7, 1).timeout(timeout).await.unwrap_err();
        assert!(matches!(error, Error::Timeout(_)), "{error}");
        let message = error.to_string();
        assert!(message.starts_with("calls.wait: timeout after 0"), "{message}");
        assert!(message.contains("the call history of agent 7 was not read in time"), "{message}");
    }
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn polls_end_a_wait_if_they_move_the_clock() {
    let sandbox = Sandbox::builder().demo(true).seconds_per_poll(30).start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
    let id = start(&client).await;
    let call = client.calls().wait(AGENT, &id).min_interval(SHORT).timeout(LONG).await.unwrap();
    assert_eq!((call.id.clone(), &*status(&call)), (id, "completed"));
    let mut calls = watch(&client);
    assert!(calls.next().now_or_never().is_none());
    let id = start(&client).await;
    let mut seen = Vec::new();
    while seen.last().is_none_or(|last| last != "completed") {
        let call = next(&mut calls).await;
        assert_eq!(call.id, id);
        seen.push(status(&call));
    }
}

#[tokio::test]
async fn invalid_times_are_found_before_sending() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let client = server.client();
    let error = client.calls().wait(7, 1).min_interval(Duration::ZERO).await.unwrap_err();
    assert!(error.to_string().contains("min_interval: must be above 0"), "{error}");
    let error = client.calls().wait(7, 1).timeout(Duration::ZERO).await.unwrap_err();
    assert!(error.to_string().contains("timeout: must be above 0"), "{error}");
    let error = client.calls().watch(7).max_interval(SHORT).next().await.unwrap().unwrap_err();
    assert!(
        error.to_string().contains("max_interval: must be at least the shortest delay, 1 s, got 0.005 s"),
        "{error}"
    );
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn a_watch_returns_new_and_changed_calls() {
    let (sandbox, client) = sandbox().await;
    start(&client).await;
    advance(&sandbox, 600);
    let mut calls = watch(&client);
    first_read(&mut calls, &sandbox).await;
    let (first, second) = (start(&client).await, start(&client).await);
    assert_eq!(next(&mut calls).await.id, first);
    assert_eq!(next(&mut calls).await.id, second);
    advance(&sandbox, 10);
    let mut changed = [next(&mut calls).await, next(&mut calls).await];
    changed.sort_by_key(|call| call.id.as_i64());
    assert_eq!(
        changed.each_ref().map(|call| (call.id.clone(), status(call))),
        [(first.clone(), "in-progress".to_owned()), (second, "in-progress".to_owned())]
    );
    advance(&sandbox, 600);
    assert_eq!(status(&next(&mut calls).await), "completed");
    assert_eq!(status(&next(&mut calls).await), "completed");
    assert!(tokio::time::timeout(Duration::from_millis(50), calls.next()).await.is_err());
}

#[tokio::test]
async fn a_watch_returns_existing_calls_on_request() {
    let (_sandbox, client) = sandbox().await;
    let mut existing = Vec::new();
    let mut all = client.calls().list_all(AGENT);
    while let Some(call) = all.next().await {
        existing.push(call.unwrap().id);
    }
    assert!(!existing.is_empty());
    let mut calls = watch(&client).include_existing();
    for id in existing {
        assert_eq!(next(&mut calls).await.id, id);
    }
    let new = start(&client).await;
    assert_eq!(next(&mut calls).await.id, new);
}

#[tokio::test]
async fn a_watch_loses_no_call_if_nobody_waits_meanwhile() {
    let (sandbox, client) = sandbox().await;
    let mut calls = watch(&client);
    first_read(&mut calls, &sandbox).await;
    let (mut started, mut seen) = (Vec::new(), Vec::new());
    while started.len() < 30 {
        started.push(start(&client).await);
        // Each is canceled at another point.
        let pause = Duration::from_micros(300 * started.len() as u64);
        while let Ok(call) = tokio::time::timeout(pause, calls.next()).await {
            seen.push(call.unwrap().unwrap().id);
        }
    }
    while seen.len() < started.len() {
        seen.push(next(&mut calls).await.id);
    }
    assert_eq!(seen, started);
}

fn completed(ids: impl IntoIterator<Item = u32>) -> Reply {
    Reply::ok(ids.into_iter().map(|id| json!({ "id": id, "status": "completed" })).collect())
}

async fn seen(calls: &mut CallWatch, count: usize) -> Vec<i64> {
    let mut seen = Vec::new();
    while seen.len() < count {
        seen.push(next(calls).await.id.as_i64().unwrap());
    }
    seen
}

#[tokio::test]
async fn a_poll_reads_on_if_new_calls_make_pages_repeat() {
    let existing = [completed([2, 1]), completed([])];
    // Two calls start between the first page and the second one, and two before the third one.
    let repeated = [completed([6, 5]), completed([6, 5]), completed([6, 5])];
    let first_page_again = [completed([10, 9])];
    let rest = [completed([4, 3]), completed([2, 1])];
    let next_read = [completed([10, 9]), completed([8, 7]), completed([6, 5])];
    let script = existing.into_iter().chain(repeated).chain(first_page_again).chain(rest).chain(next_read);
    let server = Server::start(script).await;
    let mut calls = watch(&server.client());
    assert_eq!(seen(&mut calls, 8).await, [3, 4, 5, 6, 7, 8, 9, 10]);
}

#[tokio::test]
async fn polls_end_if_the_server_ignores_the_page() {
    // The oldest call is first, so each poll reads all pages.
    let poll = |ids: &'static [u32]| (0..4).map(|_| completed(ids.iter().copied()));
    let server = Server::start(poll(&[1, 2]).chain(poll(&[1, 2, 3])).chain(poll(&[1, 2, 3, 4]))).await;
    let mut calls = watch(&server.client());
    assert_eq!(seen(&mut calls, 2).await, [3, 4]);
    assert_eq!(server.recorded().len(), 12);
}

#[tokio::test]
async fn calls_that_start_during_the_first_poll_are_returned() {
    // Calls 5 to 8 start between the first page and the second one.
    let first_read = [[4, 3], [6, 5], [4, 3], [2, 1]].map(completed);
    let next_read = [[8, 7], [6, 5]].map(completed);
    let server = Server::start(first_read.into_iter().chain([completed([])]).chain(next_read)).await;
    let mut calls = watch(&server.client());
    assert_eq!(seen(&mut calls, 4).await, [5, 6, 7, 8]);
    // If the oldest is first, later pages have higher ids, too.
    let oldest_first = [[1, 2], [3, 4]].map(completed);
    let then = [[1, 2], [3, 4], [5, 6]].map(completed);
    let script = oldest_first.into_iter().chain([completed([])]).chain(then).chain([completed([])]);
    let server = Server::start(script).await;
    let mut calls = watch(&server.client());
    assert_eq!(seen(&mut calls, 2).await, [5, 6]);
}

#[tokio::test]
async fn a_complete_poll_returns_new_calls_before_its_last_page() {
    let polls = (1..=9).flat_map(|_| [completed([2, 1])]);
    let tenth = [completed([3, 2]), Reply::silence()];
    let server = Server::start([completed([2, 1]), completed([])].into_iter().chain(polls).chain(tenth)).await;
    let mut calls = watch(&server.client());
    assert_eq!(seen(&mut calls, 1).await, [3]);
}

#[tokio::test]
async fn calls_that_start_during_a_poll_come_in_order() {
    let page = |calls: &[(u32, &str)]| {
        Reply::ok(calls.iter().map(|(id, status)| json!({ "id": id, "status": status })).collect())
    };
    let done = |id| (id, "completed");
    let existing = [page(&[done(2), done(1)]), page(&[])];
    // Calls 5 and 6 start between the first page and the second one, and call 4 ends.
    let read = [page(&[(4, "ringing"), (3, "ringing")]), page(&[done(4), (3, "ringing")]), page(&[done(2), done(1)])];
    let next_read = [page(&[(6, "ringing"), (5, "ringing")]), page(&[done(4), (3, "ringing")])];
    let server = Server::start(existing.into_iter().chain(read).chain(next_read)).await;
    let mut calls = watch(&server.client());
    let mut seen = Vec::new();
    while seen.len() < 5 {
        let call = next(&mut calls).await;
        seen.push((call.id.as_i64().unwrap(), status(&call)));
    }
    let expected = [(3, "ringing"), (4, "ringing"), (4, "completed"), (5, "ringing"), (6, "ringing")];
    assert_eq!(seen, expected.map(|(id, status)| (id, status.to_owned())));
}

#[tokio::test]
async fn a_watch_continues_after_an_error() {
    let (sandbox, client) = sandbox().await;
    let client = client.with_options(|options| options.max_retries(0));
    let mut calls = watch(&client);
    first_read(&mut calls, &sandbox).await;
    sandbox.respond(ScriptedResponse::status(500).operation("calls.list").times(1)).unwrap();
    let id = start(&client).await;
    let error = loop {
        match tokio::time::timeout(LONG, calls.next()).await.unwrap().unwrap() {
            Ok(call) => assert_eq!(call.id, id),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::InternalServer(_)), "{error}");
    let other = start(&client).await;
    let mut seen = next(&mut calls).await.id;
    if seen == id {
        seen = next(&mut calls).await.id;
    }
    assert_eq!(seen, other);
}

#[tokio::test]
async fn an_infinite_delay_between_polls_is_a_long_one() {
    let endless = || Reply::status(429).header("retry-after", "18000000000000000000");
    let watches = [(Reply::ok(json!([])), Duration::MAX, 0), (endless(), SHORT, 1)];
    for (reply, interval, errors) in watches {
        let server = Server::start([reply]).await;
        let mut calls = server.client().calls().watch(7).min_interval(interval).max_interval(interval);
        for _ in 0..errors {
            assert!(matches!(calls.next().await.unwrap(), Err(Error::RateLimit(_))));
        }
        assert!(tokio::time::timeout(20 * SHORT, calls.next()).await.is_err());
        assert_eq!(server.recorded().len(), 1);
    }
}

#[tokio::test]
async fn a_watch_of_an_unknown_agent_is_an_error() {
    let (_sandbox, client) = sandbox().await;
    let mut calls = client.calls().watch(99_999).min_interval(SHORT);
    let error = calls.next().await.unwrap().unwrap_err();
    assert!(matches!(error, Error::NotFound(_)), "{error}");
}

#[tokio::test]
async fn a_call_that_was_not_received_is_returned_again() {
    let page = |ids: &[u32]| Reply::ok(ids.iter().map(|id| json!({ "id": id })).collect());
    let server = Server::start([page(&[1]), page(&[]), page(&[1, 2, 3]), page(&[])]).await;
    let arguments = [("agent_id".to_owned(), Value::from(7))].into_iter().collect();
    let mut options = WatchOptions::default();
    options.set_intervals(Some(SHORT), None);
    let mut watch = Watch::new(server.client(), arguments, options, Naming::Snake).unwrap();
    let two = json!([{ "id": 2 }, { "id": 3 }]);
    assert_eq!(watch.next(0).await.unwrap().into_value(), two);
    assert_eq!(watch.next(0).await.unwrap().into_value(), two);
    assert_eq!(watch.next(1).await.unwrap().into_value(), json!([{ "id": 3 }]));
    assert!(watch.next(3).now_or_never().is_none());
}

#[cfg(feature = "blocking")]
#[test]
fn the_blocking_client_waits_and_watches() {
    let sandbox = Sandbox::builder().demo(true).start_blocking().unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
    let client = client.build_blocking().unwrap();
    let id = client.calls().start(AGENT, &CallStartParams::to("+15550001234")).unwrap().id;
    advance(&sandbox, 600);
    let call = client.calls().wait(AGENT, &id).timeout(LONG).wait().unwrap();
    assert_eq!(status(&call), "completed");
    let newest = client.calls().watch(AGENT).include_existing().next().unwrap().unwrap();
    assert_eq!(newest.id, id);
}
