//! Scripted responses: configured by a test, sent to matching requests in queue order.
//! They simulate what a request cannot provoke: status 500, 429 with `Retry-After`, HTML with
//! status 200, delays and disconnects.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::disconnect::Disconnect;
use crate::errors::ErrorResponse;

/// A response for the next matching requests.
///
/// With a status or a body it replaces the real response. With only a delay or headers it changes
/// the real one.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
#[must_use = "pass it to `Sandbox::respond`"]
pub struct ScriptedResponse {
    pub(super) operation: Option<String>,
    pub(super) path_contains: Option<String>,
    pub(super) times: Option<u64>,
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(String, String)>,
    // Null is a body, too.
    #[cfg_attr(
        feature = "data-dir",
        serde(default, deserialize_with = "some_value", skip_serializing_if = "Option::is_none")
    )]
    pub(super) body: Option<Value>,
    pub(super) body_text: Option<String>,
    pub(super) delay: Duration,
    pub(super) process_first: bool,
    pub(super) disconnect: Option<Disconnect>,
    pub(super) after: u64,
    pub(super) probability: Option<f64>,
    pub(super) seed: u64,
    pub(super) for_seconds: Option<u64>,
}

impl ScriptedResponse {
    /// A response with this status. Without a body it has the documented error envelope.
    pub fn status(status: u16) -> Self {
        Self { status: Some(status), ..Self::default() }
    }

    /// The real response after a delay.
    pub fn delayed(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    /// Closes the connection without a response.
    ///
    /// The request is only processed with [`process_first`](Self::process_first).
    pub fn disconnected() -> Self {
        Self { disconnect: Some(Disconnect::BeforeResponse), ..Self::default() }
    }

    /// Resets the connection (TCP RST) without a response.
    ///
    /// The request is only processed with [`process_first`](Self::process_first).
    pub fn reset() -> Self {
        Self { disconnect: Some(Disconnect::Reset), ..Self::default() }
    }

    /// Sends half of the real response's body and then closes the connection.
    pub fn truncated() -> Self {
        Self { disconnect: Some(Disconnect::InBody), ..Self::default() }
    }

    /// Matches only this operation, such as `agents.create`.
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Matches only requests whose path contains this string.
    pub fn path_contains(mut self, string: impl Into<String>) -> Self {
        self.path_contains = Some(string.into());
        self
    }

    /// Sets the number of requests that get this response. Default: 1, or unlimited with
    /// [`probability`](Self::probability) or [`for_seconds`](Self::for_seconds).
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Lets the first matching requests pass: after 2 requests, the third gets this response.
    pub fn after(mut self, requests: u64) -> Self {
        self.after = requests;
        self
    }

    /// Applies to a random share of the matching requests, from 0 to 1. The same seed gives the
    /// same choice for the same requests.
    pub fn probability(mut self, probability: f64, seed: u64) -> Self {
        self.probability = Some(probability);
        self.seed = seed;
        self
    }

    /// Applies for some seconds of the sandbox's clock, which advances one second per request and
    /// with [`Sandbox::advance`](crate::Sandbox::advance).
    pub fn for_seconds(mut self, seconds: u64) -> Self {
        self.for_seconds = Some(seconds);
        self
    }

    /// Adds a `Retry-After` header in seconds.
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header("retry-after", seconds.to_string())
    }

    /// Adds a header, or replaces the sandbox's header of the same name.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets a JSON body.
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Sets a body that is sent unchanged, such as HTML or invalid JSON.
    pub fn body_text(mut self, text: impl Into<String>) -> Self {
        self.body_text = Some(text.into());
        self
    }

    /// Delays the response.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Processes the request before responding, like a server whose response is lost.
    pub fn process_first(mut self) -> Self {
        self.process_first = true;
        self
    }

    /// The operation that it matches; all if `None`.
    pub(crate) fn matched_operation(&self) -> Option<&str> {
        self.operation.as_deref()
    }

    /// Returns true if the request is processed: if requested, or if its real response is needed.
    pub(crate) fn processes(&self) -> bool {
        self.process_first || !self.replaces()
    }

    /// Returns true if the real response is discarded.
    pub(crate) fn replaces(&self) -> bool {
        self.status.is_some()
            || self.body.is_some()
            || self.body_text.is_some()
            || self.disconnect.is_some_and(Disconnect::sends_nothing)
    }

    pub(crate) fn disconnect(&self) -> Option<Disconnect> {
        self.disconnect
    }

    pub(crate) fn response_delay(&self) -> Duration {
        self.delay
    }

    pub(crate) fn status_code(&self) -> StatusCode {
        self.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK)
    }

    /// Returns the content type and the bytes of the body.
    pub(crate) fn content(&self) -> (&'static str, Vec<u8>) {
        match &self.body_text {
            Some(text) => ("text/plain; charset=utf-8", text.clone().into_bytes()),
            None => ("application/json", self.body.clone().unwrap_or_else(|| self.envelope()).to_string().into_bytes()),
        }
    }

    /// Returns the headers that replace the sandbox's headers of the same names.
    pub(crate) fn header_values(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        self.headers.iter().filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
    }

    fn envelope(&self) -> Value {
        match self.status_code() {
            status if status.is_success() => json!({"status": true, "data": null}),
            StatusCode::FORBIDDEN => ErrorResponse::Forbidden.body(),
            status => json!({"status": false, "error": status.canonical_reason().unwrap_or("Scripted response")}),
        }
    }

    /// The number of requests that get it; unlimited if `None`.
    pub(super) fn request_limit(&self) -> Option<u64> {
        let is_unlimited = self.probability.is_some() || self.for_seconds.is_some();
        self.times.or(if is_unlimited { None } else { Some(1) })
    }

    pub(super) fn matches(&self, operation: Option<&str>, path: &str) -> bool {
        self.operation.as_deref().is_none_or(|wanted| operation == Some(wanted))
            && self.path_contains.as_deref().is_none_or(|string| path.contains(string))
    }
}

#[cfg(feature = "data-dir")]
fn some_value<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    serde::Deserialize::deserialize(deserializer).map(Some)
}
