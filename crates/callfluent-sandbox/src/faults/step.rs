//! A step of a server's script: a response with its status, headers, body, framing and timing, or a
//! fault of the connection.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

/// One step of a server's script. The default is status 200 without a body.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// The fault, if the response is not sent completely.
    pub fault: Option<Fault>,
    /// The status.
    pub status: u16,
    /// The headers. `{date+2}` in a value is the time two seconds from now.
    pub headers: BTreeMap<String, String>,
    /// A JSON body.
    pub json: Option<Value>,
    /// A body as a string.
    pub text: Option<String>,
    /// A body of bytes; scenarios use `hex`.
    #[serde(skip)]
    pub bytes: Option<Vec<u8>>,
    /// A body of bytes in hexadecimal digits.
    pub hex: Option<String>,
    /// A body of zeros with this size in MiB.
    pub zeros_mib: Option<usize>,
    /// A gzip body of zeros with this decompressed size in MiB, a thousand times smaller.
    pub gzip_bomb_mib: Option<usize>,
    /// A JSON body with an array of this many empty records.
    pub empty_records: Option<usize>,
    /// Compresses the body with gzip.
    pub gzip: bool,
    /// The framing of the body.
    pub framing: Framing,
    /// Difference between the `content-length` header and the length of the body.
    pub content_length_offset: i64,
    /// The whole response including its head; the connection is closed afterwards.
    pub raw: Option<String>,
    /// Bytes before the response, such as an informational response.
    pub before: Option<String>,
    /// Unsolicited bytes after the response.
    pub after: Option<String>,
    /// Delay before the head.
    pub delay_ms: u64,
    /// Delay between head and body.
    pub body_delay_ms: u64,
    /// Delay before each byte of the body or of `raw`. 0 writes everything at once.
    pub byte_every_ms: u64,
}

/// The way in which the end of a body is marked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// By `content-length`.
    #[default]
    Length,
    /// By chunked transfer encoding.
    Chunked,
    /// By closing the connection.
    Close,
}

/// A fault of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Resets the connection before any request, when the step is next.
    ResetOnAccept,
    /// Resets the connection when a request has arrived, before reading it. HTTP/2: sends
    /// `REFUSED_STREAM`.
    ResetBeforeReading,
    /// Resets the connection after the request's head.
    ResetWhileReading,
    /// Resets the connection after the whole request.
    ResetAfterReading,
    /// Closes the connection gracefully after the whole request.
    CloseAfterReading,
    /// Resets the connection in the middle of the response body.
    ResetInBody,
    /// Closes the connection gracefully in the middle of the response body.
    CloseInBody,
    /// HTTP/2: sends `REFUSED_STREAM` in the middle of the response body.
    RefuseInBody,
    /// Closes the connection after the response, without `connection: close`.
    CloseAfterResponse,
    /// Sends the response before reading the request body, which is discarded.
    RespondBeforeBody,
    /// Sends response headers without end.
    EndlessHead,
    /// Never sends a response.
    NoResponse,
}

impl Default for Step {
    fn default() -> Self {
        Self {
            fault: None,
            status: 200,
            headers: BTreeMap::new(),
            json: None,
            text: None,
            bytes: None,
            hex: None,
            zeros_mib: None,
            gzip_bomb_mib: None,
            empty_records: None,
            gzip: false,
            framing: Framing::Length,
            content_length_offset: 0,
            raw: None,
            before: None,
            after: None,
            delay_ms: 0,
            body_delay_ms: 0,
            byte_every_ms: 0,
        }
    }
}

impl Step {
    /// Creates a response with a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, json: Some(body.clone()), ..Self::default() }
    }

    /// Creates a response with a body of bytes.
    pub fn bytes(status: u16, body: Vec<u8>) -> Self {
        Self { status, bytes: Some(body), ..Self::default() }
    }

    /// Creates a fault of the connection.
    pub fn fault(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    /// Creates a response from all its bytes.
    pub fn raw(text: impl Into<String>) -> Self {
        Self { raw: Some(text.into()), ..Self::default() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Adds a delay before each byte.
    #[must_use]
    pub fn byte_every(mut self, pause: Duration) -> Self {
        self.byte_every_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Replaces names of addresses in headers and bodies.
    pub(crate) fn fill_in(&mut self, addresses: &BTreeMap<String, String>) {
        let strings = self.headers.values_mut().chain(&mut self.text).chain(&mut self.raw).chain(&mut self.after);
        for string in strings {
            for (name, address) in addresses {
                *string = string.replace(&format!("{{{name}}}"), address);
            }
        }
    }
}
