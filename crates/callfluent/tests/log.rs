//! Log events, and that they never contain the key. These tests have their own process: tracing
//! caches per process whether an event is enabled, so the recorder must exist before the first
//! event.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::json;
use support::{Log, Reply, Server};
use tokio::sync::{Mutex, MutexGuard};

const CANARY: &str = "cf_canary_4f1d9b7e2a";

/// Returns the empty recorder of this process to one test at a time.
async fn recording() -> MutexGuard<'static, Log> {
    static RECORDER: LazyLock<Mutex<Log>> = LazyLock::new(|| {
        let log = Log::default();
        tracing::subscriber::set_global_default(log.clone()).unwrap();
        Mutex::new(log)
    });
    let log = RECORDER.lock().await;
    log.clear();
    log
}

#[tokio::test]
async fn the_key_is_only_in_its_header() {
    // A server that repeats the key wherever it can.
    let body = json!({ "status": false, "msg": format!("the key {CANARY} is wrong"), "hint": CANARY });
    let server =
        Server::start([Reply::json(401, &body), Reply::close(), Reply::text(200, "text/html", format!("<p>{CANARY}"))])
            .await;
    let client = server.builder().api_key(CANARY).max_retries(0).build().unwrap();
    let log = recording().await;
    let mut shown = format!("{client:?} {:?} {:?}", client.agents(), client.options());
    for _ in 0..3 {
        let error = client.agents().list(CANARY).await.unwrap_err();
        shown.push_str(&format!("{error} {error:?} {:?}", error.context()));
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            shown.push_str(&format!("{inner} {inner:?}"));
            cause = inner.source();
        }
    }
    shown.push_str(&log.text());
    assert_eq!(server.recorded()[0].headers["authorization"], format!("Bearer {CANARY}"));
    assert!(log.text().contains("request"), "nothing was logged");
    assert!(shown.contains("[redacted] is wrong"), "{shown}");
    assert!(!shown.contains(CANARY), "{shown}");
}

#[tokio::test]
async fn every_attempt_is_logged_without_headers_and_bodies() {
    let server = Server::start([
        Reply::status(503).header("retry-after", "0").header("x-request-id", "r-1"),
        Reply::ok(json!([])),
    ])
    .await;
    let client = server.builder().default_header("x-team", "secret-header").build().unwrap();
    let log = recording().await;
    client.custom_fields().update(1, "d7", "secret-name", "secret-label").await.unwrap();
    let text = log.text();
    for expected in ["callfluent", "PUT", "/api/agent/custom-field/1", "503", "200", "attempt=1", "attempt=2", "r-1"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains("secret"), "{text}");
    assert_eq!(server.recorded()[1].headers["x-team"], "secret-header");
}

#[tokio::test]
async fn a_cut_response_shows_no_part_of_the_key() {
    let log = recording().await;
    let answer = |before: usize| format!("{}{CANARY}{}", "x".repeat(before), "y".repeat(200));
    for before in [190, 64 * 1024 - 10] {
        for status in [400, 200] {
            let server = Server::start([Reply::text(status, "text/plain", answer(before))]).await;
            let client = server.builder().api_key(CANARY).build().unwrap();
            let error = client.agents().list(1).await.unwrap_err();
            let shown = format!("{error} {:?} {}", error.context(), log.text());
            assert!(!shown.contains(&CANARY[..4]), "{status}, {before}: ...{}", &shown[shown.len() - 300..]);
            assert!(error.context().unwrap().body.as_ref().unwrap().len() <= 64 * 1024);
        }
    }
}

#[tokio::test]
async fn timed_out_attempts_are_logged_with_their_duration() {
    let server =
        Server::start([Reply::status(503).header("retry-after-ms", "700"), Reply::ok(json!([])), Reply::silence()])
            .await;
    let client = server.builder().timeout(std::time::Duration::from_millis(1_500)).build().unwrap();
    let log = recording().await;
    client.agents().list(1).await.unwrap();
    client.agents().list(2).await.unwrap_err();
    let text = log.text();
    let times: Vec<u64> =
        text.lines().filter_map(|line| line.split_once("elapsed_ms=")?.1.split(' ').next()?.parse().ok()).collect();
    assert_eq!(times.len(), 3, "{text}");
    assert!(times[1] < 700, "the wait before an attempt is not part of it: {text}");
    assert!(times[2] >= 1_400 && text.contains("/agent/get-all/2"), "{text}");
}

