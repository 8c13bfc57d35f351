//! The page in a browser: its content, its events, and requests of foreign sites.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use std::time::Duration;

use callfluent_sandbox::Sandbox;
use http_client::{HttpClient, send, started};
use reqwest::Method;
use serde_json::json;

fn address(sandbox: &Sandbox) -> String {
    sandbox.base_url().trim_end_matches("/api").to_owned()
}

#[tokio::test]
async fn a_browser_gets_the_page() {
    let (sandbox, http) = started().await;
    let browser = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = send(browser.get(address(&sandbox)).header("accept", "text/html,application/xhtml+xml")).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.headers["content-type"], "text/html; charset=utf-8");
    assert!(response.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    assert!(response.text.contains("<title>CallFluent sandbox</title>"));
    for loaded in ["src=\"http", "href=\"http", "@import", "url("] {
        assert!(!response.text.contains(loaded), "the page loads {loaded}");
    }
    // A client with a wrong base URL still gets an error.
    assert_eq!(send(browser.get(address(&sandbox))).await.status, 401);
    assert_eq!(http.get("/workspace/get-all").await.status, 200);
}

#[tokio::test]
async fn the_page_gets_the_state_and_the_deviations() {
    let (sandbox, http) = started().await;
    let agent = sandbox.add_agent(json!({"format": "outbound", "name": "Sales"})).unwrap();
    http.post("/agent/create", &json!({"phoneNumber": "+1"})).await;
    http.start_call(agent["id"].as_u64().unwrap()).await;
    let state = http.control(Method::GET, "/state", None).await.json();
    assert_eq!(state["agents"][0]["name"], "Sales");
    assert_eq!((&state["calls"][0]["status"], &state["calls"][0]["is_active"]), (&json!("ringing"), &json!(true)));
    let deviations = state["requests"][1]["error"].as_str().unwrap();
    assert!(deviations.contains("phoneNumber: unknown field; the documented name is `phone_number`"), "{deviations}");
    assert_eq!(state["requests"][0]["error"], json!(null));
    assert_eq!(sandbox.journal()[0].error.as_deref(), Some(deviations));
}

#[tokio::test]
async fn each_change_is_an_event() {
    let (sandbox, http) = started().await;
    let url = format!("{}/events", sandbox.control_url());
    let mut events = reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap();
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    // The first event comes at once.
    for change in 0..3 {
        match change {
            1 => assert!(sandbox.advance(1) > 0),
            2 => sandbox.reset(),
            _ => {}
        }
        let event = tokio::time::timeout(Duration::from_secs(20), events.chunk()).await.unwrap().unwrap().unwrap();
        assert_eq!(event, "event: change\ndata: {}\n\n");
    }
    http.get("/workspace/get-all").await;
    let event = tokio::time::timeout(Duration::from_secs(20), events.chunk()).await.unwrap().unwrap().unwrap();
    assert!(event.starts_with(b"event: change"));
    // The state of the page is read without a change; otherwise it would reload for ever.
    http.control(Method::GET, "/state", None).await;
    http.control(Method::GET, "/journal", None).await;
    tokio::time::timeout(Duration::from_millis(300), events.chunk()).await.unwrap_err();
}

#[tokio::test]
async fn foreign_sites_are_rejected() {
    let (sandbox, _http) = started().await;
    let browser = reqwest::Client::builder().no_proxy().build().unwrap();
    let port = address(&sandbox).rsplit_once(':').unwrap().1.to_owned();
    let own = address(&sandbox);
    let send_with = async |path: &str, name: &'static str, value: &str| {
        send(browser.get(format!("{own}{path}")).header("accept", "text/html").header(name, value)).await
    };
    for path in ["/", "/sandbox", "/sandbox/state", "/sandbox/journal", "/sandbox/events"] {
        for (name, value) in [
            ("host", "evil.example"),
            ("host", "127.0.0.1.evil.example:4010"),
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("origin", "https://127.0.0.1"),
            ("origin", "http://localhost:1"),
        ] {
            let response = send_with(path, name, value).await;
            assert_eq!(response.status, 403, "{path} {name} {value}");
            assert!(response.json()["error"].as_str().unwrap().starts_with("foreign "), "{}", response.text);
        }
    }
    for (name, value) in [
        ("host", "localhost".to_owned()),
        ("host", format!("localhost:{port}")),
        ("host", format!("[::1]:{port}")),
        ("origin", own.clone()),
    ] {
        assert_eq!(send_with("/sandbox/state", name, &value).await.status, 200, "{name} {value}");
    }
    assert!(HttpClient::new(&sandbox).control(Method::GET, "", None).await.status == 200);
}

#[tokio::test]
async fn the_page_starts_calls() {
    let (sandbox, http) = started().await;
    let outbound = sandbox.add_agent(json!({"format": "outbound"})).unwrap()["id"].clone();
    let inbound = sandbox.add_agent(json!({})).unwrap()["id"].clone();
    let body = json!({"agent_id": outbound, "phone_number": "+14155550123", "outcome": "busy"});
    let call = http.control(Method::POST, "/start-call", Some(&body)).await.data();
    assert_eq!((&call["direction"], &call["status"]), (&json!("outbound"), &json!("ringing")));
    sandbox.advance(60);
    let state = http.control(Method::GET, "/state", None).await.json();
    assert_eq!((&state["calls"][0]["status"], &state["calls"][0]["is_active"]), (&json!("busy"), &json!(false)));
    let errors = http.control(Method::POST, "/start-call", Some(&json!({"agent_id": inbound}))).await.errors();
    assert_eq!(errors, [format!("agent_id: agent {inbound} is inbound: only outbound agents start calls")]);
}

#[tokio::test]
async fn foreign_sites_do_not_reach_the_api() {
    let (sandbox, http) = started().await;
    let agent = sandbox.add_agent(json!({})).unwrap()["id"].clone();
    let foreign = async |path: &str, name: &'static str, value: &'static str| {
        send(http.request(Method::GET, path).header(name, value)).await.status
    };
    let public = format!("/call-api/get-public-agent/{agent}");
    // A foreign name may resolve to this machine, and a browser then sends no Origin header.
    for path in ["/agent/get-all/1", "/unknown", &public] {
        assert_eq!(foreign(path, "host", "evil.example").await, 403, "{path}");
    }
    assert_eq!(foreign("/agent/get-all/1", "origin", "https://evil.example").await, 403);
    assert_eq!(foreign(&public, "origin", "https://shop.example").await, 200);
    assert_eq!(sandbox.journal().len(), 1);
}
