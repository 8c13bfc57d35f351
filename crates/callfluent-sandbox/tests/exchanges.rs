//! Record and replay. A second sandbox is the real server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use std::path::PathBuf;

use callfluent_sandbox::{Sandbox, ScriptedResponse};
use http_client::{HttpClient, inbound_agent, outbound_agent, send, with};
use reqwest::Method;
use serde_json::{Value, json};

const KEY: &str = "key-of-the-real-account";

fn file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("callfluent-exchanges-{}-{name}.jsonl", std::process::id()))
}

async fn real_server() -> Sandbox {
    Sandbox::builder().api_key(KEY).likely_fields(true).start().await.unwrap()
}

async fn recorder(name: &str, real: &Sandbox) -> (Sandbox, HttpClient) {
    let sandbox = Sandbox::builder().record(file(name)).target(real.base_url()).api_key(KEY).start().await.unwrap();
    let http = HttpClient::new(&sandbox);
    (sandbox, http)
}

async fn replayed(name: &str) -> (Sandbox, HttpClient) {
    let sandbox = Sandbox::builder().replay(file(name)).start().await.unwrap();
    let http = HttpClient::new(&sandbox).with_key("any key");
    (sandbox, http)
}

/// A program under test. Returns the bodies of all responses.
async fn session(http: &HttpClient, number: &str) -> Vec<Value> {
    let agent = http.post("/agent/create", &outbound_agent("+123456789")).await.json();
    let id = agent["data"]["id"].clone();
    let start = json!({"phone_number": number, "note": format!("call {number} or (415) 555-0123"), "secret": "s3cr3t"});
    let call = http.post(&format!("/call-api/make-call/{id}"), &start).await.json();
    let upload = http.upload(id.as_u64().unwrap(), &[("prices.txt", b"10 each")]).await.json();
    let calls = http.get(&format!("/agent/{id}/calls?page=1")).await.json();
    let missing = http.get("/agent/get-one/1").await.json();
    vec![agent, call, upload, calls, missing]
}

#[tokio::test]
async fn a_recorded_session_is_replayed_without_the_server() {
    let real = real_server().await;
    let (proxy, http) = recorder("session", &real).await;
    let recorded = session(&http, "+14155550123").await;
    assert_eq!(real.journal().len(), 5);
    proxy.assert_requested("calls.start", json!({"phone_number": "+14155550123"}));
    assert!(proxy.journal().iter().all(|entry| entry.processed));
    proxy.close().await;
    real.close().await;

    let (sandbox, http) = replayed("session").await;
    let replayed = session(&http, "+14155550123").await;
    // The program sent these numbers, so it gets them back; the secret stays replaced.
    let expected = serde_json::to_string(&recorded).unwrap().replace("s3cr3t", "scrubbed-secret-2");
    assert_eq!(serde_json::to_string(&replayed).unwrap(), expected);
    sandbox.assert_requested("calls.start", json!({"phone_number": "+14155550123"}));
    assert_eq!(sandbox.journal()[4].status, 404);
    std::fs::remove_file(file("session")).unwrap();
}

#[tokio::test]
async fn a_file_has_neither_keys_nor_phone_numbers() {
    let real = real_server().await;
    let (proxy, http) = recorder("scrubbed", &real).await;
    session(&http, "+14155550123").await;
    proxy.close().await;
    let text = std::fs::read_to_string(file("scrubbed")).unwrap();
    for private in [KEY, "4155550123", "555-0123", "123456789", "s3cr3t"] {
        assert!(!text.contains(private), "{private} in {text}");
    }
    // One number has one replacement in request, response and list.
    assert_eq!(text.lines().count(), 6);
    assert!(text.matches("+19005550101").count() >= 4, "{text}");
    // Another program may use the replacements.
    let (_sandbox, http) = replayed("scrubbed").await;
    let agent = http.post("/agent/create", &outbound_agent("+19005550100")).await.data();
    assert_eq!(agent["phone_number"], "+19005550100");
    std::fs::remove_file(file("scrubbed")).unwrap();
}

