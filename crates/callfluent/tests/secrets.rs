//! The API key is in its header and nowhere else: not in what a panic prints, nor in any kind of
//! error, at any depth of `Debug`. What is logged is looked at in `log.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::process::Command;
use std::time::Duration;

use callfluent::{CallFluent, Error};
use serde_json::json;
use support::{Reply, Server};

/// Written differently in URLs, JSON and HTML.
const CANARY: &str = "12|cf/canary&4f1d\"9b7e2a";
/// Part of the key that is the same in every encoding.
const KEY_FRAGMENT: &str = "4f1d";
/// The variable that makes this program the one that panics.
const PANIC: &str = "CALLFLUENT_TEST_PANIC";

fn client(base_url: &str) -> CallFluent {
    CallFluent::builder().api_key(CANARY).base_url(base_url).max_retries(0).build().unwrap()
}

fn shown(error: &Error) -> String {
    let mut shown = format!("{error} {error:?} {error:#?} {} {:?}", error.message(), error.field_errors());
    shown.push_str(&format!("{:?} {:#?}", error.context(), error.context()));
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        shown.push_str(&format!("{inner} {inner:?} {inner:#?}"));
        cause = inner.source();
    }
    shown
}

/// Every kind of error, from servers that repeat the key wherever they can.
async fn errors() -> Vec<Error> {
    let body = |message: &str| json!({ "status": false, "msg": format!("{message}: {CANARY}"), "hint": [CANARY] });
    let mut errors = Vec::new();
    for (status, message) in [
        (400, "wrong"),
        (400, "limit reached"),
        (401, "key"),
        (403, "no"),
        (404, "nothing"),
        (409, "changed"),
        (422, "unreadable"),
        (429, "slowly"),
        (500, "broken"),
        (200, "refused"),
    ] {
        let server = Server::start([Reply::json(status, &body(message)).header("x-request-id", CANARY)]).await;
        errors.push(client(&server.base_url()).agents().list(CANARY).await.unwrap_err());
    }
    for reply in [
        Reply::close(),
        Reply::text(200, "text/html", format!("<p>{CANARY}</p>")),
        Reply::raw(&format!("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{CANARY}")),
        Reply::raw(&format!("{CANARY}\r\n\r\n")),
        Reply::json(302, &json!({})).header("location", &format!("http://elsewhere.example/{CANARY}")),
        Reply::json(302, &json!({})).header("location", "/api/agent?key=12%7Ccf%2Fcanary%264f1d%229b7e2a"),
        Reply::text(500, "application/json", r#"{"msg":"12|cf\/canary\u00264f1d\u00229b7e2a"}"#),
        Reply::text(500, "text/html", "<p>12|cf&#x2f;canary&amp;4f1d&quot;9b7e2a"),
        Reply::text(500, "text/html", format!("{}{CANARY}", "x".repeat(190))),
    ] {
        let server = Server::start([reply]).await;
        errors.push(client(&server.base_url()).agents().list(CANARY).await.unwrap_err());
    }
    let server = Server::start([Reply::silence()]).await;
    let impatient = client(&server.base_url()).with_options(|options| options.timeout(Duration::from_millis(50)));
    errors.push(impatient.agents().list(CANARY).await.unwrap_err());
    errors.push(client("http://127.0.0.1:1/api").agents().list(CANARY).await.unwrap_err());
    errors.push(client("http://127.0.0.1:1/api").agents().list("").await.unwrap_err());
    let unusable = CallFluent::builder().api_key(CANARY).base_url("no url").build();
    errors.push(unusable.unwrap_err());
    let with_control = CallFluent::builder().api_key(format!("{CANARY}\n{CANARY}")).build();
    errors.push(with_control.unwrap_err());
    errors
}

#[tokio::test]
async fn no_error_shows_the_key() {
    let errors = errors().await;
    let kinds: std::collections::BTreeSet<_> = errors.iter().map(Error::name).collect();
    assert_eq!(kinds.len(), 14, "a kind of error is missing: {kinds:?}");
    for error in errors {
        let shown = shown(&error);
        assert!(!shown.contains(KEY_FRAGMENT), "{}: {shown}", error.name());
    }
}

#[tokio::test]
async fn debug_output_of_a_client_shows_no_key() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let builder = CallFluent::builder().api_key(CANARY).proxy(format!("http://user:{CANARY}@127.0.0.1:9"));
    let mut shown = format!("{builder:?} {builder:#?}");
    let client = client(&server.base_url());
    shown.push_str(&format!("{client:?} {client:#?} {:#?} {:#?}", client.options(), client.agents()));
    let beyond = format!("{}{CANARY}", "x".repeat(50));
    let answer = json!([{ "id": 1, "name": "a", CANARY: 1, "format": beyond }]);
    let echo = Server::start([Reply::ok(answer)]).await;
    let drifted = self::client(&echo.base_url());
    drifted.agents().list(1).await.unwrap();
    let drift = format!("{:#?} {:?}", drifted.drift(), drifted.drift().iter().map(ToString::to_string));
    assert!(drift.contains("[redacted]"), "{drift}");
    shown.push_str(&drift);
    let page = client.calls().list(1, 1).await.unwrap();
    shown.push_str(&format!("{page:#?} {:#?} {:#?}", client.calls().list_all(1), client.drift()));
    assert!(!shown.contains(KEY_FRAGMENT), "{shown}");
}

