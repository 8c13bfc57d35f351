//! Equal settings give equal responses and demo data.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use callfluent_sandbox::{Sandbox, SandboxBuilder};
use http_client::{HttpClient, Response, complete_agent, inbound_agent, started};
use serde_json::{Value, json};

/// Sends requests to several endpoints, some of them invalid.
async fn session(http: &HttpClient) -> Vec<Response> {
    let mut responses = vec![http.get("/workspace/get-all").await, http.get("/agent/number-list/1/outbound").await];
    let created = http.post("/agent/create", &inbound_agent()).await;
    let id = created.data()["id"].as_u64().unwrap();
    responses.push(created);
    responses.push(http.put(&format!("/agent/custom-field/{id}"), &json!({"data": {"name": "n", "label": "l"}})).await);
    responses.push(http.upload(id, &[("a.txt", b"abc")]).await);
    responses.push(http.post("/agent/create", &json!({})).await);
    responses.push(http.get("/agent/get-all/1").await);
    responses.push(http.get("/agent/get-one/1001").await);
    responses.push(http.get("/agent/1001/calls").await);
    responses.push(http.get("/agent/get-all/90").await);
    responses
}

async fn responses_of(builder: SandboxBuilder) -> Vec<Response> {
    let sandbox = builder.start().await.unwrap();
    session(&HttpClient::new(&sandbox)).await
}

#[tokio::test]
async fn equal_settings_give_equal_responses_with_headers() {
    let builder = Sandbox::builder().demo(true).seed(7).clock(1_800_000_000);
    let first = responses_of(builder.clone()).await;
    assert_eq!(first, responses_of(builder.clone()).await);
    assert_ne!(first, responses_of(builder.clone().seed(8)).await);
    assert_ne!(first, responses_of(builder.clock(1_900_000_000)).await);
}

#[tokio::test]
async fn a_reset_sandbox_repeats_its_responses() {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let http = HttpClient::new(&sandbox);
    let first = session(&http).await;
    assert_ne!(first, session(&http).await);
    sandbox.reset();
    assert_eq!(sandbox.journal(), []);
    assert_eq!(first, session(&http).await);
}

#[tokio::test]
async fn every_response_has_a_request_id_and_the_sandbox_date() {
    let (_sandbox, http) = started().await;
    http.get("/workspace/get-all").await;
    let response = http.get("/nowhere").await;
    assert_eq!(response.headers["x-request-id"], "sandbox-000002");
    assert_eq!(response.headers["date"], "Mon, 12 Jan 2026 09:00:02 GMT");
}

#[tokio::test]
async fn the_seed_sets_the_first_ids() {
    let sandbox = Sandbox::builder().seed(3).start().await.unwrap();
    let http = HttpClient::new(&sandbox);
    assert_eq!(http.create_agent(&complete_agent()).await, 301_001);
}

#[tokio::test]
async fn demo_data_has_two_workspaces_six_agents_and_sixty_calls() {
    let sandbox = Sandbox::builder().demo(true).likely_fields(true).start().await.unwrap();
    let http = HttpClient::new(&sandbox);
    let workspaces = http.get("/workspace/get-all").await.json()["workspaces"].clone();
    assert_eq!(workspaces.as_array().unwrap().len(), 2);
    let (mut agents, mut calls) = (0, Vec::new());
    for workspace in workspaces.as_array().unwrap() {
        for agent in http.get(&format!("/agent/get-all/{}", workspace["id"])).await.data().as_array().unwrap() {
            agents += 1;
            let details = http.get(&format!("/agent/get-one/{}", agent["id"])).await.data();
            assert_eq!(details["files"].as_array().unwrap().len(), 1);
            assert_eq!(agent["actions"].as_array().unwrap().len(), 1);
            let of_agent = all_pages(&http, &agent["id"]).await;
            assert_eq!(details["totalCalls"], of_agent.len());
            calls.extend(of_agent);
            // Demo agents must pass the sandbox's own validation.
            let update = http.put(&format!("/agent/update/{}", agent["id"]), &json!({"Payload": agent})).await;
            assert_eq!(update.status, 200, "{}", update.text);
        }
    }
    assert_eq!((agents, calls.len()), (6, 60));
    let times: Vec<&str> = calls.iter().map(|call| call["started_at"].as_str().unwrap()).collect();
    assert!(times.iter().all(|time| ("2025-12-22".."2026-01-13").contains(time)));
    assert!(calls.iter().any(|call| call["status"] == "no-answer"));
    assert!(calls.iter().any(|call| call["duration"].as_u64().unwrap() > 60));
}

async fn all_pages(http: &HttpClient, agent: &Value) -> Vec<Value> {
    let mut calls = Vec::new();
    for page in 1.. {
        let of_page = http.get(&format!("/agent/{agent}/calls?page={page}")).await.data();
        let of_page = of_page.as_array().unwrap();
        if of_page.is_empty() {
            break;
        }
        calls.extend(of_page.iter().cloned());
    }
    calls
}

#[tokio::test]
async fn calls_are_paged_newest_first_until_an_empty_page() {
    let sandbox = Sandbox::builder().page_size(2).start().await.unwrap();
    let http = HttpClient::new(&sandbox);
    let agent = http.create_agent(&complete_agent()).await;
    let mut started = Vec::new();
    for _ in 0..5 {
        started.push(http.start_call(agent).await);
    }
    started.reverse();
    let path = format!("/agent/{agent}/calls");
    assert_eq!(http.get(&path).await.data(), http.get(&format!("{path}?page=1")).await.data());
    let ids: Vec<u64> = all_pages(&http, &agent.into()).await.iter().map(|call| call["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, started);
    assert_eq!(http.get(&format!("{path}?page=3")).await.data().as_array().unwrap().len(), 1);
    assert_eq!(http.get(&format!("{path}?page=4")).await.data(), json!([]));
    assert_eq!(http.get(&format!("{path}?page=9007199254740991")).await.data(), json!([]));
}
