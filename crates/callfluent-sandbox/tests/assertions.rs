//! Assertions about received requests, their arguments, and snapshots.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use std::panic::{AssertUnwindSafe, catch_unwind};

use callfluent_sandbox::Sandbox;
use http_client::{HttpClient, inbound_agent, outbound_agent, started, with};
use reqwest::Method;
use serde_json::{Value, json};

/// Returns the message of an assertion that must fail.
fn failure(assertion: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(assertion)).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

async fn with_requests() -> (Sandbox, HttpClient, u64) {
    let (sandbox, http) = started().await;
    let agent = http.create_agent(&with(outbound_agent("+123456789"), &json!({"blocked_phone_types": "1,2"}))).await;
    let payload = with(inbound_agent(), &json!({"name": "Support", "answer_length": 25}));
    http.put(&format!("/agent/update/{agent}"), &json!({"Payload": payload})).await.data();
    (sandbox, http, agent)
}

#[tokio::test]
async fn arguments_have_the_names_of_the_methods() {
    let (sandbox, http, agent) = with_requests().await;
    let pairs = json!([{"value": "name", "label": "Name"}]);
    let action = json!({
        "agentId": agent, "actionType": "webhook", "name": "hook", "webhook_url": "http://127.0.0.1:1/", "fields": pairs.to_string(),
    });
    http.post("/agent/create-action", &json!({"payload": action})).await.data();
    http.get(&format!("/agent/{agent}/calls?page=2")).await.data();
    http.post(&format!("/call-api/make-call/{agent}"), &json!({"phone_number": "+14155550123", "planType": "x"})).await;
    http.get("/agent/number-list/1/outbound").await;
    let origins = json!({"data": {"has_webhook_cors_origin": true, "webhook_cors_origin": ["https://a.example"]}});
    http.put(&format!("/agent/webhook-cors-origin/{agent}"), &origins).await.data();
    sandbox.assert_requested("agents.create", json!({"workspace_id": 1, "blocked_phone_types": [1, 2]}));
    sandbox.assert_requested("agents.update", json!({"agent_id": agent, "name": "Support"}));
    sandbox.assert_requested("actions.create", json!({"agent_id": agent, "action_type": "webhook", "fields": pairs}));
    sandbox.assert_requested("calls.list", json!({"agent_id": agent, "page": 2}));
    sandbox.assert_requested("calls.start", json!({"phone_number": "+14155550123", "planType": "x"}));
    sandbox.assert_requested("phone_numbers.list", json!({"workspace_id": 1, "agent_type": "outbound"}));
    sandbox.assert_requested("agents.set_cors_origins", json!({"origins": ["https://a.example"], "enabled": true}));
}

#[tokio::test]
async fn a_failed_assertion_shows_the_differences() {
    let (sandbox, _http, agent) = with_requests().await;
    let message = failure(|| {
        sandbox
            .assert_requested("agents.update", json!({"agent_id": agent, "lang": "en", "name": "Sales", "tone": null}));
    });
    let expected = format!(
        "expected a request agents.update with {{\"agent_id\":{agent},\"lang\":\"en\",\"name\":\"Sales\",\"tone\":null}}, \
         received 0\nnearest request sandbox-000002:\n  name: expected \"Sales\", received \"Support\"\n  \
         tone: expected null, received \"Professional\""
    );
    assert_eq!(message, expected);
}

#[tokio::test]
async fn a_failed_assertion_lists_other_operations() {
    let (sandbox, _http, _agent) = with_requests().await;
    let message = failure(|| {
        sandbox.assert_requested("calls.start", json!({}));
    });
    let expected =
        "expected a request calls.start, received 0\nreceived requests: agents.create (1), agents.update (1)";
    assert_eq!(message, expected);
    sandbox.clear_journal();
    let message = failure(|| {
        sandbox.assert_requested("calls.start", Value::Null);
    });
    assert_eq!(message, "expected a request calls.start, received 0\nreceived requests: none");
}

#[tokio::test]
async fn the_number_of_requests_is_asserted() {
    let (sandbox, http, _agent) = with_requests().await;
    http.get("/workspace/get-all").await;
    http.get("/workspace/get-all").await;
    sandbox.assert_requested_times("workspaces.list", json!({}), 2);
    sandbox.assert_requested_times("agents.create", json!({"name": "nobody"}), 0);
    let message = failure(|| sandbox.assert_requested_times("workspaces.list", json!({}), 1));
    assert_eq!(message, "expected 1 request workspaces.list, received 2");
    let message = failure(|| sandbox.assert_requested_times("agents.create", json!({}), 0));
    assert_eq!(message, "expected no request agents.create, received 1");
}

#[tokio::test]
async fn an_unknown_operation_is_rejected() {
    let (sandbox, http, _agent) = with_requests().await;
    let message = failure(|| {
        sandbox.assert_requested("agents.creat", json!({}));
    });
    assert_eq!(message, "operation: unknown operation \"agents.creat\"; did you mean `agents.create`?");
    let path = "/assert-requested?naming=camel_case";
    let errors = http.control(Method::POST, path, Some(&json!({"operation": "phone_numbers.list", "time": 1}))).await;
    assert_eq!(errors.errors(), ["time: unknown field; did you mean `times`?"]);
}

