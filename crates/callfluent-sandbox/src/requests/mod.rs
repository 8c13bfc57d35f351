//! Received requests: their bodies, their arguments, the journal of all requests, and assertions
//! about it.

mod arguments;
mod assertion;
mod journal;
mod received_request;

pub(crate) use arguments::{arguments_of, is_documented};
pub(crate) use assertion::Expectation;
pub(crate) use journal::redacted_headers;
pub use journal::{JournalEntry, ReceivedPart};
pub(crate) use received_request::{BodyKind, ReceivedBody, ReceivedRequest, read_body};
