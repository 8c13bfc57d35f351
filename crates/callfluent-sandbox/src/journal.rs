//! What was received and what was answered, in order, for tests to look at.
//! It never holds the API key: the header's value is replaced before anything is written down.

use std::collections::VecDeque;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use serde_json::{Map, Value, json};

/// A request under `/api` and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// The `x-request-id` that the answer carried.
    pub request_id: String,
    /// Which endpoint it was, by its label such as `agents.create`; nothing where no endpoint has that path and method.
    pub operation: Option<String>,
    /// The method, in capitals.
    pub method: String,
    /// The path as it came, still percent-encoded, with the leading `/api`.
    pub path: String,
    /// What followed the question mark, or nothing.
    pub query: String,
    /// The headers in order, names in lower case; the key in `authorization` is replaced by three asterisks.
    pub headers: Vec<(String, String)>,
    /// The body, where it was JSON.
    pub body: Option<Value>,
    /// The body, where it was neither JSON nor multipart.
    pub body_text: Option<String>,
    /// The parts of a multipart body.
    pub files: Option<Vec<ReceivedPart>>,
    /// The status that was answered; 0 where the connection was closed instead.
    pub status: u16,
    /// Whether the request was carried out, whatever was answered.
    pub processed: bool,
    /// Whether a scripted answer or a random fault took part.
    pub scripted: bool,
}

/// A part of a multipart body: what it was, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedPart {
    /// The part's name; `files` is the documented one.
    pub field: String,
    /// The file name, where the part has one.
    pub name: Option<String>,
    /// The part's own content type, where it has one.
    pub content_type: Option<String>,
    /// How many bytes it had.
    pub size: u64,
    /// The CRC-32 of its bytes, as zip and zlib count it.
    pub crc32: u32,
}

impl JournalEntry {
    /// The value of a header, the first where it came more than once. Names are in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The entry as the control endpoint answers it.
    pub fn to_json(&self) -> Value {
        let mut headers: Map<String, Value> = Map::new();
        for (name, value) in &self.headers {
            match headers.get_mut(name) {
                // A header that came more than once is joined as HTTP allows.
                Some(Value::String(known)) => *known = format!("{known}, {value}"),
                _ => {
                    headers.insert(name.clone(), value.as_str().into());
                }
            }
        }
        json!({
            "request_id": self.request_id,
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": headers,
            "body": self.body,
            "body_text": self.body_text,
            "files": self.files.as_ref().map(|parts| parts.iter().map(ReceivedPart::to_json).collect::<Value>()),
            "status": self.status,
            "processed": self.processed,
            "scripted": self.scripted,
        })
    }
}

impl ReceivedPart {
    fn to_json(&self) -> Value {
        json!({"field": self.field, "name": self.name, "content_type": self.content_type, "size": self.size, "crc32": self.crc32})
    }
}

/// The headers as the journal keeps them.
pub(crate) fn keep_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes());
            let kept = if name == AUTHORIZATION { without_key(&text) } else { text.into_owned() };
            (name.as_str().to_owned(), kept)
        })
        .collect()
}

fn without_key(authorization: &str) -> String {
    match authorization.split_once(' ') {
        Some((scheme, _)) => format!("{scheme} ***"),
        None => "***".to_owned(),
    }
}

/// The newest entries; the oldest are forgotten beyond the limit, so that a long run does not fill the memory.
#[derive(Debug)]
pub(crate) struct Journal {
    entries: VecDeque<JournalEntry>,
    limit: usize,
    forgotten: u64,
}

impl Journal {
    pub(crate) fn new(limit: usize) -> Self {
        Self { entries: VecDeque::new(), limit, forgotten: 0 }
    }

    pub(crate) fn add(&mut self, entry: JournalEntry) {
        self.entries.push_back(entry);
        while self.entries.len() > self.limit {
            self.entries.pop_front();
            self.forgotten += 1;
        }
    }

    pub(crate) fn entries(&self) -> Vec<JournalEntry> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.forgotten = 0;
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({"entries": self.entries.iter().map(JournalEntry::to_json).collect::<Value>(), "forgotten": self.forgotten})
    }
}
