//! The page in a browser: one static file, and the stream of changes that keeps it live.
//! Other sites in the same browser must reach neither the control endpoints nor, with the key that
//! everybody knows, the API. So requests with a foreign `Host` or `Origin` header are rejected. The
//! host matters if a foreign name resolves to this machine (DNS rebinding).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use serde_json::json;
use tokio::sync::watch;

use super::response::json_response;
use crate::routes::is_public;
use crate::state::SharedState;

const PAGE: &str = include_str!("page.html");
/// The page loads nothing, and connects to nothing but the sandbox.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Pause between two events, so that a burst of requests does not flood the browser.
const PAUSE: Duration = Duration::from_millis(50);
/// A comment after this time detects browsers that are gone.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Returns true if a browser wants to show the response.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// Returns the page.
pub(crate) fn page() -> Response {
    let mut response = Response::new(Body::from(PAGE));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Streams an event for each change of the state.
pub(crate) async fn events(State(shared): State<Arc<SharedState>>) -> Response {
    let changes = shared.changes();
    let events = stream::unfold((changes, true), |(mut changes, is_first)| async move {
        let event = if is_first { "event: change\ndata: {}\n\n" } else { next_event(&mut changes).await? };
        Some((Ok::<_, Infallible>(Bytes::from_static(event.as_bytes())), (changes, false)))
    });
    let mut response = Response::new(Body::from_stream(events));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Waits for the next change. Returns `None` after the sandbox has ended.
async fn next_event(changes: &mut watch::Receiver<u64>) -> Option<&'static str> {
    match tokio::time::timeout(KEEP_ALIVE, changes.changed()).await {
        Ok(Ok(())) => {
            tokio::time::sleep(PAUSE).await;
            changes.mark_unchanged();
            Some("event: change\ndata: {}\n\n")
        }
        Ok(Err(_)) => None,
        Err(_) => Some(": no change\n\n"),
    }
}

/// Rejects requests that another site makes a browser send.
pub(crate) async fn reject_foreign(request: Request, next: Next) -> Response {
    match foreign_header(request.headers(), request.uri()) {
        Some(reason) => json_response(StatusCode::FORBIDDEN, &json!({"status": false, "error": reason})),
        None => next.run(request).await,
    }
}

fn foreign_header(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    // HTTP/2 has the host in the URI.
    let host = match headers.get(HOST) {
        Some(host) => host.to_str().unwrap_or_default(),
        None => uri.authority()?.as_str(),
    };
    let name = host.rsplit_once(':').filter(|(_, port)| !port.contains(']')).map_or(host, |(name, _)| name);
    if !matches!(name, "localhost" | "127.0.0.1" | "[::1]") {
        return Some(format!("foreign Host header: {host:?}; use 127.0.0.1 or localhost"));
    }
    let origin = headers.get(ORIGIN)?.to_str().unwrap_or_default();
    // Widgets on other sites request this endpoint.
    if is_public(uri.path()) {
        return None;
    }
    if origin.strip_prefix("http://") == Some(host) {
        return None;
    }
    Some(format!("foreign Origin header: {origin:?}; only the page of the sandbox may send it"))
}