#[tokio::test]
async fn an_unrecorded_request_names_the_nearest_ones() {
    let real = real_server().await;
    let (proxy, http) = recorder("near", &real).await;
    http.post("/agent/create", &inbound_agent()).await.data();
    http.get("/agent/get-all/1").await.data();
    proxy.close().await;
    let requests = real.journal().len();

    let (sandbox, http) = replayed("near").await;
    let renamed = http.post("/agent/create", &with(inbound_agent(), &json!({"name": "Sales"}))).await;
    assert_eq!(renamed.status, 400);
    let expected = "POST /api/agent/create was not recorded; nearest recorded requests: \
        1 POST /api/agent/create (body.name: recorded \"Reception\", received \"Sales\")";
    assert_eq!(renamed.json()["error"], expected);
    assert_eq!(sandbox.journal()[0].error.as_deref(), Some(expected));
    assert!(!sandbox.journal()[0].processed);
    let other = http.get("/agent/get-one/1").await.json()["error"].clone();
    let expected = "GET /api/agent/get-one/1 was not recorded; nearest recorded requests: \
        2 GET /api/agent/get-all/1 | 1 POST /api/agent/create";
    assert_eq!(other, expected);

    // GET requests may be repeated, others not.
    for _ in 0..2 {
        http.get("/agent/get-all/1").await.data();
    }
    http.post("/agent/create", &inbound_agent()).await.data();
    let again = http.post("/agent/create", &inbound_agent()).await.json()["error"].clone();
    assert!(again.as_str().unwrap().ends_with("1 POST /api/agent/create (already replayed)"), "{again}");
    sandbox.reset();
    http.post("/agent/create", &inbound_agent()).await.data();
    assert_eq!(real.journal().len(), requests);
    std::fs::remove_file(file("near")).unwrap();
}

#[tokio::test]
async fn equal_requests_get_their_responses_in_order() {
    let real = real_server().await;
    let (proxy, http) = recorder("order", &real).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(http.create_agent(&inbound_agent()).await);
    }
    proxy.close().await;
    let (_sandbox, http) = replayed("order").await;
    for id in ids {
        assert_eq!(http.create_agent(&inbound_agent()).await, id);
    }
    std::fs::remove_file(file("order")).unwrap();
}

