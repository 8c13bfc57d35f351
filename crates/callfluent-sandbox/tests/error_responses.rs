//! Error responses, documented and undocumented.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use callfluent_sandbox::{Sandbox, ScriptedResponse, other_account};
use http_client::{HttpClient, Response, complete_agent, inbound_agent, outbound_agent, send, started, with};
use reqwest::Method;
use serde_json::{Value, json};

/// Valid requests to all endpoints with these IDs.
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

async fn responses_to(http: &HttpClient, requests: Vec<(Method, String, Option<Value>)>) -> Vec<(String, Response)> {
    let mut responses = Vec::new();
    for (method, path, body) in requests {
        let request = http.request(method, &path);
        let response = send(if let Some(body) = body { request.json(&body) } else { request }).await;
        responses.push((path, response));
    }
    responses
}

#[tokio::test]
async fn ids_of_another_account_get_the_documented_403() {
    let (_sandbox, http) = started().await;
    let requests = requests_for(
        other_account::WORKSPACE,
        other_account::AGENT,
        other_account::CALL,
        other_account::KNOWLEDGE_FILE,
        other_account::ACTION,
    );
    let mut responses = responses_to(&http, requests).await;
    responses.push(("upload".to_owned(), http.upload(other_account::AGENT, &[("a.txt", b"a")]).await));
    assert_eq!(responses.len(), 18);
    for (path, response) in responses {
        assert_eq!(response.status, 403, "{path}: {}", response.text);
        let message = "Your account doesn't have the permission to access that page.";
        assert_eq!(response.json(), json!({"status": false, "msg": message}), "{path}");
    }
}

#[tokio::test]
async fn unknown_ids_are_not_found() {
    let (_sandbox, http) = started().await;
    let mut responses = responses_to(&http, requests_for(7, 7, 7, 7, 7)).await;
    responses.push(("upload".to_owned(), http.upload(7, &[("a.txt", b"a")]).await));
    for (path, response) in responses {
        assert_eq!(response.status, 404, "{path}: {}", response.text);
        let body = response.json();
        assert_eq!(body["status"], false);
        assert!(body["error"].as_str().unwrap().ends_with(" 7 was not found."), "{path}: {body}");
    }
    let agent = http.create_agent(&inbound_agent()).await;
    let field = "d7d6946a-d90a-438e-954f-08cb5950d680";
    let sent = json!({"data": {"id": field, "name": "n", "label": "l"}});
    assert_eq!(http.put(&format!("/agent/custom-field/{agent}"), &sent).await.status, 404);
    assert_eq!(http.delete(&format!("/agent/remove-custom-fields/{agent}/{field}")).await.status, 404);
}

#[tokio::test]
async fn a_missing_or_wrong_key_is_reported_before_other_errors() {
    let (sandbox, http) = started().await;
    let missing = send(http.request_without_key(Method::GET, "/agent/get-all/1")).await;
    let basic = send(http.request_without_key(Method::GET, "/agent/get-all/1").basic_auth("a", Some("b"))).await;
    let wrong = HttpClient::new(&sandbox).with_key("sandbox").post("/agent/create", &json!({})).await;
    for response in [missing, basic, wrong] {
        assert_eq!(response.status, 401);
        assert_eq!(response.json()["status"], false);
        assert!(response.json()["msg"].as_str().unwrap().starts_with("Unauthenticated"));
        assert!(response.headers.contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn the_agent_limit_has_the_documented_error() {
    let sandbox = Sandbox::builder().agent_limit(1).start().await.unwrap();
    let http = HttpClient::new(&sandbox);
    let id = http.create_agent(&inbound_agent()).await;
    let response = http.post("/agent/create", &inbound_agent()).await;
    assert_eq!(response.status, 400);
    assert_eq!(response.json(), json!({"status": false, "msg": "You have reached limit."}));
    http.delete(&format!("/agent/delete/{id}")).await.data();
    http.create_agent(&inbound_agent()).await;
}

#[tokio::test]
async fn the_workspace_limit_has_the_published_error() {
    let sandbox = Sandbox::builder().workspace_limit(1).start().await.unwrap();
    let response = HttpClient::new(&sandbox).post("/workspace/create", &json!({"name": "Second"})).await;
    assert_eq!(response.status, 400);
    let expected = json!({
        "status": false,
        "error": "Workspace creation limit exceeded.",
        "message": "Please delete some before creating new ones.",
    });
    assert_eq!(response.json(), expected);
}

#[tokio::test]
async fn a_finished_call_cannot_be_hung_up() {
    let (_sandbox, http) = started().await;
    let agent = http.create_agent(&complete_agent()).await;
    let call = http.start_call(agent).await;
    http.post("/agent/hangup-call", &json!({"callid": call})).await.data();
    let response = http.post("/agent/hangup-call", &json!({"callid": call})).await;
    assert_eq!(response.status, 400);
    let reason = format!("Call {call} is not in progress: it is completed.");
    assert_eq!(response.json(), json!({"status": false, "error": reason}));
}

#[tokio::test]
async fn an_inbound_agent_cannot_start_calls() {
    let (_sandbox, http) = started().await;
    let agent = http.create_agent(&inbound_agent()).await;
    let response = http.post(&format!("/call-api/make-call/{agent}"), &json!({"phone_number": "+14155550123"})).await;
    assert_eq!(response.status, 400);
}

#[tokio::test]
async fn a_server_error_has_the_documented_envelope() {
    let (sandbox, http) = started().await;
    let failure = ScriptedResponse::status(500).body(json!({"status": false, "error": "Something went wrong."}));
    sandbox.respond(failure).unwrap();
    let response = http.get("/agent/get-all/1").await;
    assert_eq!((response.status, response.json()["error"].as_str()), (500, Some("Something went wrong.")));
    assert_eq!(http.get("/agent/get-all/1").await.status, 200);
}

#[tokio::test]
async fn unknown_paths_and_methods_get_404_and_405() {
    let (sandbox, http) = started().await;
    assert_eq!(http.get("/agent/get-one/").await.status, 404);
    assert_eq!(http.get("/agents").await.status, 404);
    assert_eq!(http.get("/agent/create").await.status, 405);
    assert_eq!(http.post("/agent/update/1", &json!({})).await.status, 405);
    let outside = send(http.request(Method::GET, "/../agent/get-all/1")).await;
    assert_eq!(outside.status, 404);
    assert!(outside.json()["error"].as_str().unwrap().contains("the base URL ends with /api"));
    assert!(sandbox.journal().iter().all(|entry| entry.operation.is_none() && !entry.processed));
    assert_eq!(sandbox.journal().len(), 5);
}

#[tokio::test]
async fn two_outbound_agents_cannot_share_a_number() {
    let (_sandbox, http) = started().await;
    let first = http.create_agent(&outbound_agent("+123456789")).await;
    let errors = http.post("/agent/create", &outbound_agent("+123456789")).await.errors();
    assert_eq!(errors, [format!("phone_number: +123456789 is in use by agent {first}")]);
    let second = http.create_agent(&outbound_agent("+12015550100")).await;
    let taken = json!({"Payload": outbound_agent("+123456789")});
    assert_eq!(http.put(&format!("/agent/update/{second}"), &taken).await.status, 422);
    assert_eq!(http.put(&format!("/agent/update/{first}"), &taken).await.status, 200);
}
