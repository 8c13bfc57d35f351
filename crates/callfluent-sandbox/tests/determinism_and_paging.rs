//! Two sandboxes with the same seed are the same, and the demo's calls come page by page.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod raw;

use callfluent_sandbox::{Sandbox, SandboxBuilder};
use raw::{Answer, Raw, complete_agent, inbound_agent, started};
use serde_json::{Value, json};

/// A little of everything, errors included.
async fn story(raw: &Raw) -> Vec<Answer> {
    let mut answers = vec![raw.get("/workspace/get-all").await, raw.get("/agent/number-list/1/outbound").await];
    let created = raw.post("/agent/create", &inbound_agent()).await;
    let id = created.data()["id"].as_u64().unwrap();
    answers.push(created);
    answers.push(raw.put(&format!("/agent/custom-field/{id}"), &json!({"data": {"name": "n", "label": "l"}})).await);
    answers.push(raw.upload(id, &[("a.txt", b"abc")]).await);
    answers.push(raw.post("/agent/create", &json!({})).await);
    answers.push(raw.get("/agent/get-all/1").await);
    answers.push(raw.get("/agent/get-one/1001").await);
    answers.push(raw.get("/agent/1001/calls").await);
    answers.push(raw.get("/agent/get-all/90").await);
    answers
}

async fn told(builder: SandboxBuilder) -> Vec<Answer> {
    let sandbox = builder.start().await.unwrap();
    story(&Raw::new(&sandbox)).await
}

#[tokio::test]
async fn the_same_seed_answers_the_same_bytes_headers_included() {
    let builder = Sandbox::builder().demo(true).seed(7).clock(1_800_000_000);
    let first = told(builder.clone()).await;
    assert_eq!(first, told(builder.clone()).await);
    assert_ne!(first, told(builder.clone().seed(8)).await);
    assert_ne!(first, told(builder.clock(1_900_000_000)).await);
}

#[tokio::test]
async fn a_reset_sandbox_tells_the_same_story_again() {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let raw = Raw::new(&sandbox);
    let first = story(&raw).await;
    assert_ne!(first, story(&raw).await);
    sandbox.reset();
    assert_eq!(sandbox.journal(), []);
    assert_eq!(first, story(&raw).await);
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_the_sandbox_s_date() {
    let (_sandbox, raw) = started().await;
    raw.get("/workspace/get-all").await;
    let answer = raw.get("/nowhere").await;
    assert_eq!(answer.headers["x-request-id"], "sandbox-000002");
    assert_eq!(answer.headers["date"], "Mon, 12 Jan 2026 09:00:02 GMT");
}

#[tokio::test]
async fn ids_start_where_the_seed_says() {
    let sandbox = Sandbox::builder().seed(3).start().await.unwrap();
    let raw = Raw::new(&sandbox);
    assert_eq!(raw.create_agent(&complete_agent()).await, 301_001);
}

#[tokio::test]
async fn the_demo_has_two_workspaces_six_agents_and_sixty_calls_over_three_weeks() {
    let sandbox = Sandbox::builder().demo(true).likely_fields(true).start().await.unwrap();
    let raw = Raw::new(&sandbox);
    let workspaces = raw.get("/workspace/get-all").await.json()["workspaces"].clone();
    assert_eq!(workspaces.as_array().unwrap().len(), 2);
    let (mut agents, mut calls) = (0, Vec::new());
    for workspace in workspaces.as_array().unwrap() {
        for agent in raw.get(&format!("/agent/get-all/{}", workspace["id"])).await.data().as_array().unwrap() {
            agents += 1;
            let details = raw.get(&format!("/agent/get-one/{}", agent["id"])).await.data();
            assert_eq!(details["files"].as_array().unwrap().len(), 1);
            assert_eq!(agent["actions"].as_array().unwrap().len(), 1);
            let of_agent = all_pages(&raw, &agent["id"]).await;
            assert_eq!(details["totalCalls"], of_agent.len());
            calls.extend(of_agent);
            // What the demo is made of passes the sandbox's own check.
            let update = raw.put(&format!("/agent/update/{}", agent["id"]), &json!({"Payload": agent})).await;
            assert_eq!(update.status, 200, "{}", update.text);
        }
    }
    assert_eq!((agents, calls.len()), (6, 60));
    let times: Vec<&str> = calls.iter().map(|call| call["started_at"].as_str().unwrap()).collect();
    assert!(times.iter().all(|time| ("2025-12-22".."2026-01-13").contains(time)));
    assert!(calls.iter().any(|call| call["status"] == "no-answer"));
    assert!(calls.iter().any(|call| call["duration"].as_u64().unwrap() > 60));
}

async fn all_pages(raw: &Raw, agent: &Value) -> Vec<Value> {
    let mut calls = Vec::new();
    for page in 1.. {
        let of_page = raw.get(&format!("/agent/{agent}/calls?page={page}")).await.data();
        let of_page = of_page.as_array().unwrap();
        if of_page.is_empty() {
            break;
        }
        calls.extend(of_page.iter().cloned());
    }
    calls
}

#[tokio::test]
async fn pages_follow_one_another_newest_first_and_end_with_an_empty_one() {
    let sandbox = Sandbox::builder().page_size(2).start().await.unwrap();
    let raw = Raw::new(&sandbox);
    let agent = raw.create_agent(&complete_agent()).await;
    let mut started = Vec::new();
    for _ in 0..5 {
        started.push(raw.start_call(agent).await);
    }
    started.reverse();
    let path = format!("/agent/{agent}/calls");
    assert_eq!(raw.get(&path).await.data(), raw.get(&format!("{path}?page=1")).await.data());
    let ids: Vec<u64> = all_pages(&raw, &agent.into()).await.iter().map(|call| call["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, started);
    assert_eq!(raw.get(&format!("{path}?page=3")).await.data().as_array().unwrap().len(), 1);
    assert_eq!(raw.get(&format!("{path}?page=4")).await.data(), json!([]));
    assert_eq!(raw.get(&format!("{path}?page=18446744073709551615")).await.data(), json!([]));
}