#[test]
fn a_panic_message_shows_no_key() {
    if std::env::var_os(PANIC).is_some() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let _ = runtime.block_on(async {
            let body = json!({ "status": false, "msg": format!("the key {CANARY} is wrong") });
            let server = Server::start([Reply::json(401, &body)]).await;
            let client = client(&server.base_url());
            let result = client.agents().list(CANARY).await;
            let _ = tokio::spawn(async move { panic!("{client:#?}") }).await;
            result.unwrap()
        });
        return;
    }
    let this = std::env::current_exe().unwrap();
    let arguments = ["a_panic_message_shows_no_key", "--nocapture", "--test-threads=1"];
    let panicked = Command::new(this).args(arguments).env(PANIC, "1").env("RUST_BACKTRACE", "full").output().unwrap();
    let printed = format!("{}{}", String::from_utf8_lossy(&panicked.stdout), String::from_utf8_lossy(&panicked.stderr));
    assert!(!panicked.status.success());
    assert!(printed.contains("[redacted] is wrong") && printed.contains("CallFluent {"), "{printed}");
    assert!(!printed.contains(KEY_FRAGMENT), "{printed}");
}

#[tokio::test]
async fn no_part_of_a_password_that_extends_another_is_shown() {
    for (old, new) in [("hunter22", "hunter22-4f1d"), ("hunter22-4f1d", "hunter22")] {
        let body = json!({ "status": false, "msg": format!("{old} and {new} are weak") });
        let server = Server::start([Reply::json(422, &body)]).await;
        let error = client(&server.base_url()).user().reset_password(old, new).await.unwrap_err();
        let shown = shown(&error);
        assert!(shown.contains("*** and ***") && !shown.contains(KEY_FRAGMENT), "{shown}");
    }
}

#[tokio::test]
async fn headers_that_look_like_secrets_are_not_in_errors() {
    let secrets =
        ["set-cookie", "x-auth-token", "x-amz-security-token", "x-csrf-token", "x-session-key", "x-signature"];
    let reply = Reply::json(401, &json!({ "status": false, "msg": "no" })).header("www-authenticate", "Bearer");
    let mut reply = reply.header("x-ratelimit-remaining-tokens", "9");
    for name in secrets {
        reply = reply.header(name, "4f1d");
    }
    let server = Server::start([reply]).await;
    let error = client(&server.base_url()).agents().list(1).await.unwrap_err();
    let headers = &error.context().unwrap().headers;
    assert_eq!((&*headers["www-authenticate"], &*headers["x-ratelimit-remaining-tokens"]), ("Bearer", "9"));
    assert!(secrets.iter().all(|name| !headers.contains_key(*name)), "{headers:?}");
    assert!(!shown(&error).contains(KEY_FRAGMENT), "{error:?}");
}

/// A proxy sees its credentials in CONNECT requests, and in requests to servers without TLS.
#[tokio::test]
async fn credentials_that_a_proxy_repeats_are_not_shown() {
    use base64::Engine as _;
    let (user, password) = ("proxy-user", "pr0xy p@ss/word");
    let basic = base64::prelude::BASE64_STANDARD.encode(format!("{user}:{password}"));
    let page = format!("Denied for {user} with {password}, pr0xy%20p%40ss%2Fword or {basic}");
    for base_url in ["https://server.example/api", "http://server.example/api"] {
        for reply in [
            Reply::text(403, "text/plain", page.clone()).header("x-echo", &basic),
            Reply::text(200, "text/plain", page.clone()),
        ] {
            let proxy = Server::start([reply]).await;
            let address = proxy.base_url().replace("http://", "").replace("/api", "");
            let builder = CallFluent::builder().api_key(CANARY).base_url(base_url).allow_http(true).max_retries(0);
            let client = builder.proxy(format!("http://{user}:pr0xy%20p%40ss%2Fword@{address}")).build().unwrap();
            let text = shown(&client.agents().list(1).await.unwrap_err());
            assert!(!proxy.recorded().is_empty(), "the proxy got no request");
            for secret in [user, password, &basic, "pr0xy%20p"] {
                assert!(!text.contains(secret), "{base_url}: {secret} is in {text}");
            }
        }
    }
}
