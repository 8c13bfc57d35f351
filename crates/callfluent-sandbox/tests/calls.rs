//! The life of calls: ringing, in progress, ended; scripts, inbound calls, webhooks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use std::time::Duration;

use callfluent_sandbox::Sandbox;
use http_client::{HttpClient, started};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Receives one webhook request and responds with status 204. Returns its head and its JSON body.
async fn receive_one(listener: TcpListener) -> (String, Value) {
    let (mut connection, _) = listener.accept().await.unwrap();
    let mut received = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let count = connection.read(&mut chunk).await.unwrap();
        assert_ne!(count, 0, "the request is incomplete");
        received.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8(received.clone()).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && let Ok(body) = serde_json::from_str(body)
        {
            connection.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            return (head.to_lowercase(), body);
        }
    }
}

fn id(object: &Value) -> u64 {
    object["id"].as_u64().unwrap()
}

fn add_agent(sandbox: &Sandbox, format: &str) -> u64 {
    id(&sandbox.add_agent(json!({"format": format, "call_recording": true})).unwrap())
}

/// Adds a webhook action with these fields to an agent.
async fn add_webhook(http: &HttpClient, agent: u64, url: &str, fields: &[&str]) -> u64 {
    let fields: Value = fields.iter().map(|field| json!({"value": field, "label": field})).collect();
    let payload = json!({
        "agentId": agent, "actionType": "webhook", "name": "hook", "webhook_url": url, "fields": fields.to_string(),
    });
    id(&http.post("/agent/create-action", &json!({"payload": payload})).await.data())
}

async fn newest_call(http: &HttpClient, agent: u64) -> Value {
    http.get(&format!("/agent/{agent}/calls")).await.data()[0].clone()
}

#[tokio::test]
async fn a_call_rings_is_in_progress_and_ends() {
    let (sandbox, http) = started().await;
    let agent = add_agent(&sandbox, "outbound");
    let call = http.start_call(agent).await;
    assert_eq!(newest_call(&http, agent).await["status"], "ringing");
    sandbox.advance(4);
    assert_eq!(newest_call(&http, agent).await["status"], "ringing");
    sandbox.advance(1);
    assert_eq!(newest_call(&http, agent).await["status"], "in-progress");
    sandbox.advance(59);
    assert_eq!(newest_call(&http, agent).await["ended_at"], Value::Null);
    sandbox.advance(3_600);
    let ended = newest_call(&http, agent).await;
    assert_eq!((&ended["status"], &ended["outcome"]), (&json!("completed"), &json!("completed")));
    assert_eq!((&ended["duration"], &ended["id"]), (&json!(60), &json!(call)));
    assert_eq!(ended["recording_url"], format!("https://recordings.callfluent.example/{call}.mp3"));
    assert!(ended["transcript"].as_str().unwrap().starts_with("Agent: Hello, this is Test agent."));
}

#[tokio::test]
async fn requests_do_not_make_calls_progress() {
    let (sandbox, http) = started().await;
    let agent = add_agent(&sandbox, "outbound");
    http.start_call(agent).await;
    for _ in 0..100 {
        http.get("/workspace/get-all").await;
    }
    assert_eq!(newest_call(&http, agent).await["status"], "ringing");
}

#[tokio::test]
async fn polls_move_calls_if_the_setting_is_on() {
    let sandbox = Sandbox::builder().seconds_per_poll(30).page_size(1).start().await.unwrap();
    let http = HttpClient::new(&sandbox);
    let agent = add_agent(&sandbox, "outbound");
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    add_webhook(&http, agent, &url, &["phone_number"]).await;
    let receiver = tokio::spawn(receive_one(listener));
    http.start_call(agent).await;
    let second_page = format!("/agent/{agent}/calls?page=2");
    // Neither other requests nor later pages are polls.
    for path in ["/workspace/get-all", &second_page, "/agent/99999/calls", "/agent/1/calls?page=none"] {
        http.get(path).await;
    }
    let before = sandbox.control("GET", "/sandbox/clock", "").unwrap();
    let statuses = [newest_call(&http, agent).await, newest_call(&http, agent).await, newest_call(&http, agent).await];
    assert_eq!(statuses.each_ref().map(|call| &call["status"]), ["in-progress", "in-progress", "completed"]);
    assert_eq!(statuses[2]["duration"], 60);
    assert_eq!(receiver.await.unwrap().1["phone_number"], statuses[2]["phone_number"]);
    assert_eq!(sandbox.webhooks().await.len(), 1);
    let now = |clock: &str| serde_json::from_str::<Value>(clock).unwrap()["now"].as_u64().unwrap();
    let after = sandbox.control("GET", "/sandbox/clock", "").unwrap();
    // Three polls, and one second for each request.
    assert_eq!(now(&after) - now(&before), 3 * 30 + 3);
}

