//! Faults that a test requests: which requests get them, for how long. Limits, permissions, the
//! API key.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use std::error::Error;
use std::io;

use callfluent_sandbox::{Sandbox, ScriptedResponse};
use http_client::{HttpClient, inbound_agent, send, started};
use reqwest::Method;
use serde_json::json;

async fn statuses(http: &HttpClient, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(http.get("/workspace/get-all").await.status);
    }
    statuses
}

#[tokio::test]
async fn the_nth_request_fails() {
    let (sandbox, http) = started().await;
    sandbox.respond(ScriptedResponse::status(503).after(2).operation("workspaces.list")).unwrap();
    assert_eq!(statuses(&http, 4).await, [200, 200, 503, 200]);
}

#[tokio::test]
async fn a_random_share_of_requests_fails() {
    let run = async |seed: u64| {
        let (sandbox, http) = started().await;
        sandbox.respond(ScriptedResponse::status(500).probability(0.3, seed)).unwrap();
        statuses(&http, 100).await
    };
    let first = run(7).await;
    assert_eq!(first, run(7).await);
    assert_ne!(first, run(8).await);
    let failed = first.iter().filter(|status| **status == 500).count();
    assert!((15..=45).contains(&failed), "{failed} of 100 failed");
}

#[tokio::test]
async fn an_outage_ends_with_its_period() {
    let (sandbox, http) = started().await;
    sandbox.respond(ScriptedResponse::status(503).for_seconds(30).retry_after(5)).unwrap();
    let response = http.get("/user/profile").await;
    assert_eq!((response.status, response.headers["retry-after"].to_str().unwrap()), (503, "5"));
    assert_eq!(statuses(&http, 3).await, [503; 3]);
    sandbox.advance(25);
    assert_eq!(statuses(&http, 2).await, [503, 200]);
}

/// The kind of the I/O error of a request that fails.
async fn error_kind(http: &HttpClient) -> Option<io::ErrorKind> {
    let error = http.request(Method::GET, "/workspace/get-all").send().await.unwrap_err();
    let mut source: Option<&dyn Error> = Some(&error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        source = error.source();
    }
    None
}

#[tokio::test]
async fn a_reset_differs_from_a_close() {
    let (sandbox, http) = started().await;
    sandbox.respond(ScriptedResponse::reset()).unwrap();
    assert_eq!(error_kind(&http).await, Some(io::ErrorKind::ConnectionReset));
    sandbox.respond(ScriptedResponse::disconnected()).unwrap();
    assert_ne!(error_kind(&HttpClient::new(&sandbox)).await, Some(io::ErrorKind::ConnectionReset));
    let entries = sandbox.journal();
    assert_eq!((entries[0].status, entries[0].processed), (0, false));
}

#[tokio::test]
async fn a_reset_may_follow_processing() {
    let (sandbox, http) = started().await;
    sandbox.respond(ScriptedResponse::reset().process_first().operation("agents.create")).unwrap();
    http.request(Method::POST, "/agent/create").json(&inbound_agent()).send().await.unwrap_err();
    assert!(sandbox.journal()[0].processed);
    assert_eq!(http.get("/agent/get-all/1").await.data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn faults_are_requested_over_http() {
    let (_sandbox, http) = started().await;
    let faults = [
        json!({"operation": "workspaces.list", "after": 1, "status": 429, "retry_after": 2}),
        json!({"operation": "workspaces.list", "probability": 1, "seed": 3, "times": 1, "status": 500}),
    ];
    for fault in &faults {
        assert_eq!(http.control(Method::POST, "/respond", Some(fault)).await.status, 200);
    }
    assert_eq!(statuses(&http, 4).await, [500, 429, 200, 200]);
    let invalid = json!({"probability": 2, "operation": "workspaces.lst", "for_seconds": 1});
    let errors = http.control(Method::POST, "/respond", Some(&invalid)).await.errors();
    assert_eq!(errors, ["probability: must be a number from 0 to 1, but is 2"]);
    let unknown = http.control(Method::POST, "/respond", Some(&json!({"operation": "workspaces.lst"}))).await.errors();
    assert_eq!(unknown, ["operation: unknown operation \"workspaces.lst\"; did you mean `workspaces.list`?"]);
}

#[tokio::test]
async fn limits_change_while_the_sandbox_runs() {
    let (sandbox, http) = started().await;
    sandbox.set_agent_limit(1);
    http.create_agent(&inbound_agent()).await;
    let limited = http.post("/agent/create", &inbound_agent()).await;
    assert_eq!((limited.status, &limited.json()["msg"]), (400, &json!("You have reached limit.")));
    assert_eq!(http.control(Method::POST, "/limits", Some(&json!({"agents": 2, "workspaces": 1}))).await.status, 200);
    http.create_agent(&inbound_agent()).await;
    assert_eq!(http.post("/workspace/create", &json!({"name": "second"})).await.status, 400);
    sandbox.set_workspace_limit(2);
    http.post("/workspace/create", &json!({"name": "second"})).await.data();
    let errors = http.control(Method::POST, "/limits", Some(&json!({"agent": 2}))).await.errors();
    assert_eq!(errors, ["agent: unknown field; did you mean `agents`?"]);
}

#[tokio::test]
async fn permissions_differ_by_workspace() {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let http = HttpClient::new(&sandbox);
    let agents = http.get("/agent/get-all/1").await.data();
    let agent = agents[0]["id"].clone();
    let call = http.get(&format!("/agent/{agent}/calls")).await.data()[0]["id"].clone();
    sandbox.set_permission(1, false).unwrap();
    let requests = [
        http.request(Method::GET, "/agent/get-all/1"),
        http.request(Method::GET, &format!("/agent/get-one/{agent}")),
        http.request(Method::GET, &format!("/agent/{agent}/calls")),
        http.request(Method::DELETE, &format!("/agent/delete-call/{call}")),
        http.request(Method::DELETE, "/agent/delete-action/7001"),
        http.request(Method::DELETE, "/agent/knowledge/3001"),
        http.request(Method::POST, "/agent/create").json(&inbound_agent()),
    ];
    for request in requests {
        let response = send(request).await;
        let message = "Your account doesn't have the permission to access that page.";
        assert_eq!((response.status, response.json()), (403, json!({"status": false, "msg": message})));
    }
    assert_eq!(http.get("/agent/get-all/2").await.status, 200);
    let allow = json!({"workspace_id": 1, "allowed": true});
    assert_eq!(http.control(Method::POST, "/permissions", Some(&allow)).await.status, 200);
    assert_eq!(http.get("/agent/get-all/1").await.data(), agents);
    assert_eq!(sandbox.set_permission(7, true).unwrap_err().to_string(), "workspace_id: unknown workspace 7");
}

#[tokio::test]
async fn a_revoked_key_is_rejected() {
    let (sandbox, http) = started().await;
    sandbox.set_key_revoked(true);
    let response = http.get("/user/profile").await;
    let message = "Unauthenticated: the API key was revoked.";
    assert_eq!((response.status, response.json()), (401, json!({"status": false, "msg": message})));
    assert_eq!(http.control(Method::POST, "/api-key", Some(&json!({"revoked": false}))).await.status, 200);
    assert_eq!(http.get("/user/profile").await.status, 200);
}