#[tokio::test]
async fn drift_is_logged_once() {
    let server = Server::start([Reply::ok(json!([{ "id": 1, "name": "a", "new": 1 }]))]).await;
    let client = server.client();
    let log = recording().await;
    for _ in 0..3 {
        client.clone().workspaces().list().await.unwrap();
    }
    assert_eq!(log.text().matches("Workspace.new").count(), 1, "{}", log.text());
    assert_eq!(client.drift()[0].count, 3);
}

#[tokio::test]
async fn a_failed_attempt_is_logged_with_its_reason() {
    let server = Server::start([Reply::close(), Reply::silence()]).await;
    let client = server.builder().timeout(std::time::Duration::from_millis(900)).max_retries(1).build().unwrap();
    let log = recording().await;
    client.agents().list(1).await.unwrap_err();
    let lines = log.text();
    let address = server.base_url().replace("http://", "").replace("/api", "");
    assert!(lines.contains(&format!("connection to {address} was lost")), "{lines}");
    assert!(lines.contains("timed out"), "{lines}");
}

#[tokio::test]
async fn no_output_contains_a_password() {
    const OLD: &str = "old 4f1d/9b7e";
    const NEW: &str = "new \"4f1d\" \u{fc}";
    // A server that repeats the passwords wherever it can.
    let echo =
        json!({ "status": false, "msg": format!("{OLD} is not {NEW}"), "sent": { "oldPass": OLD, "newPass": [NEW] } });
    let statuses = [200, 400, 401, 403, 404, 409, 422, 429, 500];
    let mut replies: Vec<_> = statuses.iter().map(|status| Reply::json(*status, &echo)).collect();
    replies.extend([Reply::text(200, "text/html", format!("<p>{OLD} {NEW}")), Reply::close(), Reply::silence()]);
    let log = recording().await;
    let mut shown = String::new();
    for reply in replies {
        let server = Server::start([reply]).await;
        let client = server.builder().max_retries(0).timeout(Duration::from_millis(300)).build().unwrap();
        let error = client.user().reset_password(OLD, NEW).await.unwrap_err();
        assert_eq!(server.recorded()[0].json(), json!({ "data": { "oldPass": OLD, "newPass": NEW } }));
        shown.push_str(&format!("{error} {error:?} {error:#?} {:?} {client:?} {:?}", error.context(), client.drift()));
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            shown.push_str(&format!("{inner} {inner:?}"));
            cause = inner.source();
        }
    }
    let server = Server::start([Reply::ok(json!({ "oldPass": OLD, NEW: 1 }))]).await;
    let client = server.client();
    client.user().reset_password(OLD, NEW).await.unwrap();
    shown.push_str(&format!("{:?} {}", client.drift(), log.text()));
    assert!(log.text().contains("request"), "nothing was logged");
    assert!(!shown.contains("4f1d"), "{shown}");
}

#[tokio::test]
async fn a_name_of_the_server_stays_on_its_line() {
    let server = Server::start([Reply::ok(json!([{ "id": 1, "a\r\nERROR forged \u{1b}[31m": 1 }]))]).await;
    let client = server.builder().build().unwrap();
    let log = recording().await;
    client.agents().list(1).await.unwrap();
    let text = log.text();
    let line = text.lines().find(|line| line.contains("forged")).unwrap();
    assert!(line.contains("differs from the API documentation") || line.contains("unknown field"), "{line}");
    assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text:?}");
    let entry = client.drift().into_iter().find(|entry| entry.path.contains("forged")).unwrap();
    assert!(!entry.to_string().contains('\n'), "{entry}");
}
