//! When a request is sent again: never where that could call, create or upload twice.

mod backoff;
mod budget;
mod retry_after;

pub(crate) use backoff::backoff;
pub(crate) use budget::Budget;
pub(crate) use retry_after::retry_after;

use std::time::Duration;

use http::header::HeaderValue;
use http::{HeaderMap, StatusCode};
use hyper_util::client::legacy;

use crate::operation::Idempotency;
use crate::transport;

/// The longest wait that a server's `Retry-After` can ask for; where it asks for more, the error says so instead.
pub(crate) const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// What became of one attempt, as far as acting twice is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The server did not act on it: no connection was made, or it refused.
    NotActedOn,
    /// The server may have acted on it.
    Unknown,
}

/// How one attempt failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) fate: Fate,
    /// Whether another attempt has a chance.
    pub(crate) passing: bool,
    /// Whether the server asks for another attempt where a refusal of this kind is otherwise final.
    pub(crate) asked: bool,
    pub(crate) retry_after: Option<Duration>,
}

impl Failure {
    /// Judges an answer that refuses.
    pub(crate) fn of_answer(status: StatusCode, headers: &HeaderMap) -> Self {
        let retry_after = retry_after(headers);
        let fate = match status.as_u16() {
            // A busy server that names a time to come back has turned the request away.
            503 if retry_after.is_some() => Fate::NotActedOn,
            // What a redirect follows upon was done, unless it asks to send the request elsewhere.
            300..=306 | 309..=399 | 408 | 500.. => Fate::Unknown,
            _ => Fate::NotActedOn,
        };
        let by_status = matches!(status.as_u16(), 408 | 429 | 502 | 503 | 504);
        let told = headers.get("x-should-retry").map(HeaderValue::as_bytes);
        Self { fate, passing: by_status && told != Some(b"false"), asked: told == Some(b"true"), retry_after }
    }

    /// Judges an attempt that got no answer.
    pub(crate) fn of_connection(error: &legacy::Error) -> Self {
        let not_acted_on = error.is_connect() || transport::is_refused_stream(error);
        Self {
            fate: if not_acted_on { Fate::NotActedOn } else { Fate::Unknown },
            passing: !transport::Connecting::of(error).is_some_and(|failure| failure.is_lasting()),
            asked: false,
            retry_after: None,
        }
    }

    /// Whether a request of this kind may be sent again after this failure.
    pub(crate) fn allows(&self, idempotency: Idempotency) -> bool {
        match idempotency {
            Idempotency::Idempotent => self.passing || self.asked,
            // What a server asks for is no proof that it did not act.
            Idempotency::NonIdempotent => self.passing && self.fate == Fate::NotActedOn,
        }
    }

    /// How long to wait before the attempt after `failed` failed ones; `None` where the server asks for too long.
    pub(crate) fn wait(&self, failed: u32) -> Option<Duration> {
        match self.retry_after {
            Some(wait) if wait > LONGEST_RETRY_AFTER => None,
            Some(wait) => Some(wait),
            None => Some(backoff(failed)),
        }
    }
}
