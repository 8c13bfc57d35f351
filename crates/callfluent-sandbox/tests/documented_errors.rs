//! Errors with the status and the words of the documentation, and the ones it is silent about.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod raw;

use callfluent_sandbox::{Sandbox, ScriptedResponse, other_account};
use raw::{Raw, complete_agent, inbound_agent, outbound_agent, send, started, with};
use reqwest::Method;
use serde_json::{Value, json};

/// Every endpoint with a well-formed request that names these ids.
fn requests_for(workspace: u64, agent: u64, call: u64, file: u64, action: u64) -> Vec<(Method, String, Option<Value>)> {
    let email = json!({"actionType": "sendEmail", "name": "a", "instruction": "i", "content": "c", "subject": "s"});
    let origins = json!({"data": {"has_webhook_cors_origin": true, "webhook_cors_origin": ["https://google.com"]}});
    let elsewhere = with(inbound_agent(), &json!({"workspaceId": workspace}));
    let field = "d7d6946a-d90a-438e-954f-08cb5950d680";
    vec![
        (Method::GET, format!("/agent/number-list/{workspace}/outbound"), None),
        (Method::POST, "/agent/create".to_owned(), Some(elsewhere)),
        (Method::GET, format!("/agent/get-all/{workspace}"), None),
        (Method::GET, format!("/agent/get-one/{agent}"), None),
        (Method::DELETE, format!("/agent/delete/{agent}"), None),
        (Method::GET, format!("/agent/{agent}/calls"), None),
        (Method::PUT, format!("/agent/update/{agent}"), Some(json!({"Payload": inbound_agent()}))),
        (Method::DELETE, format!("/agent/knowledge/{file}"), None),
        (Method::DELETE, format!("/agent/delete-call/{call}"), None),
        (Method::POST, "/agent/hangup-call".to_owned(), Some(json!({"callid": call}))),
        (Method::PUT, format!("/agent/custom-field/{agent}"), Some(json!({"data": {"name": "n", "label": "l"}}))),
        (Method::DELETE, format!("/agent/remove-custom-fields/{agent}/{field}"), None),
        (
            Method::POST,
            "/agent/create-action".to_owned(),
            Some(json!({"payload": with(email.clone(), &json!({"agentId": agent}))})),
        ),
        (Method::POST, format!("/agent/update-action/{action}"), Some(email)),
        (Method::DELETE, format!("/agent/delete-action/{action}"), None),
        (Method::PUT, format!("/agent/webhook-cors-origin/{agent}"), Some(origins)),
        (Method::POST, format!("/call-api/make-call/{agent}"), Some(json!({"phone_number": "+14155550123"}))),
    ]
}

async fn answers_to(raw: &Raw, requests: Vec<(Method, String, Option<Value>)>) -> Vec<(String, raw::Answer)> {
    let mut answers = Vec::new();
    for (method, path, body) in requests {
        let request = raw.request(method, &path);
        let answer = send(if let Some(body) = body { request.json(&body) } else { request }).await;
        answers.push((path, answer));
    }
    answers
}

#[tokio::test]
async fn what_belongs_to_another_account_is_refused_in_the_documented_words() {
    let (_sandbox, raw) = started().await;
    let requests = requests_for(
        other_account::WORKSPACE,
        other_account::AGENT,
        other_account::CALL,
        other_account::KNOWLEDGE_FILE,
        other_account::ACTION,
    );
    let mut answers = answers_to(&raw, requests).await;
    answers.push(("upload".to_owned(), raw.upload(other_account::AGENT, &[("a.txt", b"a")]).await));
    assert_eq!(answers.len(), 18);
    for (path, answer) in answers {
        assert_eq!(answer.status, 403, "{path}: {}", answer.text);
        let words = "Your account doesn't have the permission to access that page.";
        assert_eq!(answer.json(), json!({"status": false, "msg": words}), "{path}");
    }
}

#[tokio::test]
async fn ids_that_nothing_has_are_not_found() {
    let (_sandbox, raw) = started().await;
    let mut answers = answers_to(&raw, requests_for(7, 7, 7, 7, 7)).await;
    answers.push(("upload".to_owned(), raw.upload(7, &[("a.txt", b"a")]).await));
    for (path, answer) in answers {
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
        let body = answer.json();
        assert_eq!(body["status"], false);
        assert!(body["error"].as_str().unwrap().ends_with(" 7 was not found."), "{path}: {body}");
    }
    let agent = raw.create_agent(&inbound_agent()).await;
    let field = "d7d6946a-d90a-438e-954f-08cb5950d680";
    let sent = json!({"data": {"id": field, "name": "n", "label": "l"}});
    assert_eq!(raw.put(&format!("/agent/custom-field/{agent}"), &sent).await.status, 404);
    assert_eq!(raw.delete(&format!("/agent/remove-custom-fields/{agent}/{field}")).await.status, 404);
}

