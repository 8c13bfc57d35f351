//! Retries, the total timeout, redirects and limits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::time::{Duration, Instant, SystemTime};

use callfluent::{CallFluent, CallStartParams, Error};
use serde_json::json;
use support::{KEY, Reply, Server};

/// A `Retry-After` of nothing, so that tests do not wait.
fn at_once(reply: Reply) -> Reply {
    reply.header("retry-after", "0")
}

async fn start_call(client: &CallFluent) -> callfluent::Result<callfluent::StartedCall> {
    client.calls().start(7, &CallStartParams::to("+15550001234")).await
}

/// A TCP port that nobody listens on.
fn closed_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn transient_errors_of_a_get_are_retried() {
    for status in [408, 421, 429, 502, 503, 504, 520, 521, 522, 523, 524] {
        let server =
            Server::start([at_once(Reply::status(status)), Reply::ok(json!([{ "id": 1, "name": "one" }]))]).await;
        let workspaces = server.client().workspaces().list().await.unwrap_or_else(|error| panic!("{status}: {error}"));
        assert_eq!(workspaces[0].id, 1);
        assert_eq!(server.recorded().len(), 2, "{status}");
    }
}

#[tokio::test]
async fn lasting_errors_are_not_retried() {
    for status in [400, 401, 403, 404, 409, 422, 500, 501] {
        let server = Server::start([at_once(Reply::status(status))]).await;
        let error = server.client().workspaces().list().await.unwrap_err();
        assert_eq!(error.status(), Some(status));
        assert!(!error.outcome_unknown(), "a GET has no outcome to be unknown: {error}");
        assert_eq!(server.recorded().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn max_retries_limits_the_attempts_of_a_get() {
    let server = Server::start([at_once(Reply::status(503))]).await;
    let client = server.builder().max_retries(3).build().unwrap();
    let error = client.workspaces().list().await.unwrap_err();
    assert_eq!(server.recorded().len(), 4);
    assert_eq!(error.context().unwrap().attempts, 4);
    assert_eq!(error.name(), "InternalServerError");
    let impatient = client.with_options(|options| options.max_retries(0));
    impatient.workspaces().list().await.unwrap_err();
    assert_eq!(server.recorded().len(), 5);
}

#[tokio::test]
async fn a_lost_connection_is_retried_for_idempotent_requests() {
    let broken = || Reply::close();
    let server = Server::start([broken(), Reply::ok(json!([]))]).await;
    server.client().agents().list(1).await.unwrap();
    assert_eq!(server.recorded().len(), 2, "GET");

    let server = Server::start([broken(), Reply::ok(json!([]))]).await;
    server.client().agents().delete(1).await.unwrap();
    assert_eq!(server.recorded().len(), 2, "DELETE");

    let server =
        Server::start([broken(), Reply::ok(json!({ "webhook_cors_origin": [], "has_webhook_cors_origin": false }))])
            .await;
    server.client().agents().set_cors_origins(1, &[] as &[&str], None).await.unwrap();
    assert_eq!(server.recorded().len(), 2, "PUT");
}

#[tokio::test]
async fn a_truncated_response_to_a_get_is_retried() {
    let truncated = Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"status\": true");
    let server = Server::start([truncated, Reply::ok(json!([]))]).await;
    server.client().agents().list(1).await.unwrap();
    assert_eq!(server.recorded().len(), 2);
}

#[tokio::test]
async fn non_idempotent_requests_are_sent_once_if_maybe_processed() {
    let replies = [
        Reply::close(),
        at_once(Reply::status(502)),
        at_once(Reply::status(504)),
        Reply::status(503),
        at_once(Reply::status(408)),
        Reply::status(500),
    ];
    for reply in replies {
        let server = Server::start([reply.clone()]).await;
        let client = server.client();
        let errors = [
            ("calls.start", start_call(&client).await.unwrap_err()),
            ("calls.hang_up", client.calls().hang_up(3).await.unwrap_err()),
            ("workspaces.create", client.workspaces().create("second").await.unwrap_err()),
            ("custom_fields.create", client.custom_fields().create(1, "name", "Name").await.unwrap_err()),
            ("knowledge.upload", client.knowledge().upload_only(1, [("a.txt", "a")]).await.unwrap_err()),
            ("request", client.request("POST", "/agent/create", Some(json!({})), &[]).await.unwrap_err()),
            ("request", client.request("PUT", "/agent/knowledge/1", Some(json!({})), &[]).await.unwrap_err()),
        ];
        assert_eq!(server.recorded().len(), errors.len(), "{reply:?} was sent again");
        for (operation, error) in errors {
            assert!(error.outcome_unknown(), "{operation} after {reply:?}: {error}");
            assert!(error.to_string().contains("outcome is unknown"), "{error}");
        }
    }
}

#[tokio::test]
async fn non_idempotent_requests_are_retried_if_not_processed() {
    for refused in [at_once(Reply::status(429)), at_once(Reply::status(503))] {
        let server = Server::start([refused, Reply::ok(json!([{ "id": "5", "name": "city" }]))]).await;
        let field = server.client().custom_fields().create(1, "city", "City").await.unwrap();
        assert_eq!(field.id, "5");
        assert_eq!(server.recorded().len(), 2);
    }
}

#[tokio::test]
async fn a_phone_call_is_not_started_again_after_any_response() {
    for (refused, outcome_unknown) in
        [(Reply::status(421), false), (Reply::status(429), false), (Reply::status(503), true)]
    {
        let server = Server::start([at_once(refused), Reply::ok(json!({ "id": 5 }))]).await;
        let error = start_call(&server.client()).await.unwrap_err();
        assert_eq!(error.outcome_unknown(), outcome_unknown, "{error}");
        assert_eq!(server.recorded().len(), 1);
    }
}

#[tokio::test]
async fn a_failed_connect_is_retried_and_its_outcome_is_known() {
    let port = closed_port();
    let client = CallFluent::builder()
        .api_key(KEY)
        .base_url(format!("http://127.0.0.1:{port}/api"))
        .max_retries(1)
        .build()
        .unwrap();
    let error = start_call(&client).await.unwrap_err();
    assert!(matches!(&error, Error::Connection(context) if context.attempts == 2), "{error:?}");
    assert!(!error.outcome_unknown(), "{error}");
    assert!(error.to_string().contains(&format!("could not connect to 127.0.0.1:{port}")), "{error}");
}

#[tokio::test]
async fn a_404_after_a_lost_delete_leaves_the_outcome_unknown() {
    let server = Server::start([Reply::close(), Reply::status(404)]).await;
    let error = server.client().agents().delete(1).await.unwrap_err();
    assert!(matches!(error, Error::NotFound(_)));
    assert!(error.outcome_unknown(), "the first attempt may have deleted it: {error}");
}

#[tokio::test]
async fn an_upload_from_a_stream_is_not_retried() {
    let server = Server::start([at_once(Reply::status(429))]).await;
    let content: Vec<std::io::Result<bytes::Bytes>> = vec![Ok("some content".into())];
    let file = callfluent::Attachment::stream("a.txt", futures_util::stream::iter(content), Some(12));
    let error = server.client().knowledge().upload_only(1, [file]).await.unwrap_err();
    assert!(matches!(error, Error::RateLimit(_)), "{error}");
    assert_eq!(server.recorded().len(), 1);
    assert_eq!(server.recorded()[0].parts()[0].1, b"some content");
}

#[tokio::test]
async fn a_retried_upload_from_memory_is_complete() {
    let server = Server::start([at_once(Reply::status(429)), Reply::ok(json!([]))]).await;
    let content = "x".repeat(200_000);
    server.client().knowledge().upload_only(1, [("a.txt", content.clone())]).await.unwrap();
    for recorded in server.recorded() {
        assert_eq!(recorded.parts()[0].1.len(), content.len());
    }
}

/// An opened file in the folder for temporary files, which has no name there any more if the
/// system allows it.
fn opened(name: &str, content: &[u8]) -> std::fs::File {
    let path = std::env::temp_dir().join(format!("callfluent-{name}-{}", std::process::id()));
    std::fs::write(&path, content).unwrap();
    let file = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let _ = std::fs::remove_file(&path);
    file
}

#[tokio::test]
async fn a_retried_upload_of_an_open_file_is_the_same() {
    use std::io::{Seek as _, SeekFrom, Write as _};

    let content: Vec<u8> = (0..100_000_u32).flat_map(|number| format!("{number}\n").into_bytes()).collect();
    let server = Server::start([at_once(Reply::status(429)), Reply::ok(json!([]))]).await;
    let mut file = opened("opened", &content);
    file.seek(SeekFrom::Start(5)).unwrap();
    let attachment = callfluent::Attachment::file("a.bin", file.try_clone().unwrap(), 1_000).unwrap();
    // What is added after the file was given is not part of it.
    file.seek(SeekFrom::End(0)).unwrap();
    file.write_all(b"more").unwrap();
    server.client().knowledge().upload_only(1, [attachment]).await.unwrap();
    let recorded = server.recorded();
    assert_eq!(recorded.len(), 2);
    for request in recorded {
        assert!(request.parts()[0].1 == content[1_000..], "{} bytes", request.parts()[0].1.len());
    }
    #[cfg(unix)]
    assert_eq!(file.stream_position().unwrap(), content.len() as u64 + 4, "the file's own position does not move");
}

#[tokio::test]
async fn a_file_truncated_during_the_upload_is_an_error() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let file = opened("shortened", &[7; 500_000]);
    let attachment = callfluent::Attachment::file("a.bin", file.try_clone().unwrap(), 0).unwrap();
    file.set_len(10).unwrap();
    let client = server.builder().max_retries(0).build().unwrap();
    let error = client.knowledge().upload_only(1, [attachment]).await.unwrap_err();
    // The server cannot have received a whole body, so the outcome is known.
    assert!(matches!(error, Error::InvalidRequest(_)), "{error}");
    assert!(error.to_string().contains("shorter"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn an_upload_of_a_special_file_is_rejected() {
    let (reading, _writing) = std::os::unix::net::UnixStream::pair().unwrap();
    let file = std::fs::File::from(std::os::fd::OwnedFd::from(reading));
    let error = callfluent::Attachment::file("a.bin", file, 0).unwrap_err();
    assert!(error.to_string().contains("regular"), "{error}");
    let server = Server::start([Reply::ok(json!([]))]).await;
    let error = server.client().knowledge().upload_only(1, ["/dev/null"]).await.unwrap_err();
    assert!(error.to_string().contains("/dev/null is not a regular file"), "{error}");
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn retry_after_is_honored_in_all_its_formats() {
    let date = |seconds| httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(seconds));
    let cases: [(_, &dyn Fn() -> String, _); 3] = [
        ("retry-after", &|| "1".to_owned(), 0.95),
        ("retry-after-ms", &|| "300".to_owned(), 0.29),
        // A date has no fractions of a second.
        ("retry-after", &|| date(2), 0.9),
    ];
    for (name, value, least) in cases {
        let value = value();
        let server = Server::start([Reply::status(429).header(name, &value), Reply::ok(json!([]))]).await;
        let started = Instant::now();
        server.client().agents().list(1).await.unwrap();
        let elapsed = started.elapsed().as_secs_f64();
        assert!(elapsed >= least && elapsed < least + 2.5, "{name}: {value}: {elapsed}");
    }
}

#[tokio::test]
async fn a_too_long_retry_after_is_reported_at_once() {
    for (wait, timeout) in [("3600", 600), ("30", 5)] {
        let server = Server::start([Reply::status(429).header("retry-after", wait)]).await;
        let client = server.builder().timeout(Duration::from_secs(timeout)).build().unwrap();
        let started = Instant::now();
        let error = client.agents().list(1).await.unwrap_err();
        assert!(started.elapsed() < Duration::from_secs(1));
        assert!(matches!(error, Error::RateLimit(_)), "{error}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(wait.parse().unwrap())));
    }
}

#[tokio::test]
async fn x_should_retry_false_prevents_a_retry() {
    let server = Server::start([Reply::status(503).header("x-should-retry", "false")]).await;
    server.client().agents().list(1).await.unwrap_err();
    assert_eq!(server.recorded().len(), 1);
}

#[tokio::test]
async fn the_retry_budget_ends_retries_in_an_outage() {
    let server = Server::start([at_once(Reply::status(503))]).await;
    let client = server.client();
    for _ in 0..100 {
        client.agents().list(1).await.unwrap_err();
    }
    let sent = server.recorded().len();
    assert_eq!(sent, 200, "100 requests and the 100 retries of a full budget");
}

#[tokio::test]
async fn the_total_timeout_covers_slow_responses_and_backoff() {
    let body = format!("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{}", " ".repeat(1000));
    let cases = [
        ("silence", Reply::silence()),
        ("dripping", Reply::raw(&body).byte_every(Duration::from_millis(50))),
        ("backoff", Reply::close()),
    ];
    for (case, reply) in cases {
        let server = Server::start([reply]).await;
        let client = server.builder().timeout(Duration::from_millis(300)).max_retries(1_000).build().unwrap();
        let started = Instant::now();
        let error = client.agents().list(1).await.unwrap_err();
        let elapsed = started.elapsed();
        assert!(elapsed < Duration::from_millis(600), "{case}: {elapsed:?}");
        assert!(matches!(error, Error::Timeout(_) | Error::Connection(_)), "{case}: {error}");
    }
}

#[tokio::test]
async fn a_timeout_after_sending_leaves_the_outcome_unknown() {
    let server = Server::start([Reply::silence()]).await;
    let client = server.builder().timeout(Duration::from_millis(200)).build().unwrap();
    let error = start_call(&client).await.unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error}");
    assert!(error.outcome_unknown(), "{error}");
    assert_eq!(server.recorded().len(), 1);
}

#[tokio::test]
async fn an_invalid_response_leaves_the_outcome_unknown() {
    let replies = [
        Reply::text(200, "application/json", "{\"status\": tr"),
        Reply::text(200, "text/html", "<p>queued</p>"),
        Reply::text(204, "text/plain", ""),
        Reply::json(200, &json!({ "status": true })),
        Reply::json(200, &json!({ "status": true, "data": "queued" })),
        Reply::json(303, &json!({})).header("location", "/api/calls/5"),
    ];
    for reply in replies {
        let server = Server::start([reply.clone()]).await;
        let error = server.client().custom_fields().create(1, "city", "City").await.unwrap_err();
        assert!(error.outcome_unknown(), "{reply:?}: {error}");
        assert_eq!(server.recorded().len(), 1);
    }
}

#[tokio::test]
async fn a_timeout_beyond_the_clock_is_unlimited() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let client = server.builder().timeout(Duration::MAX).connect_timeout(Duration::MAX).build().unwrap();
    client.agents().list(1).await.unwrap();
}

#[tokio::test]
async fn a_dropped_future_cancels_the_request() {
    let server = Server::start([Reply::silence()]).await;
    let client = server.client();
    let waited = tokio::time::timeout(Duration::from_millis(100), client.agents().list(1)).await;
    assert!(waited.is_err());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.abandoned(), 1);
}

#[tokio::test]
async fn a_same_origin_redirect_is_followed_for_get_only() {
    let moved = || Reply::json(307, &json!({})).header("location", "/api/elsewhere");
    let server = Server::start([moved(), Reply::ok(json!([]))]).await;
    server.client().agents().list(1).await.unwrap();
    assert_eq!(server.recorded()[1].path(), "/api/elsewhere");

    let server = Server::start([moved()]).await;
    let error = start_call(&server.client()).await.unwrap_err();
    assert!(matches!(error, Error::Status(_)), "{error}");
    assert_eq!(server.recorded().len(), 1);
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_not_followed() {
    let other = Server::start([Reply::ok(json!([]))]).await;
    for status in [301, 302, 307, 308] {
        let server =
            Server::start([Reply::json(status, &json!({})).header("location", &format!("{}/x", other.base_url()))])
                .await;
        let error = server.client().agents().list(1).await.unwrap_err();
        let message = error.to_string();
        assert!(message.contains(server.base_url().trim_end_matches("/api")), "{message}");
        assert!(message.contains(other.base_url().trim_end_matches("/api")), "{message}");
    }
    assert!(other.recorded().is_empty());
}

#[tokio::test]
async fn a_redirect_loop_ends() {
    let server = Server::start([Reply::json(302, &json!({})).header("location", "/api/round")]).await;
    let error = server.client().agents().list(1).await.unwrap_err();
    assert!(error.to_string().contains("too many redirects (more than 5)"), "{error}");
}

#[tokio::test]
async fn limits_are_shared_by_all_clones() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let client = server.builder().requests_per_second(10.0).build().unwrap();
    let started = Instant::now();
    let requests = (0..20).map(|_| {
        let clone = client.clone().with_options(|options| options.max_retries(0));
        async move { clone.agents().list(1).await }
    });
    for result in futures_util::future::join_all(requests).await {
        result.unwrap();
    }
    let elapsed = started.elapsed().as_secs_f64();
    assert!((0.9..2.0).contains(&elapsed), "{elapsed}");
}