#[tokio::test]
async fn the_control_endpoint_asserts_in_camel_case() {
    let (_sandbox, http, agent) = with_requests().await;
    let path = "/assert-requested?naming=camel_case";
    let body = json!({"operation": "agents.update", "arguments": {"agentId": agent, "answerLength": 25.0}});
    let found = http.control(Method::POST, path, Some(&body)).await.json();
    assert_eq!((&found["status"], &found["difference"]), (&json!(true), &Value::Null));
    assert_eq!(found["entries"][0]["arguments"]["answerLength"], 25);
    let body = json!({"operation": "agents.update", "arguments": {"answerLength": 26}});
    let missing = http.control(Method::POST, path, Some(&body)).await.json();
    assert_eq!(missing["status"], false);
    assert!(missing["difference"].as_str().unwrap().ends_with("answerLength: expected 26, received 25"), "{missing}");
}

#[tokio::test]
async fn a_restored_snapshot_repeats_ids_and_times() {
    let (sandbox, http, _agent) = with_requests().await;
    let snapshot = sandbox.snapshot();
    let kept = http.control(Method::POST, "/snapshot", None).await.json()["snapshot"].clone();
    let before = (sandbox.now(), sandbox.journal());
    let first = http.post("/agent/create", &inbound_agent()).await;
    sandbox.advance(60);
    sandbox.restore(&snapshot);
    assert_eq!((sandbox.now(), sandbox.journal()), before);
    assert_eq!(http.post("/agent/create", &inbound_agent()).await, first);
    let restored = http.control(Method::POST, "/restore", Some(&json!({"snapshot": kept}))).await;
    assert_eq!(restored.status, 200);
    assert_eq!(http.post("/agent/create", &inbound_agent()).await, first);
    let unknown = http.control(Method::POST, "/restore", Some(&json!({"snapshot": 9}))).await.errors();
    assert_eq!(unknown, ["snapshot: unknown snapshot 9"]);
}

#[tokio::test]
async fn custom_fields_are_asserted_by_their_exact_names() {
    let (sandbox, http, agent) = with_requests().await;
    let start =
        json!({"phone_number": "+14155550123", "firstName": "Ada", "Email": "old", "email": "new", "agentId": 5});
    http.post(&format!("/call-api/make-call/{agent}"), &start).await;
    sandbox.assert_requested("calls.start", json!({"firstName": "Ada", "email": "new", "Email": "old", "agentId": 5}));
    // The documented arguments may be in another spelling.
    sandbox.assert_requested("calls.start", json!({"phoneNumber": "+14155550123", "agent_id": agent}));
    sandbox.assert_requested_times("calls.start", json!({"first_name": "Ada"}), 0);
    let path = "/assert-requested?naming=camel_case";
    for (arguments, expected) in [
        (json!({"firstName": "Ada", "agentId": agent}), true),
        (json!({"first_name": "Ada"}), false),
        (json!({"customFields": {"firstName": "Ada", "agentId": 5}}), true),
        (json!({"customFields": {"first_name": "Ada"}}), false),
    ] {
        let body = json!({"operation": "calls.start", "arguments": arguments});
        assert_eq!(http.control(Method::POST, path, Some(&body)).await.json()["status"], expected, "{body}");
    }
}

#[tokio::test]
async fn a_custom_field_does_not_hide_the_called_agent() {
    let (sandbox, http, agent) = with_requests().await;
    let start = json!({"phone_number": "+14155550123", "agent_id": "crm-7"});
    http.post(&format!("/call-api/make-call/{agent}"), &start).await;
    let entry = sandbox.assert_requested("calls.start", json!({"agent_id": agent}));
    assert_eq!(entry.arguments["custom_fields"], json!({"agent_id": "crm-7"}));
    assert_eq!(entry.body, Some(start));
    sandbox.assert_requested("calls.start", json!({"custom_fields": {"agent_id": "crm-7"}}));
    let message = failure(|| {
        sandbox.assert_requested("calls.start", json!({"custom_fields": {"agent_id": "crm-8"}}));
    });
    assert!(message.ends_with("custom_fields.agent_id: expected \"crm-8\", received \"crm-7\""), "{message}");
}

#[tokio::test]
async fn an_id_may_be_a_string_in_an_assertion() {
    let (sandbox, http, agent) = with_requests().await;
    http.get(&format!("/agent/get-one/{agent}")).await.data();
    sandbox.assert_requested("agents.get", json!({"agent_id": agent.to_string()}));
    sandbox.assert_requested_times("agents.get", json!({"agent_id": format!("0{agent}")}), 0);
    http.post(&format!("/call-api/make-call/{agent}"), &json!({"phone_number": "+14155550123", "crm_id": 7})).await;
    sandbox.assert_requested_times("calls.start", json!({"crm_id": "7"}), 0);
}
