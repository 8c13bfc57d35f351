//! The client: its options and their validation, shared state, paths, files and raw requests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use callfluent::bindings::{self, schema::Naming};
use callfluent::{AgentCreateParams, AgentPatchParams, CallFluent, Error, Id};
use serde_json::{Map, json};
use support::{Reply, Server};

const CANARY: &str = "cf_canary_4f1d9b7e2a";

fn field_errors(result: callfluent::Result<CallFluent>) -> Vec<String> {
    let error = result.expect_err("the client was made");
    error.field_errors().iter().map(|problem| format!("{}: {}", problem.field, problem.reason)).collect()
}

#[test]
fn all_invalid_options_are_reported_at_once() {
    let found = field_errors(
        CallFluent::builder()
            .api_key(" \n")
            .base_url("ftp://example.com")
            .max_concurrency(0)
            .requests_per_second(0.0)
            .default_header("bad header", "x")
            .proxy("zz")
            .timeout(Duration::ZERO)
            .connect_timeout(Duration::ZERO)
            .build(),
    );
    for field in [
        "api_key",
        "base_url",
        "max_concurrency",
        "requests_per_second",
        "default_headers",
        "proxy",
        "timeout",
        "connect_timeout",
    ] {
        assert!(found.iter().any(|problem| problem.starts_with(field)), "{field}: {found:?}");
    }
}

#[test]
fn an_invalid_key_is_rejected_without_showing_it() {
    for (key, reason) in [
        (format!("{CANARY}\r\nx: y"), "contains white space or control characters"),
        (format!("{CANARY}\0"), "contains white space or control characters"),
        (format!("{CANARY} {CANARY}"), "contains white space or control characters"),
        (format!("{CANARY}\u{e4}"), "contains a character that is not ASCII"),
        (String::new(), "is empty"),
        (" \n".to_owned(), "is empty"),
    ] {
        let found = field_errors(CallFluent::new(key)).join(" ");
        assert!(found.contains(&format!("api_key: {reason}")) && !found.contains(CANARY), "{found}");
    }
}

#[test]
fn white_space_around_a_key_is_removed() {
    for key in [format!("{CANARY}\n"), format!(" {CANARY}\r\n")] {
        CallFluent::new(key).unwrap();
    }
}

#[test]
fn a_blank_base_url_variable_does_not_mean_production() {
    for blank in ["", " "] {
        let variables = [("CALLFLUENT_API_KEY", CANARY), ("CALLFLUENT_BASE_URL", blank)];
        let builder = || CallFluent::builder().environment(variables.map(|(name, value)| (name.into(), value.into())));
        let found = field_errors(builder().build());
        assert!(found[0].starts_with("base_url: CALLFLUENT_BASE_URL is set, but it is empty"), "{found:?}");
        builder().base_url("http://127.0.0.1:1/api").build().unwrap();
    }
}

#[test]
fn a_proxy_that_would_be_ignored_is_rejected() {
    for proxy in ["http://{proxy_host}:8080", "ftp://proxy:21", "proxy"] {
        let found = field_errors(CallFluent::builder().api_key(CANARY).proxy(proxy).build());
        assert!(found[0].starts_with("proxy: "), "{proxy}: {found:?}");
    }
}

#[tokio::test]
async fn a_long_reason_of_the_server_is_shortened() {
    let fields: Map<_, _> = (0..500).map(|number| (format!("f{number}"), json!(["is wrong"]))).collect();
    let body = json!({ "status": false, "message": "too long ".repeat(100_000), "errors": fields });
    let server = Server::start([Reply::json(400, &body)]).await;
    let error = server.client().agents().get(7).await.unwrap_err();
    let context = error.context().unwrap();
    assert!(context.message.len() < 5_000, "{}", context.message.len());
    assert_eq!(context.field_errors.len(), 100);
}

