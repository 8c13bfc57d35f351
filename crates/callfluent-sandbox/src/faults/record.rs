//! What a server saw: each request, as far as it came, and each connection with its end.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};

use super::key;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// `HTTP/1.1` or `HTTP/2`.
    pub version: &'static str,
    /// The method.
    pub method: String,
    /// Path and query, as they stand in the request line.
    pub target: String,
    /// The headers by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, as far as it was read.
    pub body: Vec<u8>,
}

impl Recorded {
    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    /// The pairs of the query.
    pub fn query(&self) -> BTreeMap<String, String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs.filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The parts of a multipart body: headers and content.
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

    /// Whether it has the key where the API wants it.
    fn has_key(&self) -> bool {
        self.headers.get("authorization").is_some_and(|value| key::is_bearer(value))
    }

    /// Where else the key is in what was received.
    fn key_elsewhere(&self) -> Vec<&str> {
        let headers = self.headers.iter().filter(|(name, _)| *name != "authorization" || !self.has_key());
        let headers = headers.map(|(name, value)| (name.as_str(), [name.as_bytes(), value.as_bytes()].concat()));
        let places = headers.chain([("the URL", self.target.clone().into_bytes()), ("the body", self.body.clone())]);
        places.filter(|(_, text)| key::is_in(text)).map(|(place, _)| place).collect()
    }

    /// What tests may see of it.
    fn seen(&self) -> Value {
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

/// Everything that one server saw.
#[derive(Debug)]
pub struct Records {
    started: Instant,
    requests: Mutex<Vec<Recorded>>,
    connections: Mutex<Vec<Connection>>,
}

/// A connection's life, in milliseconds since the server's start.
#[derive(Debug, Clone)]
struct Connection {
    opened: u128,
    ended: Option<u128>,
    abandoned: bool,
}

impl Default for Records {
    fn default() -> Self {
        Self { started: Instant::now(), requests: Mutex::default(), connections: Mutex::default() }
    }
}

impl Records {
    /// The requests whose head was read.
    pub fn requests(&self) -> Vec<Recorded> {
        locked(&self.requests).clone()
    }

    /// How many connections, or streams of HTTP/2, the client ended although an answer was owed.
    pub fn abandoned(&self) -> usize {
        locked(&self.connections).iter().filter(|connection| connection.abandoned).count()
    }

    /// What was seen, for tests in any language.
    pub fn seen(&self) -> Value {
        let connections = locked(&self.connections).clone();
        json!({
            "requests": locked(&self.requests).iter().map(Recorded::seen).collect::<Vec<_>>(),
            "connections": connections
                .iter()
                .map(|connection| json!({
                    "opened_ms": connection.opened,
                    "ended_ms": connection.ended,
                    "abandoned": connection.abandoned,
                }))
                .collect::<Vec<_>>(),
        })
    }

    pub(crate) fn opened(&self) -> usize {
        let mut connections = locked(&self.connections);
        connections.push(Connection { opened: self.started.elapsed().as_millis(), ended: None, abandoned: false });
        connections.len() - 1
    }

    pub(crate) fn ended(&self, connection: usize, abandoned: bool) {
        if let Some(connection) = locked(&self.connections).get_mut(connection) {
            connection.ended = Some(self.started.elapsed().as_millis());
            connection.abandoned |= abandoned;
        }
    }

    /// Notes that the client ended a stream although an answer was owed; its connection goes on.
    pub(crate) fn abandoned_stream(&self, connection: usize) {
        if let Some(connection) = locked(&self.connections).get_mut(connection) {
            connection.abandoned = true;
        }
    }

    /// Notes a request, and says under which number its body is added.
    pub(crate) fn begun(&self, request: Recorded) -> usize {
        let mut requests = locked(&self.requests);
        requests.push(request);
        requests.len() - 1
    }

    pub(crate) fn read_body(&self, request: usize, body: &[u8]) {
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
    fn the_key_is_noticed_wherever_it_is() {
        let mut request = Recorded {
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
