//! What a server does with one request: an answer with its status, headers and body, how it is framed and how slowly it
//! comes; or a fault of the connection in its place.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

/// One step of a server's script. What is left out is a plain `200` without a body.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// What happens in place of a whole answer.
    pub fault: Option<Fault>,
    /// The answer's status.
    pub status: u16,
    /// The answer's headers. `{date+2}` in a value is the time two seconds from now.
    pub headers: BTreeMap<String, String>,
    /// The answer's body as JSON.
    pub json: Option<Value>,
    /// The answer's body as text.
    pub text: Option<String>,
    /// The answer's body as bytes; scenarios give them in `hex`.
    #[serde(skip)]
    pub bytes: Option<Vec<u8>>,
    /// The answer's body as bytes in hexadecimal digits.
    pub hex: Option<String>,
    /// The answer's body as so many MiB of nothing but zeros.
    pub zeros_mib: Option<usize>,
    /// The answer's body as so many MiB of zeros, compressed to a thousandth.
    pub gzip_bomb_mib: Option<usize>,
    /// The answer's body as a list of so many empty records.
    pub empty_records: Option<usize>,
    /// Whether the body is compressed.
    pub gzip: bool,
    /// How the end of the body is told.
    pub framing: Framing,
    /// How much longer or shorter the body is said to be than it is.
    pub content_length_offset: i64,
    /// Everything that is written, head included; afterwards the connection is closed.
    pub raw: Option<String>,
    /// What is written before the answer's head, such as an answer that only informs.
    pub before: Option<String>,
    /// What is written after the answer although nobody asked for it.
    pub after: Option<String>,
    /// How long the head is held back.
    pub delay_ms: u64,
    /// How long the body is held back after the head.
    pub body_delay_ms: u64,
    /// The pause before each byte of the body, or of `raw`; 0 writes everything at once.
    pub byte_every_ms: u64,
}

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// By its length in the head.
    #[default]
    Length,
    /// By chunks.
    Chunked,
    /// By the connection's end.
    Close,
}

/// What happens in place of a whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The connection is reset as soon as it is the step's turn, before any request.
    ResetOnAccept,
    /// The connection is reset when a request has arrived, before any of it is read. HTTP/2 refuses the stream.
    ResetBeforeReading,
    /// The connection is reset after the request's head.
    ResetWhileReading,
    /// The connection is reset after the whole request.
    ResetAfterReading,
    /// The connection is closed in an orderly way after the whole request.
    CloseAfterReading,
    /// The connection is reset in the middle of the answer's body.
    ResetInBody,
    /// The connection is closed in an orderly way in the middle of the answer's body.
    CloseInBody,
    /// The stream of HTTP/2 is refused in the middle of the answer's body.
    RefuseInBody,
    /// The connection is closed after the answer, which did not say so.
    CloseAfterResponse,
    /// The answer comes before the request's body was read, which is then thrown away.
    RespondBeforeBody,
    /// The answer's head has no end.
    EndlessHead,
    /// No answer comes, ever.
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
    /// An answer with a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, json: Some(body.clone()), ..Self::default() }
    }

    /// An answer with a body of any bytes.
    pub fn bytes(status: u16, body: Vec<u8>) -> Self {
        Self { status, bytes: Some(body), ..Self::default() }
    }

    /// A fault of the connection.
    pub fn fault(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    /// Everything that is written.
    pub fn raw(text: impl Into<String>) -> Self {
        Self { raw: Some(text.into()), ..Self::default() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Makes a pause before each byte.
    #[must_use]
    pub fn byte_every(mut self, pause: Duration) -> Self {
        self.byte_every_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Fills in the addresses that a header or body names.
    pub(crate) fn fill_in(&mut self, addresses: &BTreeMap<String, String>) {
        let texts = self.headers.values_mut().chain(&mut self.text).chain(&mut self.raw).chain(&mut self.after);
        for text in texts {
            for (name, address) in addresses {
                *text = text.replace(&format!("{{{name}}}"), address);
            }
        }
    }
}