#[test]
fn http_to_another_machine_requires_an_option() {
    for url in ["http://localhost:1/api", "http://127.0.0.1:1/api", "http://[::1]:1/api"] {
        CallFluent::builder().api_key(CANARY).base_url(url).build().unwrap();
    }
    for url in ["http://api.callfluent.ai/api", "http://10.0.0.1/api", "http://127.0.0.1.example.com/api"] {
        let builder = || CallFluent::builder().api_key(CANARY).base_url(url);
        assert!(field_errors(builder().build())[0].contains("in the clear"));
        builder().allow_http(true).build().unwrap();
    }
    assert!(
        field_errors(CallFluent::builder().api_key(CANARY).base_url("https://user:word@example.com").build())[0]
            .contains("must not contain a user name")
    );
}

#[tokio::test]
async fn an_id_stays_one_segment_of_the_path() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let client = server.client();
    client.custom_fields().delete("1/../2?x=1#y", "../delete/1").await.unwrap();
    assert_eq!(server.recorded()[0].target, "/api/agent/remove-custom-fields/1%2F..%2F2%3Fx%3D1%23y/..%2Fdelete%2F1");
    for id in ["", " ", ".", ".."] {
        let error = client.agents().delete(id).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{id:?}: {error}");
    }
    let missing = client.agents().get(Id::default()).await.unwrap_err();
    assert!(missing.to_string().contains("agent_id: is required"), "{missing}");
    assert_eq!(server.recorded().len(), 1);
}

#[tokio::test]
async fn file_names_cannot_inject_headers() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let name = "a\"; filename=\"b\r\nx-evil: 1\r\n\r\n.txt";
    server.client().knowledge().upload_only(1, [(name, "content")]).await.unwrap();
    let parts = server.recorded()[0].parts();
    assert_eq!(parts.len(), 1);
    assert!(!parts[0].0.contains_key("x-evil"));
    assert_eq!(
        parts[0].0["content-disposition"],
        "form-data; name=\"files\"; filename=\"a%22; filename=%22b%0D%0Ax-evil: 1%0D%0A%0D%0A.txt\""
    );
    assert_eq!(parts[0].1, b"content");
}

#[tokio::test]
async fn unreadable_files_are_reported_before_sending() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let files = [std::path::PathBuf::from("no-such-file.pdf"), std::env::temp_dir()];
    let error = server.client().knowledge().upload_only(1, files).await.unwrap_err();
    let fields: Vec<_> = error.field_errors().iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["files[0]", "files[1]"], "{error}");
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn a_file_that_disappears_before_a_retry_is_named() {
    let server = Server::start([Reply::status(429).header("retry-after-ms", "500"), Reply::ok(json!([]))]).await;
    let path = std::env::temp_dir().join(format!("callfluent-gone-{}.txt", std::process::id()));
    std::fs::write(&path, "content").unwrap();
    let client = server.client();
    let (sent, removed) = tokio::join!(client.knowledge().upload_only(1, [path.as_path()]), async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        std::fs::remove_file(&path)
    });
    removed.unwrap();
    let error = sent.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(_)), "{error}");
    assert!(error.to_string().contains(&format!("{} cannot be read", path.display())), "{error}");
    assert_eq!(server.recorded().len(), 1);
}

#[tokio::test]
async fn a_default_content_type_does_not_break_uploads() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let client = server.builder().default_header("Content-Type", "application/json").build().unwrap();
    client.knowledge().upload_only(1, [("a.txt", "content")]).await.unwrap();
    assert_eq!(server.recorded()[0].parts()[0].1, b"content");
}

