//! Views of a request besides its result: raw response, request IDs, curl commands, and
//! hooks before and after each attempt.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callfluent::bindings::{self, schema::Naming};
use callfluent::{Attachment, Attempt, AttemptOutcome, CallFluent, Error, Hooks, RequestExt as _};
use callfluent_sandbox::Sandbox;
use serde_json::{Value, json};
use support::{KEY, Log, Reply, Server};
use tracing::instrument::WithSubscriber as _;

fn vectors(name: &str) -> Vec<Value> {
    let path = format!("{}/../../tests/visibility/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn agent() -> Reply {
    Reply::ok(json!({ "agent": { "id": 7, "name": "Sales" }, "files": [], "totalCalls": 1, "averageDuration": 2 }))
}

/// Keeps what it sees as lines of JSON.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Value>>>);

impl Recorder {
    fn seen(&self) -> Vec<Value> {
        self.0.lock().unwrap().clone()
    }

    fn ends(&self) -> Vec<Value> {
        self.seen().into_iter().filter(|entry| entry["hook"] == "after").collect()
    }
}

impl Hooks for Recorder {
    fn before_attempt(&self, attempt: &mut Attempt) {
        attempt.insert(attempt.number());
        attempt.add_header("x-attempt", &attempt.number().to_string()).unwrap();
        self.0.lock().unwrap().push(json!({ "hook": "before", "number": attempt.number() }));
    }

    fn after_attempt(&self, attempt: &Attempt, outcome: &AttemptOutcome) {
        assert_eq!(attempt.get::<u32>(), Some(&attempt.number()), "the value of the hook is kept");
        self.0.lock().unwrap().push(json!({
            "hook": "after", "operation": attempt.operation(), "method": attempt.method(), "path": attempt.path(),
            "url_template": attempt.url_template(),
            "url": attempt.url(), "number": attempt.number(), "client_request_id": attempt.client_request_id(),
            "status": outcome.status, "error": outcome.error, "request_id": outcome.request_id,
            "ms": outcome.duration.as_millis() as u64,
        }));
    }
}

/// Panics in both hooks.
struct Broken;

impl Hooks for Broken {
    fn before_attempt(&self, attempt: &mut Attempt) {
        assert_eq!(attempt.number(), 0, "a defect of the hook");
    }

    fn after_attempt(&self, _: &Attempt, _: &AttemptOutcome) {
        panic!("a defect of the hook");
    }
}

#[tokio::test]
async fn the_raw_response_comes_with_the_result() {
    let script =
        [Reply::status(503), agent().header("X-Request-Id", "server-1").header("Set-Cookie", "session=secret")];
    let server = Server::start(script).await;
    let response = server.client().agents().get(7).with_response().await.unwrap();
    assert_eq!(response.value.agent.name.as_deref(), Some("Sales"));
    assert_eq!((response.status, response.attempts, &*response.method), (200, 2, "GET"));
    assert_eq!(response.request_id.as_deref(), Some("server-1"));
    assert_eq!(response.headers["x-request-id"], "server-1");
    assert!(!response.headers.contains_key("set-cookie"), "{response:?}");
    assert!(response.body.contains("\"Sales\"") && response.url.ends_with("/api/agent/get-one/7"), "{response:?}");
}

#[tokio::test]
async fn a_raw_response_contains_no_key() {
    let reply = agent().header("x-echo", &format!("Bearer {KEY}")).header("x-request-id", KEY);
    let server = Server::start([reply, Reply::ok(json!({ "id": 7, "name": KEY }))]).await;
    let client = server.client();
    let shown = format!("{:?}", client.agents().get(7).with_response().await.unwrap());
    assert!(!shown.contains(KEY), "{shown}");
    let response = client.request("GET", "/x", None, &[]).with_response().await.unwrap();
    assert!(!response.body.contains(KEY), "{}", response.body);
}

#[tokio::test]
async fn updates_and_patches_have_a_raw_response() {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
    let changes = callfluent::AgentPatchParams::builder().tone("Warm").build();
    let response = client.agents().patch(1001, &changes).with_response().await.unwrap();
    // Reading the agent back is the last request.
    assert_eq!((&*response.method, response.status), ("GET", 200));
    assert_eq!(response.value.agent.tone.as_deref(), Some("Warm"));
}

#[tokio::test]
async fn requests_at_once_get_their_own_responses() {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
    let requests = [1001, 1002, 1003].map(|id| client.agents().get(id).with_response());
    for (id, response) in [1001, 1002, 1003].into_iter().zip(futures_util::future::join_all(requests).await) {
        let url = response.unwrap().url;
        assert!(url.ends_with(&format!("/agent/get-one/{id}")), "{url}");
    }
}

#[test]
fn the_blocking_client_has_both_methods() {
    let sandbox = Sandbox::builder().demo(true).start_blocking().unwrap();
    let builder = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
    let client = builder.build_blocking().unwrap();
    let response = client.with_response(|client| client.agents().get(1001)).unwrap();
    assert_eq!((response.status, response.attempts), (200, 1));
    let command = client.as_curl(|client| client.agents().get(1001)).unwrap();
    assert!(command.contains("/agent/get-one/1001'") && !command.contains(sandbox.api_key()), "{command}");
    assert_eq!(sandbox.journal().len(), 1, "a curl command is not sent");
}

#[tokio::test]
async fn curl_commands_are_those_of_the_vectors() {
    for vector in vectors("curl") {
        let name = vector["name"].as_str().unwrap();
        let client = CallFluent::builder().api_key(KEY).base_url("https://api.example.com/api").build().unwrap();
        let client = client.with_options(|mut options| {
            if let Some(id) = vector["request_id"].as_str() {
                options = options.request_id(id);
            }
            for (name, value) in vector["headers"].as_object().into_iter().flatten() {
                options = options.header(name, value.as_str().unwrap());
            }
            options
        });
        let files = vector["attachments"].as_array().into_iter().flatten();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let files = files.map(|file| Attachment::bytes(text(&file["name"]), text(&file["text"]))).collect();
        let arguments = vector["arguments"].as_object().unwrap().clone();
        let operation = vector["operation"].as_str().unwrap();
        let command = bindings::invoke(&client, operation, arguments, files, Naming::Snake).as_curl().await.unwrap();
        let lines: Vec<_> = vector["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        assert_eq!(command, lines.join("\n"), "{name}");
        assert!(!command.contains(KEY), "{name}");
    }
}

#[tokio::test]
async fn a_shell_runs_a_curl_command() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let client = server.client().with_options(|options| options.header("x-note", "it's \"$HOME\" `id`"));
    let path = std::env::temp_dir().join(format!("callfluent it's {}.txt", std::process::id()));
    std::fs::write(&path, "one").unwrap();
    let command = client.knowledge().upload(7, [path.as_path()]).as_curl().await.unwrap();
    let run = tokio::process::Command::new("sh")
        .args(["-c", &format!("{command} --silent")])
        .env("CALLFLUENT_API_KEY", KEY)
        .output()
        .await
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    if run.status.code() == Some(127) {
        // This machine has no curl.
        return;
    }
    assert!(run.status.success(), "{command}\n{}", String::from_utf8_lossy(&run.stderr));
    let sent = &server.recorded()[0];
    assert_eq!(sent.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(sent.headers["x-note"], "it's \"$HOME\" `id`");
    let (part, content) = &sent.parts()[0];
    assert!(part["content-disposition"].contains("callfluent it's"), "{part:?}");
    assert_eq!(String::from_utf8_lossy(content), "one");
}

#[tokio::test]
async fn a_curl_command_of_several_requests_is_refused() {
    let server = Server::start([Reply::status(500)]).await;
    let changes = callfluent::AgentPatchParams::builder().tone("Warm").build();
    let error = server.client().agents().patch(7, &changes).as_curl().await.unwrap_err();
    assert!(matches!(&error, Error::InvalidRequest(_)) && error.to_string().contains("several requests"), "{error}");
    let error = server.client().agents().get("").as_curl().await.unwrap_err();
    assert!(error.to_string().contains("agent_id"), "{error}");
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn a_request_id_is_sent_and_shown() {
    let server = Server::start([Reply::status(404).header("x-request-id", "server-1")]).await;
    let log = Log::default();
    let client = server.client().with_options(|options| options.request_id("lead-42"));
    let error = client.agents().get(7).with_subscriber(log.clone()).await.unwrap_err();
    assert_eq!(server.recorded()[0].headers["x-request-id"], "lead-42");
    let context = error.context().unwrap();
    assert_eq!(context.client_request_id.as_deref(), Some("lead-42"));
    assert_eq!(context.request_id.as_deref(), Some("server-1"));
    assert_eq!(context.headers["x-request-id"], "server-1");
    assert!(error.to_string().contains("request id server-1, client request id lead-42"), "{error}");
    assert!(log.text().contains("client_request_id=\"lead-42\""), "{}", log.text());
}

#[tokio::test]
async fn an_invalid_request_id_is_not_sent() {
    let server = Server::start([agent()]).await;
    for id in ["", " ", "a\nb", "\u{e9}"] {
        let client = server.client().with_options(|options| options.request_id(id));
        let error = client.agents().get(7).await.unwrap_err();
        assert_eq!(error.field_errors()[0].field, "request_id", "{id:?}: {error}");
    }
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn hooks_see_the_attempts_of_the_vectors() {
    for vector in vectors("attempts") {
        let name = vector["name"].as_str().unwrap();
        let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
        for response in vector["responses"].as_array().unwrap() {
            sandbox.control("POST", "/sandbox/respond", &response.to_string()).unwrap();
        }
        let recorder = Recorder::default();
        let client = CallFluent::builder()
            .api_key(sandbox.api_key())
            .base_url(sandbox.base_url())
            .max_retries(vector["max_retries"].as_u64().unwrap() as u32)
            .hooks(recorder.clone())
            .build()
            .unwrap()
            .with_options(|options| options.request_id(vector["request_id"].as_str().unwrap()));
        let arguments = vector["arguments"].as_object().unwrap().clone();
        let operation = vector["operation"].as_str().unwrap();
        let result = bindings::invoke(&client, operation, arguments, Vec::new(), Naming::Snake).await;
        assert_eq!(json!(result.err().map(|error| error.name())), vector["error"], "{name}");
        let ends = recorder.ends();
        let shown: Vec<_> = ends
            .iter()
            .map(|end| json!({ "number": end["number"], "status": end["status"], "error": end["error"] }))
            .collect();
        assert_eq!(json!(shown), vector["attempts"], "{name}");
        for end in &ends {
            assert_eq!(end["operation"], operation, "{name}");
            for field in ["method", "path", "url_template"] {
                assert_eq!(end[field], vector[field], "{name}");
            }
            assert_eq!(end["client_request_id"], vector["request_id"], "{name}");
        }
        for (index, entry) in sandbox.journal().iter().enumerate() {
            let sent =
                |name: &str| entry.headers.iter().find(|(header, _)| header == name).map(|(_, value)| json!(value));
            assert_eq!(sent("x-attempt"), Some(json!((index + 1).to_string())), "{name}");
            assert_eq!(sent("x-request-id").as_ref(), Some(&vector["request_id"]), "{name}");
        }
    }
}

#[tokio::test]
async fn hooks_see_the_attempts_of_a_bulk_operation() {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    sandbox.control("POST", "/sandbox/respond", r#"{"status": 503}"#).unwrap();
    let recorder = Recorder::default();
    let builder = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
    let client = builder.hooks(recorder.clone()).build().unwrap();
    let results = client.agents().get_many([1001, 1002, 1003]).await.unwrap();
    assert!(results.iter().all(|item| item.error.is_none()));
    let mut statuses: Vec<_> = recorder.ends().iter().map(|end| end["status"].as_u64()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [Some(200), Some(200), Some(200), Some(503)]);
}

#[tokio::test]
async fn a_broken_hook_changes_nothing() {
    let server = Server::start([Reply::ok(json!({ "id": 5 }))]).await;
    let recorder = Recorder::default();
    let log = Log::default();
    let client = server.builder().hooks(Broken).hooks(recorder.clone()).build().unwrap();
    let call = callfluent::CallStartParams::to("+15551234567");
    let started = client.calls().start(1002, &call).with_subscriber(log.clone()).await.unwrap();
    assert_eq!(started.id, 5);
    assert_eq!(server.recorded().len(), 1, "the phone call is started once");
    assert_eq!(recorder.ends()[0]["status"], 200);
    assert!(log.text().contains("before_attempt") && log.text().contains("after_attempt"), "{}", log.text());
    let failures =
        log.text().lines().filter(|line| line.starts_with("callfluent::hooks") && line.contains("calls.start")).count();
    assert_eq!(failures, 2, "{}", log.text());
}

#[tokio::test]
async fn a_hook_cannot_replace_the_key() {
    struct Thief;
    impl Hooks for Thief {
        fn before_attempt(&self, attempt: &mut Attempt) {
            for name in ["Authorization", "content-length", "transfer-encoding", "a b"] {
                let error = attempt.add_header(name, "1").unwrap_err();
                assert!(error.to_string().contains(name), "{error}");
            }
            attempt.add_header("user-agent", "mine").unwrap();
        }
    }
    let server = Server::start([agent()]).await;
    server.builder().hooks(Thief).build().unwrap().agents().get(7).await.unwrap();
    let sent = &server.recorded()[0].headers;
    assert_eq!((&*sent["authorization"], &*sent["user-agent"]), (&*format!("Bearer {KEY}"), "mine"));
}

#[tokio::test]
async fn a_canceled_attempt_has_an_end() {
    let server = Server::start([Reply::silence()]).await;
    let recorder = Recorder::default();
    let client = server.builder().hooks(recorder.clone()).build().unwrap();
    let pause = || tokio::time::sleep(Duration::from_millis(5));
    // The attempt has begun when its first hook has run. On a busy machine that takes a while.
    let begun = async {
        while recorder.seen().is_empty() {
            pause().await;
        }
    };
    let request = client.agents().get(7).into_future();
    tokio::select! {
        result = request => panic!("the server sends nothing: {result:?}"),
        () = begun => {}
    }
    let ended = async {
        while recorder.ends().is_empty() {
            pause().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), ended).await.expect("the canceled attempt has an end");
    assert_eq!(recorder.ends()[0]["error"], "canceled");
}

#[tokio::test]
async fn a_timeout_is_the_end_of_its_attempt() {
    let server = Server::start([Reply::silence()]).await;
    let recorder = Recorder::default();
    let builder = server.builder().hooks(recorder.clone()).timeout(Duration::from_millis(200));
    let error = builder.build().unwrap().agents().get(7).await.unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error}");
    let ends = recorder.ends();
    assert_eq!((ends.len(), &ends[0]["error"]), (1, &json!("APITimeoutError")));
    assert!(ends[0]["ms"].as_u64().unwrap() >= 100, "{ends:?}");
}

#[tokio::test]
async fn no_attempt_begins_after_a_hook_overran_the_timeout() {
    struct Slow;
    impl Hooks for Slow {
        fn before_attempt(&self, _: &mut Attempt) {
            std::thread::sleep(Duration::from_millis(150));
        }
    }
    let (server, recorder) = (Server::start([agent()]).await, Recorder::default());
    let builder = server.builder().hooks(Slow).hooks(recorder.clone());
    let client = builder.timeout(Duration::from_millis(100)).build().unwrap();
    let error = client.agents().get(7).await.unwrap_err();
    assert_eq!(error.name(), "APITimeoutError", "{error}");
    assert!(error.message().contains("the hooks before attempt 1 need longer"), "{error}");
    assert_eq!(error.context().map(|context| context.attempts), Some(0));
    assert_eq!(recorder.ends()[0]["error"], "APITimeoutError");
    assert!(server.recorded().is_empty(), "an attempt was sent");
}

#[tokio::test]
async fn hooks_see_no_key_and_no_values_of_the_query() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let recorder = Recorder::default();
    let client = server.builder().hooks(recorder.clone()).build().unwrap();
    let query = [("token", "hidden"), ("page", "2"), ("key", KEY)];
    client.request("GET", &format!("/x/{KEY}"), None, &query).await.unwrap();
    let end = &recorder.ends()[0];
    let url = end["url"].as_str().unwrap();
    assert!(url.ends_with("/api/x/[redacted]?token=REDACTED&page=2&key=REDACTED"), "{url}");
    assert_eq!((&end["operation"], &end["path"]), (&json!("request"), &json!("/api/x/[redacted]")));
    assert_eq!(end["url_template"], Value::Null);
}

#[tokio::test]
async fn a_redirect_is_an_attempt_of_its_own() {
    let server = Server::start([Reply::bytes(307, "").header("location", "/api/elsewhere"), agent()]).await;
    let recorder = Recorder::default();
    server.builder().hooks(recorder.clone()).build().unwrap().agents().get(7).await.unwrap();
    let statuses: Vec<_> = recorder.ends().into_iter().map(|end| end["status"].clone()).collect();
    assert_eq!(statuses, [json!(307), json!(200)]);
}