#[tokio::test]
async fn values_and_headers_are_replayed_as_they_were_sent() {
    let real = real_server().await;
    let body = r#"{"status": true, "data": [1.10, 12345678901234567890123, "\u00e9"], "data": {}}"#;
    real.respond(ScriptedResponse::status(429).body_text(body).header("retry-after", "7")).unwrap();
    real.respond(ScriptedResponse::status(503).body_text("<p>busy</p>").header("set-cookie", "a=1")).unwrap();
    let (proxy, http) = recorder("exact", &real).await;
    assert_eq!(http.get("/agent/get-all/1").await.text, body);
    assert_eq!(http.get("/agent/get-all/2").await.headers["set-cookie"], "a=1");
    proxy.close().await;
    let (_sandbox, http) = replayed("exact").await;
    let limited = http.get("/agent/get-all/1").await;
    assert_eq!((limited.status, &limited.headers["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(limited.text, body.replace(": ", ":").replace(", ", ","));
    let busy = http.get("/agent/get-all/2").await;
    assert_eq!((busy.status, busy.text.as_str()), (503, "<p>busy</p>"));
    assert!(!busy.headers.contains_key("set-cookie"));
    std::fs::remove_file(file("exact")).unwrap();
}

#[tokio::test]
async fn faults_apply_to_recorded_and_replayed_requests() {
    let real = real_server().await;
    let (proxy, http) = recorder("faults", &real).await;
    proxy.respond(ScriptedResponse::status(429).retry_after(1)).unwrap();
    assert_eq!(http.get("/agent/get-all/1").await.status, 429);
    assert!(real.journal().is_empty());
    http.get("/agent/get-all/1").await.data();
    proxy.close().await;
    let (sandbox, http) = replayed("faults").await;
    sandbox.respond(ScriptedResponse::reset().operation("agents.list")).unwrap();
    assert!(http.request(Method::GET, "/agent/get-all/1").send().await.is_err());
    http.get("/agent/get-all/1").await.data();
    std::fs::remove_file(file("faults")).unwrap();
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_reported() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let sandbox = Sandbox::builder().record(file("down")).target(format!("http://{closed}/api")).start().await.unwrap();
    let response = send(HttpClient::new(&sandbox).request(Method::GET, "/agent/get-all/1")).await;
    assert_eq!(response.status, 502);
    assert!(response.json()["error"].as_str().unwrap().starts_with(&format!("request to http://{closed}/api failed")));
    std::fs::remove_file(file("down")).unwrap();
}

#[tokio::test]
async fn contradictory_or_invalid_settings_are_reported() {
    let builder = Sandbox::builder;
    std::fs::write(file("invalid"), "{}\n").unwrap();
    std::fs::write(file("line"), "{\"callfluent_exchanges\":1}\n{\"request\":\"GET\"}\n").unwrap();
    for (builder, expected) in [
        (builder().record("a"), "record needs target"),
        (builder().target("http://127.0.0.1/api"), "target needs record"),
        (builder().record("a").replay("b").target("c"), "choose one"),
        (builder().record("a").target("ftp://127.0.0.1"), "the scheme must be http or https"),
        (builder().record("a").target("https://example.test/api").offline(true), "set CALLFLUENT_OFFLINE=0 to record"),
        (builder().record("a").target("http://127.0.0.1/api?key=1"), "must not have a query"),
        (builder().replay("/missing.jsonl"), "recorded exchanges /missing.jsonl"),
        (builder().replay(file("invalid")), "the first line must be"),
        (builder().replay(file("line")), "line 2 is not an exchange"),
    ] {
        let error = builder.start().await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let invalid = || builder().offline_environment("offf".into(), false);
    let error = invalid().record("a").target("https://example.test/api").start().await.unwrap_err().to_string();
    assert!(error.contains("CALLFLUENT_OFFLINE must be 1 or 0, got \"offf\""), "{error}");
    // Nothing else depends on the variable.
    invalid().start().await.unwrap().close().await;
    std::fs::remove_file(file("invalid")).unwrap();
    std::fs::remove_file(file("line")).unwrap();
}

/// Records one response of the real server and returns it with the text of the file.
async fn recorded_response(name: &str, body: &Value) -> (Value, String) {
    let real = real_server().await;
    real.respond(ScriptedResponse::status(200).body(body.clone())).unwrap();
    let (proxy, http) = recorder(name, &real).await;
    let received = http.get("/agent/number-list/1/outbound").await.json();
    proxy.close().await;
    (received, std::fs::read_to_string(file(name)).unwrap())
}

#[tokio::test]
async fn numbers_that_are_keys_of_objects_are_scrubbed() {
    let numbers =
        json!({"status": true, "data": [{"number": "+14155552671"}], "agentNumMap": {"+14155552671": "a.png"}});
    let (received, text) = recorded_response("keys", &numbers).await;
    assert_eq!(received, numbers);
    assert!(!text.contains("4155552671"), "{text}");
    let (_sandbox, http) = replayed("keys").await;
    let replayed = http.get("/agent/number-list/1/outbound").await.json();
    assert_eq!(replayed["agentNumMap"], json!({"+19005550100": "a.png"}));
    assert_eq!(replayed["data"][0]["number"], "+19005550100");
    std::fs::remove_file(file("keys")).unwrap();
}

#[tokio::test]
async fn a_short_secret_does_not_change_other_values() {
    let real = real_server().await;
    let (proxy, http) = recorder("short", &real).await;
    for _ in 0..2 {
        let agent = json!({"status": true, "data": {"agent": {"id": 1001, "token": "1"}, "files": []}});
        real.respond(ScriptedResponse::status(200).body(agent)).unwrap();
        http.get("/agent/get-one/1001").await.data();
    }
    proxy.close().await;
    let (_sandbox, http) = replayed("short").await;
    assert_eq!(
        http.get("/agent/get-one/1001").await.data()["agent"],
        json!({"id": 1001, "token": "scrubbed-secret-2"})
    );
    // Another ID was not recorded.
    assert_eq!(http.get("/agent/get-one/1777").await.status, 400);
    std::fs::remove_file(file("short")).unwrap();
}

#[tokio::test]
async fn a_failed_start_keeps_the_earlier_recording() {
    let busy = real_server().await;
    std::fs::write(file("kept"), "earlier\n").unwrap();
    let port = busy.base_url().rsplit(':').next().unwrap().trim_end_matches("/api").parse().unwrap();
    let builder = Sandbox::builder().record(file("kept")).target(busy.base_url());
    builder.clone().port(port).start().await.unwrap_err();
    assert_eq!(std::fs::read_to_string(file("kept")).unwrap(), "earlier\n");
    builder.start().await.unwrap().close().await;
    assert_eq!(std::fs::read_to_string(file("kept")).unwrap(), "{\"callfluent_exchanges\":1}\n");
    std::fs::remove_file(file("kept")).unwrap();
}

#[tokio::test]
async fn credentials_of_the_target_are_rejected_and_hidden() {
    for target in ["http://user:S3CRET@127.0.0.1:1/api", "ftp://user:S3CRET@127.0.0.1/api", "http://S3CRET@host:x/api"]
    {
        let builder = Sandbox::builder().record(file("user")).target(target);
        assert!(!format!("{builder:?}").contains("S3CRET"));
        let error = builder.start().await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        assert!(!error.to_string().contains("S3CRET"), "{error}");
    }
}

#[tokio::test]
async fn debug_output_does_not_have_the_key() {
    let real = real_server().await;
    let builder = Sandbox::builder().record(file("debug")).target(real.base_url()).api_key(KEY);
    assert!(!format!("{builder:?}").contains(KEY));
    let sandbox = builder.start().await.unwrap();
    session(&HttpClient::new(&sandbox), "+14155550123").await;
    let shown = format!("{sandbox:?} {:?}", sandbox.snapshot());
    assert!(!shown.contains(KEY) && !shown.contains("sandbox-password"), "{shown}");
    std::fs::remove_file(file("debug")).unwrap();
}

#[tokio::test]
async fn a_server_on_this_machine_is_recorded_without_a_proxy() {
    let real = real_server().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_callfluent-sandbox"));
    program.args(["--port", "0", "--target", real.base_url(), "--record"]).arg(file("proxy"));
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        program.env(name, format!("http://{closed}"));
    }
    let mut child = program.env("NO_PROXY", "").stdout(std::process::Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let address = lines.map(Result::unwrap).nth(1).unwrap();
    let url = format!("{}/workspace/get-all", address.split_once('=').unwrap().1);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client.get(url).bearer_auth(KEY).send().await.unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((response.status().as_u16(), real.journal().len()), (200, 1));
    std::fs::remove_file(file("proxy")).unwrap();
}

#[tokio::test]
async fn the_account_of_a_real_server_cannot_be_changed() {
    let real = real_server().await;
    let (proxy, http) = recorder("account", &real).await;
    let expected = "account: not while exchanges are recorded or replayed";
    let bodies = [
        ("/agents", json!({})),
        ("/calls", json!({"agent_id": 1001})),
        ("/phone-numbers", json!({})),
        ("/call-scripts", json!({"outcome": "busy"})),
        ("/start-call", json!({"agent_id": 1001})),
        ("/receive-call", json!({"agent_id": 1001})),
        ("/finish", json!({"call_id": 50001})),
        ("/limits", json!({"agents": 1})),
        ("/permissions", json!({"workspace_id": 1, "allowed": false})),
        ("/api-key", json!({"revoked": true})),
        ("/drop-fields", json!({"fields": ["tone"]})),
    ];
    for (path, body) in bodies {
        let errors = http.control(Method::POST, path, Some(&body)).await.errors();
        assert!(errors[0].starts_with(expected), "{path}: {errors:?}");
    }
    for result in [
        proxy.add_agent(json!({})).map(drop),
        proxy.add_call(1, json!({})).map(drop),
        proxy.add_phone_number(json!({})).map(drop),
        proxy.script_call(json!({})),
        proxy.receive_call(1, json!({})).map(drop),
        proxy.finish(1, json!({})).map(drop),
        proxy.drop_fields(["tone"]),
        proxy.set_permission(1, false),
    ] {
        assert!(result.unwrap_err().to_string().starts_with(expected));
    }
    let without_result: [&dyn Fn(); 3] =
        [&|| proxy.set_agent_limit(1), &|| proxy.set_workspace_limit(1), &|| proxy.set_key_revoked(true)];
    for method in without_result {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(method)).unwrap_err();
    }
    proxy.close().await;
    std::fs::remove_file(file("account")).unwrap();
}

#[tokio::test]
async fn a_restored_snapshot_rewinds_the_replay() {
    let real = real_server().await;
    let (proxy, http) = recorder("rewind", &real).await;
    for _ in 0..2 {
        http.create_agent(&inbound_agent()).await;
    }
    proxy.close().await;
    let (sandbox, http) = replayed("rewind").await;
    http.create_agent(&inbound_agent()).await;
    let snapshot = sandbox.snapshot();
    let kept = http.control(Method::POST, "/snapshot", None).await.json();
    let second = http.create_agent(&inbound_agent()).await;
    sandbox.restore(&snapshot);
    assert_eq!(http.create_agent(&inbound_agent()).await, second);
    let body = json!({"snapshot": kept["snapshot"]});
    assert_eq!(http.control(Method::POST, "/restore", Some(&body)).await.status, 200);
    assert_eq!(http.create_agent(&inbound_agent()).await, second);
    assert_eq!(http.post("/agent/create", &inbound_agent()).await.status, 400);
    std::fs::remove_file(file("rewind")).unwrap();
}