#[tokio::test]
async fn a_file_on_disk_is_streamed_with_its_name() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let folder = std::env::temp_dir().join(format!("callfluent-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("price list.pdf");
    std::fs::write(&path, vec![b'p'; 300_000]).unwrap();
    server.client().knowledge().upload_only(1, [path.as_path()]).await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let (headers, content) = server.recorded()[0].parts().remove(0);
    assert_eq!(headers["content-disposition"], "form-data; name=\"files\"; filename=\"price list.pdf\"");
    assert_eq!(headers["content-type"], "application/pdf");
    assert_eq!(content.len(), 300_000);
}

#[tokio::test]
async fn ids_are_checked_without_validation() {
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    let client = server.builder().validate(false).build().unwrap();
    let arguments = Map::from_iter([("answer_creativity".to_owned(), json!(99)), ("orderId".to_owned(), json!("x"))]);
    bindings::invoke(&client, "agents.create", arguments, Vec::new(), Naming::Snake).await.unwrap();
    assert_eq!(server.recorded()[0].json(), json!({ "answer_creativity": 99, "orderId": "x" }));
    client.agents().delete("").await.unwrap_err();
    assert_eq!(server.recorded().len(), 1);
}

#[tokio::test]
async fn raw_requests_have_the_same_key_and_errors() {
    let server = Server::start([
        Reply::json(200, &json!({ "anything": [1] })),
        Reply::json(200, &json!({ "status": false, "msg": "no" })),
    ])
    .await;
    let client = server.client();
    let answer = client.request("get", "call/some thing/1?a=1", None, &[("b", "x y")]).await.unwrap();
    assert_eq!(answer, json!({ "anything": [1] }));
    let recorded = &server.recorded()[0];
    assert_eq!(recorded.target, "/api/call/some%20thing/1?a=1&b=x+y");
    assert_eq!(recorded.headers["authorization"], "Bearer test-key");
    let error = client.request("POST", "/x", Some(json!({ "a": 1 })), &[]).await.unwrap_err();
    assert!(matches!(&error, Error::Status(context) if context.message == "no"), "{error}");
    let directories = ["/../user", "/a/./b", "/a/%2e%2E/b", "/a/.%2e", "/%2e/b"];
    for path in directories.into_iter().chain(["/a#b", "/a\\b", "/a/.\t./b", "/a\n", "/.\r./b"]) {
        assert!(matches!(client.request("GET", path, None, &[]).await, Err(Error::InvalidRequest(_))), "{path}");
    }
    assert!(matches!(client.request("BREW", "/x", None, &[]).await, Err(Error::InvalidRequest(_))));
    assert_eq!(server.recorded().len(), 2);
}

#[tokio::test]
async fn extra_body_is_added_to_raw_requests() {
    let server = Server::start([Reply::json(200, &json!({}))]).await;
    let extra = json!({ "debug": true, "a": 2 }).as_object().unwrap().clone();
    let client = server.client().with_options(|options| options.extra_body(extra));
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        client.request(method, "/x", Some(json!({ "a": 1, "b": 1 })), &[]).await.unwrap();
    }
    client.request("POST", "/x", None, &[]).await.unwrap();
    client.request("GET", "/x", None, &[]).await.unwrap();
    client.request("DELETE", "/x", None, &[]).await.unwrap();
    let bodies: Vec<_> = server.recorded().iter().map(|request| request.body.to_vec()).collect();
    for body in &bodies[..4] {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        assert_eq!(body, json!({ "a": 2, "b": 1, "debug": true }));
    }
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&bodies[4]).unwrap(), json!({ "a": 2, "debug": true }));
    assert_eq!((bodies[5].len(), bodies[6].len()), (0, 0));
    let error = client.request("POST", "/x", Some(json!([1])), &[]).await.unwrap_err();
    assert!(error.message().contains("extra_body: has fields, but the body"), "{error}");
    assert_eq!(server.recorded().len(), 7);
}

#[tokio::test]
async fn an_absolute_url_is_not_a_path() {
    let server = Server::start([Reply::json(200, &json!({}))]).await;
    let client = server.client();
    for path in
        ["http://example.com/x", "HTTPS://example.com", " https://example.com/x", "//example.com/x", &server.base_url()]
    {
        let error = client.request("GET", path, None, &[]).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{path}: {error}");
        assert!(error.to_string().contains("path: is an absolute URL: pass a path below the base URL"), "{error}");
    }
    assert_eq!(server.recorded().len(), 0);
    client.request("GET", "/x?to=https://example.com/y", None, &[]).await.unwrap();
    client.request("GET", "/x/https://example.com/y", None, &[]).await.unwrap();
    assert!(server.recorded()[1].target.starts_with("/api/x/https:"), "{}", server.recorded()[1].target);
}

