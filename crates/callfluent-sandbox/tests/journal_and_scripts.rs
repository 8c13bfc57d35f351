//! What tests in any language steer the sandbox with: the journal, scripted answers, dropped fields, the reset.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod raw;

use std::time::{Duration, Instant};

use callfluent_sandbox::{Sandbox, ScriptedResponse};
use raw::{Raw, complete_agent, inbound_agent, started, with};
use reqwest::Method;
use serde_json::{Value, json};

async fn respond(raw: &Raw, script: &Value) {
    let answer = raw.control(Method::POST, "/respond", Some(script)).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"status": true})));
}

#[tokio::test]
async fn the_journal_holds_what_was_received_and_answered_but_never_the_key() {
    let (sandbox, raw) = started().await;
    let agent = raw.create_agent(&inbound_agent()).await;
    raw.get(&format!("/agent/{agent}/calls?page=2")).await;
    raw.upload(agent, &[("a.txt", b"hello")]).await;
    let journal = sandbox.journal();
    assert_eq!(journal.len(), 3);
    assert_eq!(journal[0].operation.as_deref(), Some("agents.create"));
    assert_eq!((journal[0].method.as_str(), journal[0].path.as_str()), ("POST", "/api/agent/create"));
    assert_eq!(journal[0].body, Some(inbound_agent()));
    assert_eq!(journal[0].header("authorization"), Some("Bearer ***"));
    assert_eq!((journal[0].status, journal[0].processed, journal[0].scripted), (200, true, false));
    assert_eq!(journal[1].query, "page=2");
    let file = &journal[2].files.as_ref().unwrap()[0];
    assert_eq!((file.field.as_str(), file.name.as_deref(), file.size), ("files", Some("a.txt"), 5));
    assert_eq!(file.crc32, 0x3610_a686);
    let over_http = raw.control(Method::GET, "/journal", None).await;
    assert!(!over_http.text.contains(sandbox.api_key()));
    let entries = over_http.json()["entries"].clone();
    assert_eq!(entries, journal.iter().map(callfluent_sandbox::JournalEntry::to_json).collect::<Value>());
    assert_eq!(entries[2]["files"][0]["content_type"], "text/plain");
    assert_eq!(entries[0]["request_id"], "sandbox-000001");
    raw.control(Method::DELETE, "/journal", None).await;
    assert!(sandbox.journal().is_empty());
}

#[tokio::test]
async fn every_operation_has_its_own_label() {
    let (sandbox, raw) = started().await;
    let agent = raw.create_agent(&complete_agent()).await;
    let path = format!("/agent/custom-field/{agent}");
    let field = raw.put(&path, &json!({"data": {"name": "n", "label": "l"}})).await.data();
    raw.put(&path, &json!({"data": field})).await.data();
    let labels: Vec<Option<String>> = sandbox.journal().into_iter().map(|entry| entry.operation).collect();
    let expected =
        ["agents.create", "custom_fields.create", "custom_fields.update"].map(|label| Some(label.to_owned()));
    assert_eq!(labels, expected);
    let described = raw.control(Method::GET, "", None).await.json();
    assert_eq!(described["operations"].as_array().unwrap().len(), 21);
    let slip = raw.control(Method::POST, "/repsond", Some(&json!({}))).await;
    assert_eq!(slip.status, 404);
    assert!(slip.text.contains("POST /sandbox/respond"));
    assert_eq!(sandbox.journal().len(), 3);
}

#[tokio::test]
async fn the_journal_forgets_its_oldest_entries_beyond_the_limit() {
    let sandbox = Sandbox::builder().journal_limit(2).start().await.unwrap();
    let raw = Raw::new(&sandbox);
    for _ in 0..5 {
        raw.get("/user/profile").await;
    }
    assert_eq!(sandbox.journal().last().unwrap().request_id, "sandbox-000005");
    let over_http = raw.control(Method::GET, "/journal", None).await.json();
    assert_eq!((over_http["entries"].as_array().unwrap().len(), &over_http["forgotten"]), (2, &json!(3)));
}

#[tokio::test]
async fn scripted_answers_come_in_order_for_matching_requests_only() {
    let (sandbox, raw) = started().await;
    let limited = json!({
        "operation": "agents.create", "times": 2, "status": 429, "headers": {"Retry-After": "3"}, "body": {"message": "slow"},
    });
    respond(&raw, &limited).await;
    respond(&raw, &json!({"path_contains": "/create", "status": 503, "body_text": "<html>", "headers": {"content-type": "text/html"}})).await;
    assert_eq!(raw.get("/user/profile").await.status, 200);
    for _ in 0..2 {
        let answer = raw.post("/agent/create", &inbound_agent()).await;
        assert_eq!((answer.status, answer.json()), (429, json!({"message": "slow"})));
        assert_eq!(answer.headers["retry-after"], "3");
        assert!(answer.headers.contains_key("x-request-id"));
    }
    let page = raw.post("/agent/create", &inbound_agent()).await;
    assert_eq!((page.status, page.text.as_str()), (503, "<html>"));
    assert_eq!(page.headers["content-type"], "text/html");
    let processed: Vec<bool> = sandbox.journal().iter().map(|entry| entry.processed).collect();
    assert_eq!(processed, [true, false, false, false]);
    assert_eq!(raw.create_agent(&inbound_agent()).await, 1001);
}

