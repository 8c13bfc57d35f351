//! Connections that break as they were told to, and random faults that a seed repeats.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod raw;

use callfluent_sandbox::{Sandbox, ScriptedResponse};
use raw::{Raw, inbound_agent, started};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_closed_connection_is_no_answer_and_the_journal_tells_whether_the_request_was_carried_out() {
    let (sandbox, raw) = started().await;
    for (answer, processed) in
        [(ScriptedResponse::disconnected(), false), (ScriptedResponse::disconnected().process_first(), true)]
    {
        sandbox.respond(answer).unwrap();
        let sent = raw.request(Method::POST, "/agent/create").json(&inbound_agent()).send().await;
        assert!(sent.unwrap_err().is_request());
        let entry = sandbox.journal().pop().unwrap();
        assert_eq!((entry.processed, entry.status, entry.scripted), (processed, 0, true));
    }
    assert_eq!(raw.get("/agent/get-all/1").await.data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_cut_off_has_its_status_and_half_of_its_body() {
    let (sandbox, raw) = started().await;
    let script = json!({"disconnect": "in_body", "operation": "agents.create"});
    assert_eq!(raw.control(Method::POST, "/respond", Some(&script)).await.status, 200);
    let mut answer = raw.request(Method::POST, "/agent/create").json(&inbound_agent()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let promised = answer.content_length().unwrap();
    let half = answer.chunk().await.unwrap().unwrap();
    assert_eq!(half.len() as u64, promised / 2);
    assert!(answer.chunk().await.is_err());
    let entry = sandbox.journal().pop().unwrap();
    assert_eq!((entry.processed, entry.status), (true, 200));
}

#[tokio::test]
async fn a_broken_stream_of_http_2_leaves_the_others_alone() {
    let (sandbox, _raw) = started().await;
    let raw = Raw::http2(&sandbox);
    sandbox.respond(ScriptedResponse::disconnected().operation("workspaces.list")).unwrap();
    let (broken, whole) = tokio::join!(raw.request(Method::GET, "/workspace/get-all").send(), raw.get("/user/profile"));
    assert!(broken.is_err());
    assert_eq!(whole.status, 200);
}

/// What becomes of some requests in a row, as the journal tells it.
async fn statuses(raw: &Raw, sandbox: &Sandbox) -> Vec<(u16, bool)> {
    for _ in 0..300 {
        if let Ok(answer) = raw.request(Method::GET, "/user/profile").send().await {
            let _ = answer.bytes().await;
        }
    }
    sandbox.journal().iter().map(|entry| (entry.status, entry.processed)).collect()
}

#[tokio::test]
async fn the_same_seed_repeats_the_same_faults_and_their_share_is_as_asked() {
    let sandbox = Sandbox::builder().faults(0.2, 7).start().await.unwrap();
    let raw = Raw::new(&sandbox);
    let first = statuses(&raw, &sandbox).await;
    assert_eq!(first.len(), 300, "no request is repeated here");
    let struck = sandbox.journal().iter().filter(|entry| entry.scripted).count();
    assert!((36..=84).contains(&struck), "{struck} of 300");
    for kind in [(0, false), (0, true), (500, false), (500, true), (503, false), (503, true), (429, false), (504, true)]
    {
        assert!(first.contains(&kind), "no {kind:?} among {first:?}");
    }
    sandbox.reset();
    assert_eq!(statuses(&raw, &sandbox).await, first);
    sandbox.clear_journal();
    sandbox.faults(0.2, 8);
    assert_ne!(statuses(&raw, &sandbox).await, first);
    sandbox.clear_journal();
    sandbox.faults(0.0, 0);
    assert!(statuses(&raw, &sandbox).await.iter().all(|kind| *kind == (200, true)));
}

#[tokio::test]
async fn faults_are_turned_on_over_http_and_a_share_that_is_none_is_refused() {
    let (_sandbox, raw) = started().await;
    for (wrong, expected) in [
        (json!({"rate": 2}), vec!["rate: required: a number from 0 to 1"]),
        (json!({"seed": -1}), vec!["rate: required: a number from 0 to 1", "seed: must be an integer of at least 0"]),
    ] {
        assert_eq!(raw.control(Method::POST, "/faults", Some(&wrong)).await.problems(), expected);
    }
    assert_eq!(raw.control(Method::POST, "/faults", Some(&json!({"rate": 1, "seed": 1}))).await.status, 200);
    let mut whole = 0;
    for _ in 0..50 {
        if let Ok(answer) = raw.request(Method::GET, "/user/profile").send().await {
            whole += u32::from(answer.status() == 200 && answer.bytes().await.is_ok());
        }
    }
    assert!(whole < 25, "{whole} of 50 were answered although all were to be struck");
    assert_eq!(raw.control(Method::POST, "/faults", Some(&json!({"rate": 0}))).await.status, 200);
    assert_eq!(raw.get("/user/profile").await.status, 200);
}