#[tokio::test]
async fn raw_requests_lose_no_digits() {
    let body = r#"{"fits":18446744073709551615,"below":-9223372036854775808,"beyond":18446744073709551616,"text":"18446744073709551616"}"#;
    let server = Server::start([Reply::text(200, "application/json", body)]).await;
    let client = server.client();
    let answer = client.request("GET", "/x", None, &[]).await.unwrap();
    assert_eq!(answer["fits"], json!(u64::MAX));
    assert_eq!(answer["below"], json!(i64::MIN));
    assert_eq!(answer["beyond"], json!("18446744073709551616"));
    assert_eq!(answer["text"], answer["beyond"]);
    let text = bindings::request(&client, "GET", "/x", None, &[], Naming::Camel).await.unwrap().into_text();
    assert!(text.contains(r#""fits":"18446744073709551615","below":"-9223372036854775808""#), "{text}");
}

#[tokio::test]
async fn a_raw_response_without_content_is_null() {
    let server = Server::start([Reply::bytes(204, "")]).await;
    assert_eq!(server.client().request("DELETE", "/x/1", None, &[]).await.unwrap(), json!(null));
}

#[tokio::test]
async fn a_missing_id_is_never_sent() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let client = server.builder().validate(false).build().unwrap();
    let agent = AgentCreateParams::builder()
        .workspace_id(Id::default())
        .format("inbound")
        .timezone("UTC+00:00")
        .name("a")
        .lang("en")
        .voice("alloy")
        .agent_type("support")
        .background("b")
        .goal("g")
        .tone("t")
        .instructions("i")
        .build();
    let errors = [
        ("call_id", client.calls().hang_up(Id::default()).await.unwrap_err()),
        ("field_id", client.custom_fields().update(1, Id::default(), "a", "b").await.unwrap_err()),
        ("workspace_id", client.agents().create(&agent).await.unwrap_err()),
    ];
    for (field, error) in errors {
        assert_eq!(error.field_errors().len(), 1, "{error}");
        assert!(error.to_string().contains(&format!("{field}: is required")), "{error}");
    }
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn with_options_does_not_change_the_original_client() {
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    let client = server.client();
    let extra = Map::from_iter([("trace".to_owned(), json!("on"))]);
    let changed = client.with_options(|options| options.header("x-one", "1").extra_body(extra));
    changed.calls().hang_up(5).await.unwrap();
    client.calls().hang_up(5).await.unwrap();
    let recorded = server.recorded();
    assert_eq!(
        (recorded[0].headers.get("x-one").map(String::as_str), recorded[1].headers.get("x-one")),
        (Some("1"), None)
    );
    assert_eq!(recorded[0].json(), json!({ "callid": 5, "trace": "on" }));
    let refused = client.with_options(|options| options.header("Authorization", "Bearer other"));
    let refused = refused.workspaces().list().await.unwrap_err();
    assert!(refused.to_string().contains("is set from the API key"), "{refused}");
    for name in ["Content-Length", "transfer-encoding"] {
        let refused = client.with_options(|options| options.header(name, "5"));
        let refused = refused.workspaces().list().await.unwrap_err();
        assert!(refused.to_string().contains("is computed from the body"), "{refused}");
    }
    let refused = client.with_options(|options| options.timeout(Duration::ZERO));
    let refused = refused.workspaces().list().await.unwrap_err();
    assert!(refused.to_string().contains("timeout: must be above 0"), "{refused}");
    assert_eq!(server.recorded().len(), 2);
}

#[tokio::test]
async fn a_patch_reads_merges_updates_and_reads_back() {
    let agent = json!({ "id": 14, "workspaceId": "1", "format": "inbound", "timezone": "UTC+00:00", "name": "Front desk", "lang": "en", "voice": "alloy",
        "agent_type": "support", "background": "b", "goal": "g", "tone": "Calm", "instructions": "i", "welcome_msg_flag": 1, "crm": 5, "script": null });
    let mut after = agent.clone();
    after["name"] = json!("Reception");
    after.as_object_mut().unwrap().remove("crm");
    let details = |agent: &serde_json::Value| {
        Reply::ok(json!({ "agent": agent, "files": [], "totalCalls": 0, "averageDuration": 0 }))
    };
    let server = Server::start([details(&agent), details(&agent), Reply::ok(after.clone()), details(&after)]).await;
    let changes =
        AgentPatchParams::builder().name("Reception").tone("Lively").answer_creativity(3).allow_dropped(true).build();
    let patched = server.client().agents().patch(14, &changes).await.unwrap();
    let recorded = server.recorded();
    let steps: Vec<_> = recorded.iter().map(|request| format!("{} {}", request.method, request.target)).collect();
    let get = "GET /api/agent/get-one/14";
    assert_eq!(steps, [get, get, "PUT /api/agent/update/14", get]);
    let sent = recorded[2].json();
    assert_eq!(
        sent["Payload"],
        json!({ "workspaceId": 1, "format": "inbound", "timezone": "UTC+00:00", "name": "Reception", "lang": "en", "voice": "alloy",
        "agent_type": "support", "background": "b", "goal": "g", "tone": "Lively", "instructions": "i", "welcome_msg_flag": true, "answer_creativity": 3 })
    );
    assert_eq!(patched.agent.name.as_deref(), Some("Reception"));
    let mut dropped: Vec<_> =
        patched.dropped.iter().map(|field| (field.field.clone().unwrap(), field.kept.clone())).collect();
    dropped.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(
        dropped,
        [("answer_creativity".to_owned(), None), ("crm".to_owned(), None), ("tone".to_owned(), Some(json!("Calm")))]
    );
}

#[tokio::test]
async fn a_patch_rejects_conflicts_and_empty_changes() {
    let agent = |tone: &str| Reply::ok(json!({ "agent": { "id": 14, "name": "a", "tone": tone }, "files": [] }));
    let server = Server::start(["Calm", "Lively"].map(agent).into_iter().cycle().take(20)).await;
    let client = server.client();
    let error = client.agents().patch(14, &AgentPatchParams::builder().name("b").build()).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error}");
    assert!(error.to_string().contains("tone") && error.to_string().contains("nothing was sent"), "{error}");
    assert!(server.recorded().iter().all(|request| request.method == "GET"));
    let error = client.agents().patch(14, &AgentPatchParams::builder().build()).await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(_)), "{error}");
    let error =
        client.agents().patch(14, &AgentPatchParams::builder().answer_creativity(99).build()).await.unwrap_err();
    assert!(error.to_string().contains("must be 0 to 10"), "{error}");
}

#[test]
fn a_client_works_without_tokio_and_cancels_on_drop() {
    let tokio = tokio::runtime::Runtime::new().unwrap();
    let server = tokio.block_on(Server::start([Reply::ok(json!([{ "id": 1, "name": "a" }])), Reply::silence()]));
    let client = server.client();
    let workspaces = wait(client.workspaces().list());
    assert_eq!(workspaces.unwrap()[0].id, 1);
    let mut pending = Box::pin(client.workspaces().list());
    let waker = std::task::Waker::noop();
    let polled = std::future::Future::poll(pending.as_mut(), &mut std::task::Context::from_waker(waker));
    assert!(polled.is_pending());
    std::thread::sleep(Duration::from_millis(100));
    drop(pending);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(server.abandoned(), 1);
}

/// Polls a future on this thread, without a runtime.
fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(value) => return value,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}
