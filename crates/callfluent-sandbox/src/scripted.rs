//! Answers that a test puts into the sandbox's mouth: for the next matching requests, in the order in which they were queued.
//! They show what no request can provoke: errors (500, 429 with `Retry-After`, HTML under 200), answers that come late, and
//! connections that break before the answer or in the middle of it.

use std::collections::VecDeque;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use crate::check::Problems;
use crate::refusal::Refusal;

/// An answer for the next requests that match, in place of the real one or, with only a delay or headers, on top of it.
#[derive(Debug, Clone, Default)]
#[must_use = "an answer is queued by `Sandbox::respond`"]
pub struct ScriptedResponse {
    operation: Option<String>,
    path_contains: Option<String>,
    times: Option<u64>,
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: Option<Value>,
    body_text: Option<String>,
    delay: Duration,
    process_first: bool,
    disconnect: Option<Disconnect>,
}

/// Where the connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disconnect {
    /// Before the answer: nothing of it is sent.
    BeforeResponse,
    /// In the middle of it: half of its body is sent.
    InBody,
}

impl ScriptedResponse {
    /// An answer with this status. Without a body of its own it gets the documented envelope of an error.
    pub fn status(status: u16) -> Self {
        Self { status: Some(status), ..Self::default() }
    }

    /// The real answer, but only after this time.
    pub fn delayed(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    /// No answer: the connection is closed. The request is not carried out, unless [`process_first`](Self::process_first) says so.
    pub fn disconnected() -> Self {
        Self { disconnect: Some(Disconnect::BeforeResponse), ..Self::default() }
    }

    /// The real answer, but the connection is closed in the middle of its body.
    pub fn truncated() -> Self {
        Self { disconnect: Some(Disconnect::InBody), ..Self::default() }
    }

    /// Only for requests to this operation, such as `agents.create`.
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Only for requests whose path contains this text.
    pub fn path_contains(mut self, text: impl Into<String>) -> Self {
        self.path_contains = Some(text.into());
        self
    }

    /// For how many requests; one unless told otherwise.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Adds a header, or replaces the one that the sandbox would set.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The body, as JSON.
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// The body, as it is: HTML, broken JSON, nothing.
    pub fn body_text(mut self, text: impl Into<String>) -> Self {
        self.body_text = Some(text.into());
        self
    }

    /// Waits before answering.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Carries the request out before answering, as a server does whose answer gets lost.
    pub fn process_first(mut self) -> Self {
        self.process_first = true;
        self
    }

    /// Reads the body of `POST /sandbox/respond`.
    pub(crate) fn from_json(body: &Value) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut answer = Self::default();
        let Value::Object(fields) = body else {
            problems.add("body", "must be a JSON object");
            return Err(problems);
        };
        for (name, value) in fields {
            let understood = match name.as_str() {
                "operation" => set(&mut answer.operation, value.as_str().map(str::to_owned)),
                "path_contains" => set(&mut answer.path_contains, value.as_str().map(str::to_owned)),
                "times" => set(&mut answer.times, value.as_u64()),
                "status" => set(&mut answer.status, value.as_u64().and_then(|status| u16::try_from(status).ok())),
                "headers" => {
                    value.as_object().and_then(headers_from_json).map(|headers| answer.headers = headers).is_some()
                }
                "body" => set(&mut answer.body, Some(value.clone())),
                "body_text" => set(&mut answer.body_text, value.as_str().map(str::to_owned)),
                "delay_ms" => value.as_u64().map(|delay| answer.delay = Duration::from_millis(delay)).is_some(),
                "process_first" => value.as_bool().map(|process_first| answer.process_first = process_first).is_some(),
                "disconnect" => set(&mut answer.disconnect, value.as_str().and_then(Disconnect::from_name)),
                _ => {
                    problems.add(name, "unknown");
                    true
                }
            };
            if !understood {
                problems.add(name, "has the wrong type or is out of range");
            }
        }
        if problems.is_empty() { Ok(answer) } else { Err(problems) }
    }

    /// What keeps this answer from ever being sent, if anything does.
    pub(crate) fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::default();
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            problems.add("status", "must be from 200 to 599");
        }
        if self.times == Some(0) {
            problems.add("times", "must be at least 1");
        }
        if self.body.is_some() && self.body_text.is_some() {
            problems.add("body_text", "must not be there beside `body`");
        }
        for (name, value) in &self.headers {
            if HeaderName::try_from(name).is_err() || HeaderValue::try_from(value).is_err() {
                problems.add("headers", format!("`{name}` is not a header that can be sent"));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Whether the request is to be carried out: when asked for, and when its real answer is wanted.
    pub(crate) fn acts(&self) -> bool {
        self.process_first || !self.replaces()
    }

    /// Whether the real answer is put aside.
    pub(crate) fn replaces(&self) -> bool {
        self.status.is_some()
            || self.body.is_some()
            || self.body_text.is_some()
            || self.disconnect == Some(Disconnect::BeforeResponse)
    }

    pub(crate) fn disconnect(&self) -> Option<Disconnect> {
        self.disconnect
    }

    pub(crate) fn wait(&self) -> Duration {
        self.delay
    }

    pub(crate) fn status_code(&self) -> StatusCode {
        self.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK)
    }

    /// The content type and the bytes of the body.
    pub(crate) fn content(&self) -> (&'static str, Vec<u8>) {
        match &self.body_text {
            Some(text) => ("text/plain; charset=utf-8", text.clone().into_bytes()),
            None => ("application/json", self.body.clone().unwrap_or_else(|| self.envelope()).to_string().into_bytes()),
        }
    }

    /// Headers that are sent instead of the sandbox's own of the same name.
    pub(crate) fn header_values(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        self.headers.iter().filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
    }

    fn envelope(&self) -> Value {
        match self.status_code() {
            status if status.is_success() => json!({"status": true, "data": null}),
            StatusCode::FORBIDDEN => Refusal::Permission.body(),
            status => json!({"status": false, "error": status.canonical_reason().unwrap_or("Scripted answer")}),
        }
    }

    fn fits(&self, operation: Option<&str>, path: &str) -> bool {
        self.operation.as_deref().is_none_or(|wanted| operation == Some(wanted))
            && self.path_contains.as_deref().is_none_or(|text| path.contains(text))
    }
}

impl Disconnect {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "before_response" => Some(Self::BeforeResponse),
            "in_body" => Some(Self::InBody),
            _ => None,
        }
    }
}

fn set<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    *place = value;
    place.is_some()
}

fn headers_from_json(headers: &Map<String, Value>) -> Option<Vec<(String, String)>> {
    headers
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) => Some((name.clone(), text.clone())),
            Value::Number(number) => Some((name.clone(), number.to_string())),
            _ => None,
        })
        .collect()
}

/// The queue of scripted answers.
#[derive(Debug, Default)]
pub(crate) struct Script(VecDeque<(u64, ScriptedResponse)>);

impl Script {
    pub(crate) fn queue(&mut self, answer: ScriptedResponse) {
        self.0.push_back((answer.times.unwrap_or(1), answer));
    }

    /// The first answer that fits the request; it is gone once it was taken as often as it was queued for.
    pub(crate) fn take(&mut self, operation: Option<&str>, path: &str) -> Option<ScriptedResponse> {
        let position = self.0.iter().position(|(_, answer)| answer.fits(operation, path))?;
        let (left, answer) = self.0.get_mut(position)?;
        *left -= 1;
        let taken = answer.clone();
        if *left == 0 {
            self.0.remove(position);
        }
        Some(taken)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