#[tokio::test]
async fn a_missing_or_wrong_key_is_unauthenticated_whatever_else_is_wrong() {
    let (sandbox, raw) = started().await;
    let missing = send(raw.request_without_key(Method::GET, "/agent/get-all/1")).await;
    let basic = send(raw.request_without_key(Method::GET, "/agent/get-all/1").basic_auth("a", Some("b"))).await;
    let wrong = Raw::new(&sandbox).with_key("sandbox").post("/agent/create", &json!({})).await;
    for answer in [missing, basic, wrong] {
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json()["status"], false);
        assert!(answer.json()["msg"].as_str().unwrap().starts_with("Unauthenticated"));
        assert!(answer.headers.contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn the_agent_limit_is_answered_in_the_documented_words() {
    let sandbox = Sandbox::builder().agent_limit(1).start().await.unwrap();
    let raw = Raw::new(&sandbox);
    let id = raw.create_agent(&inbound_agent()).await;
    let answer = raw.post("/agent/create", &inbound_agent()).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json(), json!({"status": false, "msg": "You have reached limit."}));
    raw.delete(&format!("/agent/delete/{id}")).await.data();
    raw.create_agent(&inbound_agent()).await;
}

#[tokio::test]
async fn the_workspace_limit_is_answered_in_the_published_words() {
    let sandbox = Sandbox::builder().workspace_limit(1).start().await.unwrap();
    let answer = Raw::new(&sandbox).post("/workspace/create", &json!({"name": "Second"})).await;
    assert_eq!(answer.status, 400);
    let expected = json!({
        "status": false,
        "error": "Workspace creation limit exceeded.",
        "message": "Please delete some before creating new ones.",
    });
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn a_call_that_is_over_cannot_be_hung_up() {
    let (_sandbox, raw) = started().await;
    let agent = raw.create_agent(&complete_agent()).await;
    let call = raw.start_call(agent).await;
    raw.post("/agent/hangup-call", &json!({"callid": call})).await.data();
    let answer = raw.post("/agent/hangup-call", &json!({"callid": call})).await;
    assert_eq!(answer.status, 400);
    let reason = format!("Call {call} is not in progress: it is completed.");
    assert_eq!(answer.json(), json!({"status": false, "error": reason}));
}

#[tokio::test]
async fn an_inbound_agent_makes_no_calls() {
    let (_sandbox, raw) = started().await;
    let agent = raw.create_agent(&inbound_agent()).await;
    let answer = raw.post(&format!("/call-api/make-call/{agent}"), &json!({"phone_number": "+14155550123"})).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn a_server_error_has_the_documented_envelope() {
    let (sandbox, raw) = started().await;
    let failure = ScriptedResponse::status(500).body(json!({"status": false, "error": "Something went wrong."}));
    sandbox.respond(failure).unwrap();
    let answer = raw.get("/agent/get-all/1").await;
    assert_eq!((answer.status, answer.json()["error"].as_str()), (500, Some("Something went wrong.")));
    assert_eq!(raw.get("/agent/get-all/1").await.status, 200);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_answered_as_such() {
    let (sandbox, raw) = started().await;
    assert_eq!(raw.get("/agent/get-one/").await.status, 404);
    assert_eq!(raw.get("/agents").await.status, 404);
    assert_eq!(raw.get("/agent/create").await.status, 405);
    assert_eq!(raw.post("/agent/update/1", &json!({})).await.status, 405);
    let outside = send(raw.request(Method::GET, "/../agent/get-all/1")).await;
    assert_eq!(outside.status, 404);
    assert!(outside.json()["error"].as_str().unwrap().contains("the base URL ends with /api"));
    assert!(sandbox.journal().iter().all(|entry| entry.operation.is_none() && !entry.processed));
    assert_eq!(sandbox.journal().len(), 5);
}

#[tokio::test]
async fn a_number_is_one_outbound_agent_s_at_a_time() {
    let (_sandbox, raw) = started().await;
    let first = raw.create_agent(&outbound_agent("+123456789")).await;
    let problems = raw.post("/agent/create", &outbound_agent("+123456789")).await.problems();
    assert_eq!(problems, [format!("phone_number: +123456789 is in use by agent {first}")]);
    let second = raw.create_agent(&outbound_agent("+12015550100")).await;
    let taken = json!({"Payload": outbound_agent("+123456789")});
    assert_eq!(raw.put(&format!("/agent/update/{second}"), &taken).await.status, 422);
    assert_eq!(raw.put(&format!("/agent/update/{first}"), &taken).await.status, 200);
}
