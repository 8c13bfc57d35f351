//! Agents and calls that a test adds without requests to the API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use callfluent_sandbox::Sandbox;
use http_client::{HttpClient, started};
use reqwest::Method;
use serde_json::{Value, json};

fn ids(list: &Value) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|entry| entry["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn an_added_agent_is_returned_by_the_api() {
    let (sandbox, http) = started().await;
    let agent = sandbox.add_agent(json!({"name": "Reception", "answer_length": 25})).unwrap();
    assert_eq!((&agent["name"], &agent["format"]), (&json!("Reception"), &json!("inbound")));
    assert_eq!(http.get(&format!("/agent/get-one/{}", agent["id"])).await.data()["agent"], agent);
    assert_eq!(sandbox.journal().len(), 1, "only the request above");
    let over_http = http.control(Method::POST, "/agents", None).await.data();
    assert_eq!(ids(&http.get("/agent/get-all/1").await.data()), ids(&json!([agent, over_http])));
}

#[tokio::test]
async fn an_added_outbound_agent_gets_an_unused_number() {
    let (sandbox, http) = started().await;
    let first = sandbox.add_agent(json!({"format": "outbound"})).unwrap();
    let second = sandbox.add_agent(json!({"format": "outbound"})).unwrap();
    assert_ne!(first["phone_number"], second["phone_number"]);
    http.start_call(first["id"].as_u64().unwrap()).await;
}

#[tokio::test]
async fn overrides_may_be_in_snake_case_or_in_camel_case() {
    let sandbox = Sandbox::start().await.unwrap();
    let agent = sandbox.add_agent(json!({"workspace_id": 1, "phoneNumber": "+123456789", "avatar": null})).unwrap();
    assert_eq!((&agent["workspaceId"], &agent["phone_number"]), (&json!(1), &json!("+123456789")));
    assert!(agent.get("avatar").is_none());
    let call = sandbox.add_call(agent["id"].as_u64().unwrap(), json!({"phoneNumber": "+442079460958"})).unwrap();
    assert_eq!(call["phone_number"], "+442079460958");
}

#[tokio::test]
async fn invalid_agents_and_calls_are_rejected() {
    let (sandbox, http) = started().await;
    let agent = sandbox.add_agent(json!({})).unwrap()["id"].as_u64().unwrap();
    let rejected = |result: Result<Value, callfluent_sandbox::FieldErrors>| result.unwrap_err().to_string();
    assert_eq!(rejected(sandbox.add_agent(json!({"tone": 5}))), "tone: must be a string, but is a number");
    assert_eq!(rejected(sandbox.add_agent(json!({"workspaceId": 7}))), "workspaceId: unknown workspace 7");
    assert_eq!(
        rejected(sandbox.add_agent(json!({"formt": "outbound"}))),
        "formt: unknown field; did you mean `format`?"
    );
    let camel_case =
        http.control(Method::POST, "/agents?naming=camel_case", Some(&json!({"welcome_message": "Hi"}))).await;
    assert_eq!(camel_case.errors(), ["welcome_message: unknown field; did you mean `welcomeMsg`?"]);
    assert_eq!(rejected(sandbox.add_agent(json!([]))), "overrides: must be a JSON object");
    assert_eq!(rejected(sandbox.add_call(7, json!({}))), "agent_id: unknown agent 7");
    let unknown = rejected(sandbox.add_call(agent, json!({"durration": 5})));
    assert_eq!(unknown, "durration: unknown field; did you mean `duration`?");
    let in_progress = rejected(sandbox.add_call(agent, json!({"status": "in-progress", "duration": 5})));
    assert_eq!(in_progress, "duration: not allowed for a call in progress");
    let status = rejected(sandbox.add_call(agent, json!({"status": "queued"})));
    assert!(status.starts_with("status: must be one of ringing, in-progress, completed"), "{status}");
    let over_http = http.control(Method::POST, "/calls", Some(&json!({}))).await.errors();
    assert_eq!(over_http, ["agent_id: required"]);
}