#[tokio::test]
async fn scripts_decide_the_outcome_by_number() {
    let (sandbox, http) = started().await;
    let agent = add_agent(&sandbox, "outbound");
    let outcomes = [
        ("+14155550101", "completed", "completed", 60),
        ("+14155550102", "voicemail", "completed", 15),
        ("+14155550103", "no_answer", "no-answer", 0),
        ("+14155550104", "busy", "busy", 0),
        ("+14155550105", "failed", "failed", 0),
    ];
    for (number, outcome, ..) in outcomes {
        sandbox.script_call(json!({"phone_number": number, "outcome": outcome})).unwrap();
    }
    let path = format!("/call-api/make-call/{agent}");
    for (number, outcome, status, duration) in outcomes {
        let call = http.post(&path, &json!({"phone_number": number})).await.data();
        let ended = sandbox.finish(id(&call), json!({})).unwrap();
        assert_eq!(
            (&ended["outcome"], &ended["status"], &ended["duration"]),
            (&json!(outcome), &json!(status), &json!(duration))
        );
        assert_eq!(ended["transcript"].is_null(), duration == 0, "{outcome}");
    }
    http.control(Method::DELETE, "/call-scripts", None).await;
    let call = http.post(&path, &json!({"phone_number": "+14155550104"})).await.data();
    assert_eq!(sandbox.finish(id(&call), json!({})).unwrap()["outcome"], "completed");
}

#[tokio::test]
async fn random_outcomes_depend_on_the_seed() {
    let outcomes = async |seed: u64| {
        let (sandbox, http) = started().await;
        let agent = add_agent(&sandbox, "outbound");
        sandbox.script_call(json!({"outcome": "random", "seed": seed})).unwrap();
        let mut outcomes = Vec::new();
        for _ in 0..40 {
            let call = http.start_call(agent).await;
            outcomes.push(sandbox.finish(call, json!({})).unwrap()["outcome"].as_str().unwrap().to_owned());
        }
        outcomes
    };
    let first = outcomes(7).await;
    assert_eq!(first, outcomes(7).await);
    assert_ne!(first, outcomes(8).await);
    for outcome in ["completed", "no_answer"] {
        assert!(first.iter().any(|known| known == outcome), "{outcome}: {first:?}");
    }
}

