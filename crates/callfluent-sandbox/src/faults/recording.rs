//! Records the requests and connections of a server.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};

use super::canary_key;

/// A received request.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    /// `HTTP/1.1` or `HTTP/2`.
    pub version: &'static str,
    /// The method.
    pub method: String,
    /// Path and query as in the request line.
    pub target: String,
    /// The headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body, up to the bytes that were read.
    pub body: Vec<u8>,
}

impl RecordedRequest {
    /// Returns the path without the query.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    /// Returns the query parameters.
    pub fn query(&self) -> BTreeMap<String, String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs.filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
    }

    /// Returns the body as JSON, or null if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Returns the headers and contents of a multipart body's parts.
    pub fn parts(&self) -> Vec<(BTreeMap<String, String>, Vec<u8>)> {
        let boundary = self.headers.get("content-type").and_then(|kind| kind.split_once("boundary="));
        let Some((_, boundary)) = boundary else {
            return Vec::new();
        };
        let text = String::from_utf8_lossy(&self.body).into_owned();
        let between = format!("--{}", boundary.trim_matches('"'));
        let parts = text.split(&between).skip(1).filter(|part| !part.starts_with("--"));
        let parts = parts.filter_map(|part| part.trim_start_matches("\r\n").split_once("\r\n\r\n"));
        parts
            .map(|(head, content)| (headers(head), content.strip_suffix("\r\n").unwrap_or(content).as_bytes().to_vec()))
            .collect()
    }

    /// Returns true if the `authorization` header has the key.
    fn has_key(&self) -> bool {
        self.headers.get("authorization").is_some_and(|value| canary_key::is_bearer(value))
    }

    /// Returns the other places that contain the key.
    fn key_elsewhere(&self) -> Vec<&str> {
        let headers = self.headers.iter().filter(|(name, _)| *name != "authorization" || !self.has_key());
        let headers = headers.map(|(name, value)| (name.as_str(), [name.as_bytes(), value.as_bytes()].concat()));
        let places = headers.chain([("the URL", self.target.clone().into_bytes()), ("the body", self.body.clone())]);
        places.filter(|(_, text)| canary_key::is_in(text)).map(|(place, _)| place).collect()
    }

    /// Returns the request for tests, without the key.
    fn to_json(&self) -> Value {
        json!({
            "version": self.version,
            "method": self.method,
            "path": self.target,
            "headers": self.headers.keys().collect::<Vec<_>>(),
            "has_key": self.has_key(),
            "key_elsewhere": self.key_elsewhere(),
            "body_length": self.body.len(),
            "parts": self.parts().into_iter().map(|(headers, _)| headers).collect::<Vec<_>>(),
        })
    }
}

fn headers(head: &str) -> BTreeMap<String, String> {
    head.split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect()
}

/// The requests and connections of one server.
#[derive(Debug)]
pub struct Records {
    started: Instant,
    requests: Mutex<Vec<RecordedRequest>>,
    connections: Mutex<Vec<Connection>>,
}

/// The times of a connection, in milliseconds since the server's start.
#[derive(Debug, Clone)]
struct Connection {
    opened: u128,
    closed: Option<u128>,
    abandoned: bool,
}

impl Default for Records {
    fn default() -> Self {
        Self { started: Instant::now(), requests: Mutex::default(), connections: Mutex::default() }
    }
}

impl Records {
    /// Returns the requests whose head was read.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        locked(&self.requests).clone()
    }

    /// Returns the number of connections and HTTP/2 streams that the client closed before the
    /// response was complete.
    pub fn abandoned(&self) -> usize {
        locked(&self.connections).iter().filter(|connection| connection.abandoned).count()
    }

    /// Returns the recording as JSON, for tests in any language.
    pub fn to_json(&self) -> Value {
        let connections = locked(&self.connections).clone();
        json!({
            "requests": locked(&self.requests).iter().map(RecordedRequest::to_json).collect::<Vec<_>>(),
            "connections": connections
                .iter()
                .map(|connection| json!({
                    "opened_ms": connection.opened,
                    "ended_ms": connection.closed,
                    "abandoned": connection.abandoned,
                }))
                .collect::<Vec<_>>(),
        })
    }

    pub(crate) fn connection_opened(&self) -> usize {
        let mut connections = locked(&self.connections);
        connections.push(Connection { opened: self.started.elapsed().as_millis(), closed: None, abandoned: false });
        connections.len() - 1
    }

    pub(crate) fn connection_closed(&self, connection: usize, abandoned: bool) {
        if let Some(connection) = locked(&self.connections).get_mut(connection) {
            connection.closed = Some(self.started.elapsed().as_millis());
            connection.abandoned |= abandoned;
        }
    }

    /// Records that the client closed a stream before the response; the connection stays open.
    pub(crate) fn stream_abandoned(&self, connection: usize) {
        if let Some(connection) = locked(&self.connections).get_mut(connection) {
            connection.abandoned = true;
        }
    }

    /// Records a request and returns its index for [`body_received`](Self::body_received).
    pub(crate) fn request_received(&self, request: RecordedRequest) -> usize {
        let mut requests = locked(&self.requests);
        requests.push(request);
        requests.len() - 1
    }

    pub(crate) fn body_received(&self, request: usize, body: &[u8]) {
        if let Some(request) = locked(&self.requests).get_mut(request) {
            request.body.extend_from_slice(body);
        }
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::KEY;

    #[test]
    fn the_key_is_found_in_all_parts_of_a_request() {
        let mut request = RecordedRequest {
            version: "HTTP/1.1",
            method: "GET".into(),
            target: "/api".into(),
            headers: BTreeMap::from([("authorization".into(), format!("Bearer {KEY}"))]),
            body: Vec::new(),
        };
        assert_eq!((request.has_key(), request.key_elsewhere().len()), (true, 0));
        request.target.push_str("?key=12%7Ccf%2FKanarienvogel%269");
        request.headers.insert("x-other".into(), KEY.into());
        request.body = format!("{{\"key\":\"{KEY}\"}}").into_bytes();
        assert_eq!(request.key_elsewhere(), ["x-other", "the URL", "the body"]);
        request.headers.insert("authorization".into(), format!("Basic {KEY}"));
        assert_eq!((request.has_key(), request.key_elsewhere().len()), (false, 4));
        request.headers.insert("authorization".into(), "Bearer other".into());
        assert_eq!((request.has_key(), request.key_elsewhere().len()), (false, 3));
    }
}
