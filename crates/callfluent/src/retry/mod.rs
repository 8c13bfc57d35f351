//! Decides when a request is retried: never if that could start a phone call, create or upload
//! something twice.

mod backoff;
mod budget;
mod retry_after;

pub(crate) use backoff::backoff;
pub(crate) use budget::Budget;
pub(crate) use retry_after::retry_after;

use std::time::Duration;

use http::header::HeaderValue;
use http::{HeaderMap, StatusCode};

use crate::operation::Idempotency;

/// Maximum `Retry-After` that the client waits for. Longer ones are reported in the error.
pub(crate) const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// The effect of a failed attempt on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The server did not process the request: no connection was made, or it rejected the request.
    NotProcessed,
    /// The server may have processed the request.
    Unknown,
}

/// The facts about a failed attempt that decide about a retry.
#[derive(Debug)]
pub(crate) struct Classified {
    pub(crate) outcome: Outcome,
    /// Another attempt may succeed.
    pub(crate) transient: bool,
    /// The server requests a retry (`x-should-retry`) of an otherwise final error response.
    pub(crate) server_requested_retry: bool,
    pub(crate) retry_after: Option<Duration>,
    /// The server has responded.
    pub(crate) has_response: bool,
}

impl Classified {
    /// Classifies an error response.
    pub(crate) fn from_response(status: StatusCode, headers: &HeaderMap) -> Self {
        let retry_after = retry_after(headers);
        let outcome = match status.as_u16() {
            // A busy server that names a time for the next attempt has not begun with this one.
            503 if retry_after.is_some() => Outcome::NotProcessed,
            // A redirect may follow a processed request, except 307 and 308, which repeat it
            // elsewhere.
            300..=306 | 309..=399 | 408 | 500.. => Outcome::Unknown,
            _ => Outcome::NotProcessed,
        };
        // 421 rejects the connection (RFC 9110, 15.5.20). 520 to 524 are what Cloudflare's proxies
        // return for a server that they do not reach.
        let transient = matches!(status.as_u16(), 408 | 421 | 429 | 502 | 503 | 504 | 520..=524);
        let requested = headers.get("x-should-retry").map(HeaderValue::as_bytes);
        Self {
            outcome,
            transient: transient && requested != Some(b"false"),
            server_requested_retry: requested == Some(b"true"),
            retry_after,
            has_response: true,
        }
    }

    /// Returns whether the server may have processed the request. A 503 with `Retry-After` does not
    /// prove the contrary, which matters for a phone call.
    pub(crate) fn may_be_processed(&self, idempotency: Idempotency, status: Option<StatusCode>) -> bool {
        let is_busy = idempotency == Idempotency::AtMostOnce && status == Some(StatusCode::SERVICE_UNAVAILABLE);
        self.outcome == Outcome::Unknown || is_busy
    }

    /// Returns whether a request with this idempotency may be retried.
    pub(crate) fn allows(&self, idempotency: Idempotency) -> bool {
        match idempotency {
            Idempotency::Idempotent => self.transient || self.server_requested_retry,
            // A requested retry does not prove that the server did not process the request.
            Idempotency::NonIdempotent => self.transient && self.outcome == Outcome::NotProcessed,
            // A server may phone a person and then respond 429 or 503.
            Idempotency::AtMostOnce => self.transient && self.outcome == Outcome::NotProcessed && !self.has_response,
        }
    }

    /// Returns the delay before the next attempt after `failed` failed ones; `None` if the
    /// server's `Retry-After` is too long.
    pub(crate) fn retry_delay(&self, failed: u32) -> Option<Duration> {
        match self.retry_after {
            Some(wait) if wait > MAX_RETRY_AFTER => None,
            Some(wait) => Some(wait),
            None => Some(backoff(failed)),
        }
    }
}
