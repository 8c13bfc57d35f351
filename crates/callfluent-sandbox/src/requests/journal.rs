//! The journal: received requests and their responses in order, for tests to inspect.
//! The API key is removed before an entry is stored.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use serde_json::{Map, Value, json};

/// A request under `/api` and its response.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub struct JournalEntry {
    /// The response's `x-request-id` header.
    pub request_id: String,
    /// The operation, such as `agents.create`. `None` if no endpoint has the path and method.
    pub operation: Option<String>,
    /// Path, query and body in the names of the client's methods, in snake case. The documented
    /// wrapper is removed and lists in strings are decoded. A custom field of a call is in
    /// `custom_fields` if it has the name of another argument, such as `agent_id`.
    pub arguments: Map<String, Value>,
    /// The method in upper case.
    pub method: String,
    /// The path as received: percent-encoded, with the leading `/api`.
    pub path: String,
    /// The query string without the question mark, or an empty string.
    pub query: String,
    /// The headers in order. Names are in lower case; the API key in `authorization` is `***`.
    pub headers: Vec<(String, String)>,
    /// The body, if it is JSON.
    pub body: Option<Value>,
    /// The body, if it is neither JSON nor multipart.
    pub body_text: Option<String>,
    /// The parts of a multipart body.
    pub files: Option<Vec<ReceivedPart>>,
    /// The status of the response; 0 if the connection was closed instead.
    pub status: u16,
    /// Reason of an error response of the sandbox, such as the fields that differ from the API
    /// documentation.
    pub error: Option<String>,
    /// True if the sandbox processed the request, regardless of the response.
    pub processed: bool,
    /// True if a scripted response or a random fault changed the response.
    pub scripted: bool,
}

/// A part of a multipart body, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub struct ReceivedPart {
    /// The name of the part. The documented name is `files`.
    pub field: String,
    /// The file name.
    pub name: Option<String>,
    /// The content type of the part.
    pub content_type: Option<String>,
    /// Size in bytes.
    pub size: u64,
    /// CRC-32 checksum of the content, as in zip and zlib.
    pub crc32: u32,
}

impl JournalEntry {
    /// Returns the first value of a header. `name` must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the entry as in the response of `GET /sandbox/journal`.
    pub fn to_json(&self) -> Value {
        let mut headers: Map<String, Value> = Map::new();
        for (name, value) in &self.headers {
            match headers.get_mut(name) {
                // RFC 9110 allows joining repeated headers with commas.
                Some(Value::String(known)) => *known = format!("{known}, {value}"),
                _ => {
                    headers.insert(name.clone(), value.as_str().into());
                }
            }
        }
        json!({
            "request_id": self.request_id,
            "operation": self.operation,
            "arguments": self.arguments,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": headers,
            "body": self.body,
            "body_text": self.body_text,
            "files": self.files.as_ref().map(|parts| parts.iter().map(ReceivedPart::to_json).collect::<Value>()),
            "status": self.status,
            "error": self.error,
            "processed": self.processed,
            "scripted": self.scripted,
        })
    }
}

impl ReceivedPart {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "field": self.field,
            "name": self.name,
            "content_type": self.content_type,
            "size": self.size,
            "crc32": self.crc32,
        })
    }
}

/// Returns the headers without the API key.
pub(crate) fn redacted_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let value = if name == AUTHORIZATION { without_key(&value) } else { value.into_owned() };
            (name.as_str().to_owned(), value)
        })
        .collect()
}

fn without_key(authorization: &str) -> String {
    match authorization.split_once(' ') {
        Some((scheme, _)) => format!("{scheme} ***"),
        None => "***".to_owned(),
    }
}
