//! Errors report whether the server may have processed the request, the number of attempts and the
//! cause.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::time::Duration;

use callfluent::{CallStartParams, Error};
use serde_json::json;
use support::{Reply, Server};

#[tokio::test]
async fn a_rejection_after_a_lost_attempt_leaves_the_outcome_unknown() {
    let error_response = || Reply::json(200, &json!({ "status": false, "error": "Agent not found" }));
    let server = Server::start([Reply::close(), error_response()]).await;
    let error = server.client().agents().delete(1).await.unwrap_err();
    assert!(error.outcome_unknown(), "the first attempt may have deleted it: {error}");

    let server = Server::start([error_response()]).await;
    let error = server.client().agents().delete(1).await.unwrap_err();
    assert!(!error.outcome_unknown(), "the server refused: {error}");

    let server = Server::start([Reply::close(), error_response()]).await;
    let error = server.client().agents().get(1).await.unwrap_err();
    assert!(!error.outcome_unknown(), "a GET has no outcome to be unknown: {error}");
}

#[tokio::test]
async fn an_unfollowed_redirect_may_leave_the_outcome_unknown() {
    for (status, unknown) in [(300, true), (302, true), (303, true), (399, true), (307, false), (308, false)] {
        let server = Server::start([Reply::json(status, &json!({}))]).await;
        let error = server.client().calls().start(7, &CallStartParams::to("+15550001234")).await.unwrap_err();
        assert_eq!(error.outcome_unknown(), unknown, "{status}: {error}");
        assert_eq!(server.recorded().len(), 1);
    }
}

#[tokio::test]
async fn a_put_unknown_to_the_catalog_is_not_retried() {
    let server = Server::start([Reply::close(), Reply::ok(json!([]))]).await;
    let client = server.client();
    let body = json!({ "name": "a", "label": "b" });
    let error = client.request("PUT", "/agent/custom-field/1/", Some(body), &[]).await.unwrap_err();
    assert!(error.outcome_unknown(), "{error}");
    assert_eq!(server.recorded().len(), 1);

    let server = Server::start([Reply::close(), Reply::ok(json!([]))]).await;
    server.client().request("PUT", "/agent/update/1", Some(json!({})), &[]).await.unwrap();
    assert_eq!(server.recorded().len(), 2, "the catalog marks an update as idempotent");
}

#[tokio::test]
async fn redirects_do_not_use_up_the_retries() {
    let moved = Reply::json(307, &json!({})).header("location", "/api/elsewhere");
    let busy = Reply::status(503).header("retry-after", "0");
    let server = Server::start([moved, busy, Reply::ok(json!([]))]).await;
    let client = server.builder().max_retries(1).build().unwrap();
    client.agents().list(1).await.unwrap();
    assert_eq!(server.recorded().len(), 3);
}

#[tokio::test]
async fn a_timeout_in_a_limit_queue_means_not_sent() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let client = server.builder().requests_per_second(0.01).queue_timeout(Duration::from_millis(200)).build().unwrap();
    client.agents().delete(1).await.unwrap();
    let error = client.agents().delete(1).await.unwrap_err();
    assert!(matches!(&error, Error::Timeout(context) if context.attempts == 0), "{error:?}");
    assert_eq!(error.message(), "timed out after 0.2 s before sending (rate or concurrency limit)");
    assert!(!error.outcome_unknown(), "{error}");
    assert_eq!(server.recorded().len(), 1);
}

#[tokio::test]
async fn an_error_shows_its_kind_its_message_and_its_cause() {
    let server = Server::start([Reply::close()]).await;
    let client = server.builder().max_retries(0).build().unwrap();
    let error = client.agents().list(1).await.unwrap_err();
    let shown = format!("{error:?}");
    let address = server.base_url().replace("http://", "").replace("/api", "");
    assert!(shown.starts_with(&format!("APIConnectionError: connection to {address} was lost")), "{shown}");
    let cause = std::error::Error::source(&error).expect("the cause").to_string();
    assert!(cause.starts_with("error sending request") && shown.contains(&format!("caused by: {cause}")), "{shown}");
    let refused = client.agents().get("").await.unwrap_err();
    assert_eq!(
        format!("{refused:?}"),
        "InvalidRequestError: agents.get: invalid arguments (not sent): agent_id: is empty"
    );
}

#[tokio::test]
async fn a_page_of_invalid_items_only_is_not_the_last() {
    let server = Server::start([
        Reply::ok(json!([{ "id": 1 }])),
        Reply::ok(json!([5, "odd"])),
        Reply::ok(json!([{ "id": 2 }])),
        Reply::ok(json!([])),
    ])
    .await;
    let first = server.client().calls().list(7, 1).await.unwrap();
    let second = first.next_page().await.unwrap().expect("the page of odd records");
    assert_eq!((second.page, second.items.len(), second.items.invalid_items().len()), (2, 0, 2));
    let third = second.next_page().await.unwrap().expect("the page after it");
    assert_eq!(third.items[0].id, 2);
    assert!(third.next_page().await.unwrap().is_none());
}