#[tokio::test]
async fn an_added_call_shifts_the_pages_of_its_agent() {
    let sandbox = Sandbox::builder().page_size(2).start().await.unwrap();
    let http = HttpClient::new(&sandbox);
    let agent = sandbox.add_agent(json!({})).unwrap()["id"].as_u64().unwrap();
    let mut added: Vec<_> = (0..3).map(|_| sandbox.add_call(agent, json!({})).unwrap()["id"].clone()).collect();
    let page = |number: u32| format!("/agent/{agent}/calls?page={number}");
    assert_eq!(http.get(&page(1)).await.data()[1]["id"], added[1]);
    let newest = http.control(Method::POST, "/calls", Some(&json!({"agent_id": agent}))).await.data();
    added.push(newest["id"].clone());
    let second = http.get(&page(2)).await.data();
    assert_eq!((&second[0]["id"], &second[1]["id"]), (&added[1], &added[0]));
}

#[tokio::test]
async fn an_added_call_has_the_given_fields() {
    let (sandbox, _http) = started().await;
    let agent = sandbox.add_agent(json!({})).unwrap()["id"].as_u64().unwrap();
    let call = sandbox.add_call(agent, json!({})).unwrap();
    assert_eq!(
        (&call["status"], &call["duration"], &call["direction"]),
        (&json!("completed"), &json!(60), &json!("inbound"))
    );
    let fields = json!({
        "phone_number": "+442079460958", "direction": "outbound", "status": "no-answer", "outcome": "no_answer",
        "transcript": null, "summary": "Nobody answered.", "custom_fields": {"name": "Ada"},
    });
    let call = sandbox.add_call(agent, fields.clone()).unwrap();
    for (name, value) in fields.as_object().unwrap() {
        assert_eq!(&call[name], value, "{name}");
    }
    assert_eq!(call["duration"], 0);
    let current = sandbox.add_call(agent, json!({"status": "in-progress"})).unwrap();
    assert_eq!((&current["ended_at"], &current["duration"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn an_added_number_can_be_used_by_agents() {
    let (sandbox, http) = started().await;
    let agent = |number: &str| http_client::outbound_agent(number);
    let rejected = http.post("/agent/create", &agent("+13125550142")).await.errors();
    assert_eq!(rejected, ["phone_number: +13125550142 is not a number of workspace 1"]);
    let number = sandbox.add_phone_number(json!({"phone_number": "+13125550142"})).unwrap();
    assert_eq!((&number["number"], &number["type"]), (&json!("+13125550142"), &json!("twilio")));
    http.post("/agent/create", &agent("+13125550142")).await.data();
    let verified = json!({"phoneNumber": "+13125550143", "workspaceId": 1, "verified": true});
    let verified = http.control(Method::POST, "/phone-numbers?naming=camel_case", Some(&verified)).await.data();
    let listed = async |kind: &str| http.get(&format!("/agent/number-list/1/{kind}")).await.data().to_string();
    assert!(listed("outbound").await.contains(&verified.to_string()));
    assert!(!listed("inbound").await.contains("+13125550143"));
    let generated = sandbox.add_phone_number(json!({})).unwrap()["number"].clone();
    assert_eq!(generated, "+12015550110");
    for (fields, expected) in [
        (json!({"phone_number": "3125550142"}), "phone_number: must be a phone number in E.164 format"),
        (json!({"phone_number": "+13125550142"}), "phone_number: +13125550142 is already a number of workspace 1"),
        (json!({"workspace_id": 9}), "workspace_id: unknown workspace 9"),
    ] {
        let error = sandbox.add_phone_number(fields).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[tokio::test]
async fn outbound_agents_get_new_numbers_when_all_are_in_use() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut numbers = std::collections::BTreeSet::new();
    for _ in 0..120 {
        let agent = sandbox.add_agent(json!({"format": "outbound"})).unwrap();
        numbers.insert(agent["phone_number"].as_str().unwrap().to_owned());
    }
    assert_eq!(numbers.len(), 120);
}

#[tokio::test]
async fn an_added_call_has_its_duration_at_any_time() {
    let sandbox = Sandbox::builder().clock(0).start().await.unwrap();
    let agent = sandbox.add_agent(json!({})).unwrap()["id"].as_u64().unwrap();
    assert_eq!(sandbox.add_call(agent, json!({"duration": 42})).unwrap()["duration"], 42);
}