#[tokio::test]
async fn the_webhook_receives_the_fields_of_the_action() {
    let (sandbox, http) = started().await;
    let agent = add_agent(&sandbox, "inbound");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?secret=s1", listener.local_addr().unwrap());
    let action =
        add_webhook(&http, agent, &url, &["name", "phone_number", "transcription", "party_size", "city"]).await;
    let receiver = tokio::spawn(receive_one(listener));
    let script =
        json!({"phone_number": "+442079460958", "transcript": "Agent: Hello.", "custom_fields": {"name": "Ada"}});
    let call = sandbox.receive_call(agent, script).unwrap();
    assert_eq!((&call["status"], &call["direction"]), (&json!("ringing"), &json!("inbound")));
    let ended = sandbox.finish(id(&call), json!({"duration": 42, "custom_fields": {"party_size": 4}})).unwrap();
    assert_eq!(ended["duration"], 42);
    let (head, body) = receiver.await.unwrap();
    assert!(head.starts_with("post /hook?secret=s1 http/1.1"), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    assert_eq!(ended["transcript"], "Agent: Hello.");
    let expected = json!({
        "name": "Ada", "phone_number": "+442079460958", "transcription": "Agent: Hello.", "party_size": 4, "city": "",
    });
    assert_eq!(body, expected);
    let deliveries = sandbox.webhooks().await;
    assert_eq!(deliveries.len(), 1);
    assert_eq!((deliveries[0].status, deliveries[0].action_id), (Some(204), action));
    assert_eq!(http.control(Method::GET, "/webhooks", None).await.data(), json!([deliveries[0].to_json()]));
}

#[tokio::test]
async fn a_call_that_is_hung_up_sends_its_webhook() {
    let (sandbox, http) = started().await;
    let agent = add_agent(&sandbox, "outbound");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    add_webhook(&http, agent, &format!("http://localhost:{port}/"), &["phone_number"]).await;
    let call = http.start_call(agent).await;
    sandbox.advance(10);
    http.post("/agent/hangup-call", &json!({"callid": call})).await.data();
    assert_eq!(receive_one(listener).await.1, json!({"phone_number": "+14155550123"}));
    assert_eq!(sandbox.webhooks().await[0].status, Some(204));
}

#[tokio::test]
async fn only_addresses_on_this_machine_receive_webhooks() {
    let (sandbox, http) = started().await;
    let agent = add_agent(&sandbox, "inbound");
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    for url in ["http://example.com/", "http://192.0.2.1/", "https://127.0.0.1/", "http://localhost.example/", &closed]
    {
        add_webhook(&http, agent, url, &["name"]).await;
    }
    let call = sandbox.receive_call(agent, json!({})).unwrap();
    sandbox.finish(id(&call), json!({})).unwrap();
    let errors: Vec<_> = sandbox.webhooks().await.into_iter().map(|delivery| delivery.error.unwrap()).collect();
    assert_eq!(errors[0], "not sent: example.com is not on this machine; use 127.0.0.1 or localhost");
    assert_eq!(errors[1], "not sent: 192.0.2.1 is not on this machine; use 127.0.0.1 or localhost");
    assert_eq!(errors[2], "not sent: the scheme is https; the sandbox only sends http requests");
    assert!(errors[3].starts_with("not sent: localhost.example is not"), "{}", errors[3]);
    assert!(errors[4].starts_with("connect failed: "), "{}", errors[4]);
}

#[tokio::test]
async fn unanswered_calls_send_no_webhook() {
    let (sandbox, http) = started().await;
    let agent = add_agent(&sandbox, "inbound");
    add_webhook(&http, agent, "http://example.com/", &["name"]).await;
    for outcome in ["no_answer", "busy", "failed"] {
        let call = sandbox.receive_call(agent, json!({"outcome": outcome})).unwrap();
        sandbox.finish(id(&call), json!({})).unwrap();
    }
    assert_eq!(sandbox.webhooks().await, []);
}

#[tokio::test]
async fn the_control_endpoints_move_calls() {
    let (sandbox, http) = started().await;
    let agent = add_agent(&sandbox, "inbound");
    let before = http.control(Method::GET, "/clock", None).await.json();
    assert_eq!((&before["now"], &before["time"]), (&json!(1_768_208_400), &json!("2026-01-12T09:00:00Z")));
    let script = json!({"outcome": "completed", "ringSeconds": 1, "duration": 2});
    assert_eq!(http.control(Method::POST, "/call-scripts", Some(&script)).await.status, 200);
    let call = http.control(Method::POST, "/receive-call", Some(&json!({"agent_id": agent}))).await.data();
    let moved = http.control(Method::POST, "/clock", Some(&json!({"advance": 2}))).await.json();
    assert_eq!(moved["now"], 1_768_208_402);
    assert_eq!(newest_call(&http, agent).await["status"], "in-progress");
    let ended = http.control(Method::POST, "/finish", Some(&json!({"call_id": call["id"]}))).await.data();
    assert_eq!((&ended["duration"], &ended["ended_at"]), (&json!(2), &json!("2026-01-12T09:00:04Z")));
    let again = http.control(Method::POST, "/finish", Some(&json!({"call_id": call["id"]}))).await.errors();
    assert_eq!(again, [format!("call_id: call {} has ended: it is completed", call["id"])]);
}

#[tokio::test]
async fn invalid_scripts_and_calls_are_rejected() {
    let (sandbox, _http) = started().await;
    let inbound = add_agent(&sandbox, "inbound");
    let outbound = add_agent(&sandbox, "outbound");
    let script = |script: Value| sandbox.script_call(script).unwrap_err().to_string();
    assert_eq!(script(json!({"outcom": "busy"})), "outcom: unknown field; did you mean `outcome`?");
    assert_eq!(script(json!({"seed": 7})), "seed: only allowed with the outcome random");
    let expected = "outcome: must be one of completed, voicemail, no_answer, busy, failed, random, but is \"maybe\"";
    assert_eq!(script(json!({"outcome": "maybe"})), expected);
    let receive = |agent, fields| sandbox.receive_call(agent, fields).unwrap_err().to_string();
    assert_eq!(receive(7, json!({})), "agent_id: unknown agent 7");
    let expected = format!("agent_id: agent {outbound} is outbound: only inbound agents receive calls");
    assert_eq!(receive(outbound, json!({})), expected);
    assert_eq!(sandbox.finish(7, json!({})).unwrap_err().to_string(), "call_id: unknown call 7");
    let call = id(&sandbox.receive_call(inbound, json!({})).unwrap());
    sandbox.advance(10);
    let error = sandbox.finish(call, json!({"outcome": "busy"})).unwrap_err().to_string();
    assert_eq!(error, "outcome: busy is not possible: the call is in progress");
}

#[test]
fn webhooks_work_without_an_async_runtime() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let agent = add_agent(&sandbox, "inbound");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(add_webhook(&HttpClient::new(&sandbox), agent, "http://example.com/", &[]));
    let call = sandbox.receive_call(agent, json!({})).unwrap();
    sandbox.finish(id(&call), json!({})).unwrap();
    assert_eq!(sandbox.webhooks_blocking()[0].body, json!({}));
}

