//! Disconnects and random faults.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use callfluent_sandbox::{Sandbox, ScriptedResponse};
use http_client::{HttpClient, inbound_agent, started};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_disconnect_before_the_response_is_in_the_journal() {
    let (sandbox, http) = started().await;
    for (response, processed) in
        [(ScriptedResponse::disconnected(), false), (ScriptedResponse::disconnected().process_first(), true)]
    {
        sandbox.respond(response).unwrap();
        let sent = http.request(Method::POST, "/agent/create").json(&inbound_agent()).send().await;
        assert!(sent.unwrap_err().is_request());
        let entry = sandbox.journal().pop().unwrap();
        assert_eq!((entry.processed, entry.status, entry.scripted), (processed, 0, true));
    }
    assert_eq!(http.get("/agent/get-all/1").await.data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_truncated_response_has_its_status_and_half_of_its_body() {
    let (sandbox, http) = started().await;
    let script = json!({"disconnect": "in_body", "operation": "agents.create"});
    assert_eq!(http.control(Method::POST, "/respond", Some(&script)).await.status, 200);
    let mut response = http.request(Method::POST, "/agent/create").json(&inbound_agent()).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let promised = response.content_length().unwrap();
    let half = response.chunk().await.unwrap().unwrap();
    assert_eq!(half.len() as u64, promised / 2);
    assert!(response.chunk().await.is_err());
    let entry = sandbox.journal().pop().unwrap();
    assert_eq!((entry.processed, entry.status), (true, 200));
}

#[tokio::test]
async fn a_disconnected_http2_stream_leaves_other_streams_alone() {
    let (sandbox, _http) = started().await;
    let http = HttpClient::http2(&sandbox);
    sandbox.respond(ScriptedResponse::disconnected().operation("workspaces.list")).unwrap();
    let (disconnected, complete) =
        tokio::join!(http.request(Method::GET, "/workspace/get-all").send(), http.get("/user/profile"));
    assert!(disconnected.is_err());
    assert_eq!(complete.status, 200);
}

/// Sends requests and returns their statuses from the journal.
async fn statuses(http: &HttpClient, sandbox: &Sandbox) -> Vec<(u16, bool)> {
    for _ in 0..300 {
        if let Ok(response) = http.request(Method::GET, "/user/profile").send().await {
            let _ = response.bytes().await;
        }
    }
    sandbox.journal().iter().map(|entry| (entry.status, entry.processed)).collect()
}

#[tokio::test]
async fn random_faults_have_the_given_rate_and_repeat_with_the_seed() {
    let sandbox = Sandbox::builder().faults(0.2, 7).start().await.unwrap();
    let http = HttpClient::new(&sandbox);
    let first = statuses(&http, &sandbox).await;
    assert_eq!(first.len(), 300, "the client does not retry");
    let faults = sandbox.journal().iter().filter(|entry| entry.scripted).count();
    assert!((36..=84).contains(&faults), "{faults} of 300");
    for kind in [(0, false), (0, true), (500, false), (500, true), (503, false), (503, true), (429, false), (504, true)]
    {
        assert!(first.contains(&kind), "no {kind:?} among {first:?}");
    }
    sandbox.reset();
    assert_eq!(statuses(&http, &sandbox).await, first);
    sandbox.clear_journal();
    sandbox.faults(0.2, 8);
    assert_ne!(statuses(&http, &sandbox).await, first);
    sandbox.clear_journal();
    sandbox.faults(0.0, 0);
    assert!(statuses(&http, &sandbox).await.iter().all(|kind| *kind == (200, true)));
}

#[tokio::test]
async fn random_faults_are_set_over_http_with_validation() {
    let (_sandbox, http) = started().await;
    for (wrong, expected) in [
        (json!({"rate": 2}), vec!["rate: must be a number from 0 to 1, but is 2"]),
        (
            json!({"seed": -1}),
            vec!["rate: required: a number from 0 to 1", "seed: must be an integer of at least 0, but is -1"],
        ),
    ] {
        assert_eq!(http.control(Method::POST, "/faults", Some(&wrong)).await.errors(), expected);
    }
    assert_eq!(http.control(Method::POST, "/faults", Some(&json!({"rate": 1, "seed": 1}))).await.status, 200);
    let mut complete = 0;
    for _ in 0..50 {
        if let Ok(response) = http.request(Method::GET, "/user/profile").send().await {
            complete += u32::from(response.status() == 200 && response.bytes().await.is_ok());
        }
    }
    assert!(complete < 25, "{complete} of 50 responses were complete with a fault rate of 1");
    assert_eq!(http.control(Method::POST, "/faults", Some(&json!({"rate": 0}))).await.status, 200);
    assert_eq!(http.get("/user/profile").await.status, 200);
}