#[tokio::test]
async fn a_scripted_answer_can_hide_what_was_carried_out() {
    let (sandbox, raw) = started().await;
    respond(&raw, &json!({"status": 502, "process_first": true})).await;
    let answer = raw.post("/agent/create", &inbound_agent()).await;
    assert_eq!((answer.status, answer.json()), (502, json!({"status": false, "error": "Bad Gateway"})));
    assert!(sandbox.journal()[0].processed && sandbox.journal()[0].scripted);
    assert_eq!(raw.get("/agent/get-all/1").await.data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_scripted_status_alone_has_the_documented_envelope() {
    let (sandbox, raw) = started().await;
    sandbox.respond(ScriptedResponse::status(403)).unwrap();
    sandbox.respond(ScriptedResponse::status(500)).unwrap();
    let words = "Your account doesn't have the permission to access that page.";
    assert_eq!(raw.get("/user/profile").await.json(), json!({"status": false, "msg": words}));
    let failure = raw.get("/user/profile").await.json();
    assert_eq!(failure, json!({"status": false, "error": "Internal Server Error"}));
}

#[tokio::test]
async fn a_delay_alone_holds_the_real_answer_back_and_others_pass_it() {
    let (sandbox, raw) = started().await;
    sandbox.respond(ScriptedResponse::delayed(Duration::from_millis(300)).operation("agents.list")).unwrap();
    let begin = Instant::now();
    let (late, quick) = tokio::join!(raw.get("/agent/get-all/1"), async {
        let answer = raw.get("/user/profile").await;
        (answer, begin.elapsed())
    });
    assert_eq!(late.data(), json!([]));
    assert!(begin.elapsed() >= Duration::from_millis(300));
    assert!(quick.1 < Duration::from_millis(300));
}

#[tokio::test]
async fn scripted_answers_reach_paths_that_are_not_documented() {
    let (sandbox, raw) = started().await;
    sandbox.respond(ScriptedResponse::status(200).body(json!({"status": true, "data": "new"}))).unwrap();
    assert_eq!(raw.get("/agent/brand-new").await.data(), "new");
    sandbox.respond(ScriptedResponse::status(500)).unwrap();
    sandbox.clear_responses();
    assert_eq!(raw.get("/agent/brand-new").await.status, 404);
}

#[tokio::test]
async fn a_scripted_answer_that_could_never_be_sent_is_refused() {
    let (sandbox, raw) = started().await;
    for (script, expected) in [
        (json!({"status": 42}), "status: must be from 200 to 599"),
        (json!({"status": "500"}), "status: has the wrong type or is out of range"),
        (json!({"status": 500, "times": 0}), "times: must be at least 1"),
        (json!({"status": 500, "delay": 5}), "delay: unknown"),
        (json!({"status": 500, "headers": {"a b": "c"}}), "headers: `a b` is not a header that can be sent"),
        (json!({"body": {}, "body_text": ""}), "body_text: must not be there beside `body`"),
        (json!([]), "body: must be a JSON object"),
    ] {
        let answer = raw.control(Method::POST, "/respond", Some(&script)).await;
        assert_eq!(answer.problems(), [expected]);
    }
    assert!(sandbox.respond(ScriptedResponse::status(42)).is_err());
    assert_eq!(raw.get("/user/profile").await.status, 200);
}

#[tokio::test]
async fn dropped_fields_keep_their_old_value_without_a_word() {
    let sandbox = Sandbox::builder().drop_fields(["tone"]).start().await.unwrap();
    let raw = Raw::new(&sandbox);
    let agent = raw.create_agent(&inbound_agent()).await;
    let path = format!("/agent/update/{agent}");
    let changed = json!({"Payload": with(inbound_agent(), &json!({"tone": "Stern", "goal": "Sell"}))});
    let answer = raw.put(&path, &changed).await.data();
    assert_eq!((&answer["tone"], &answer["goal"]), (&json!("Professional"), &json!("Sell")));
    raw.control(Method::POST, "/drop-fields", Some(&json!({"fields": []}))).await;
    assert_eq!(raw.put(&path, &changed).await.data()["tone"], "Stern");
    sandbox.drop_fields(["goal"]);
    assert_eq!(raw.put(&path, &json!({"Payload": inbound_agent()})).await.data()["goal"], "Sell");
    let wrong = raw.control(Method::POST, "/drop-fields", Some(&json!({"fields": "tone"}))).await;
    assert_eq!(wrong.problems(), ["fields: required: a list of text"]);
}

#[tokio::test]
async fn a_reset_over_http_starts_everything_over() {
    let (sandbox, raw) = started().await;
    raw.create_agent(&inbound_agent()).await;
    respond(&raw, &json!({"status": 500, "times": 10})).await;
    assert_eq!(raw.control(Method::POST, "/reset", None).await.status, 200);
    assert!(sandbox.journal().is_empty());
    assert_eq!(raw.get("/agent/get-all/1").await.data(), json!([]));
    assert_eq!(raw.create_agent(&inbound_agent()).await, 1001);
}