#[tokio::test]
async fn a_receiver_that_hangs_does_not_stop_later_webhooks() {
    let (sandbox, http) = started().await;
    let agent = add_agent(&sandbox, "inbound");
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    add_webhook(&http, agent, &format!("http://{}/", silent.local_addr().unwrap()), &[]).await;
    add_webhook(&http, agent, "http://example.com/", &[]).await;
    let call = sandbox.receive_call(agent, json!({})).unwrap();
    sandbox.finish(id(&call), json!({})).unwrap();
    let deliveries = tokio::time::timeout(Duration::from_secs(30), sandbox.webhooks()).await.unwrap();
    assert_eq!(deliveries[0].error.as_deref(), Some("timeout after 5 s"));
    assert_eq!(deliveries.len(), 2);
}

#[tokio::test]
async fn the_response_of_a_receiver_is_read_to_its_end() {
    let (sandbox, http) = started().await;
    let agent = add_agent(&sandbox, "inbound");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    add_webhook(&http, agent, &format!("http://{}/", listener.local_addr().unwrap()), &[]).await;
    let receiver = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut head = [0; 4096];
        assert_ne!(connection.read(&mut head).await.unwrap(), 0);
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nfir").await.unwrap();
        // The sandbox waits for the rest: the connection does not end.
        let ended = tokio::time::timeout(Duration::from_millis(200), connection.read(&mut head)).await;
        connection.write_all(b"st.").await.unwrap();
        ended
    });
    let call = sandbox.receive_call(agent, json!({})).unwrap();
    sandbox.finish(id(&call), json!({})).unwrap();
    let deliveries = sandbox.webhooks().await;
    assert!(receiver.await.unwrap().is_err(), "the connection ended before the body");
    assert_eq!((deliveries[0].status, &deliveries[0].error), (Some(200), &None));
}
