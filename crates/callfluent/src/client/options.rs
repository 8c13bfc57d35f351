//! Options of requests: timeout, retries, headers, additional body fields, validation.

use std::time::Duration;

use http::header::HeaderMap;
use serde_json::{Map, Value};

use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::header::{REQUEST_ID, parse_header};
use crate::schema::Naming;
use crate::transport::{Deadline, RequestRecorder};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_MAX_RETRIES: u32 = 2;

/// Options of a client's requests. Change them with
/// [`CallFluent::with_options`](crate::CallFluent::with_options).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RequestOptions {
    pub(crate) timeout: Option<Duration>,
    /// Maximum wait for the turn of a request.
    pub(crate) queue_timeout: Option<Duration>,
    /// Deadline of the operation that this request is part of.
    pub(crate) deadline: Option<Deadline>,
    /// The operation that this request is part of has its turn.
    pub(crate) has_turn: bool,
    pub(crate) max_retries: u32,
    pub(crate) headers: HeaderMap,
    pub(crate) extra_body: Option<Map<String, Value>>,
    pub(crate) validate: bool,
    /// Records requests that are not idempotent.
    pub(crate) recorder: Option<RequestRecorder>,
    /// Naming of fields in errors and logs.
    pub(crate) naming: Naming,
    /// Errors of invalid options, reported before a request is sent.
    pub(crate) errors: Vec<FieldError>,
}

impl Default for RequestOptions {
    fn default() -> Self {
        Self {
            timeout: Some(DEFAULT_TIMEOUT),
            queue_timeout: None,
            deadline: None,
            has_turn: false,
            max_retries: DEFAULT_MAX_RETRIES,
            headers: HeaderMap::new(),
            extra_body: None,
            validate: true,
            recorder: None,
            naming: Naming::Snake,
            errors: Vec::new(),
        }
    }
}

impl RequestOptions {
    /// Sets the total timeout of a request, including retries and backoff. Default: 60 s.
    ///
    /// It begins when the request has its turn: the wait for a slot of `max_concurrency` or
    /// `requests_per_second` does not count. [`queue_timeout`](Self::queue_timeout) limits that.
    ///
    /// A timeout of zero makes every request fail with
    /// [`InvalidRequest`](crate::Error::InvalidRequest) before it is sent.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Disables the timeout.
    #[must_use]
    pub fn no_timeout(mut self) -> Self {
        self.timeout = None;
        self
    }

    /// Sets the maximum time that a request waits for its turn: for a slot of `max_concurrency` or
    /// `requests_per_second`, or for an earlier change of the same agent. Default: unlimited. Above
    /// 0, as [`timeout`](Self::timeout).
    #[must_use]
    pub fn queue_timeout(mut self, timeout: Duration) -> Self {
        self.queue_timeout = Some(timeout);
        self
    }

    /// Sets the maximum number of retries. Default: 2. A request is retried only if that is safe.
    #[must_use]
    pub fn max_retries(mut self, max_retries: u32) -> Self {
        self.max_retries = max_retries;
        self
    }

    /// Adds a header. `Authorization`, `Content-Length` and `Transfer-Encoding` cannot be set.
    ///
    /// An invalid name or value makes every request fail with
    /// [`InvalidRequest`](crate::Error::InvalidRequest) before it is sent.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match parse_header(name, value) {
            Ok((header, value)) => {
                self.headers.insert(header, value);
            }
            Err(reason) => self.errors.push(FieldError::new("headers", format!("{name:?} {reason}"))),
        }
        self
    }

    /// Sets the ID of a request, sent as the header `X-Request-Id` with each of its attempts. Logs,
    /// hooks and errors contain it, so that it connects them with your own records.
    ///
    /// It is not the ID that the server gives the request. An invalid one makes every request fail
    /// like an invalid [`header`](Self::header).
    #[must_use]
    pub fn request_id(mut self, id: &str) -> Self {
        match parse_header(REQUEST_ID, id) {
            // Other bytes are valid in a header, but proxies and logs garble them.
            Ok((header, value)) if !id.trim().is_empty() && id.is_ascii() => {
                self.headers.insert(header, value);
            }
            _ => self.errors.push(FieldError::new("request_id", "expected visible ASCII characters")),
        }
        self
    }

    /// Validates the options. Every request does so before it is sent.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::Error::InvalidRequest) for invalid headers and a timeout of zero.
    pub fn check(&self) -> Result<()> {
        let is_zero = |timeout: Option<Duration>| timeout.is_some_and(|timeout| timeout.is_zero());
        let mut timeouts = [("timeout", self.timeout), ("queue_timeout", self.queue_timeout)].into_iter();
        if self.errors.is_empty() && timeouts.clone().all(|(_, timeout)| !is_zero(timeout)) {
            return Ok(());
        }
        let mut errors = self.errors.clone();
        errors.extend(
            timeouts
                .by_ref()
                .filter(|(_, timeout)| is_zero(*timeout))
                .map(|(name, _)| FieldError::new(name, "must be above 0")),
        );
        Err(Error::InvalidRequest(FieldErrors::new("request", errors)))
    }

    /// Adds fields to the body of every request with a JSON body, inside the API's wrapper object
    /// if there is one. Requests without a JSON body, such as GET, ignore them.
    #[must_use]
    pub fn extra_body(mut self, fields: Map<String, Value>) -> Self {
        self.extra_body = Some(fields);
        self
    }

    /// Returns the fields that are added to request bodies.
    #[doc(hidden)]
    pub fn extra_body_fields(&self) -> Option<&serde_json::Map<String, serde_json::Value>> {
        self.extra_body.as_ref()
    }

    /// Sets whether arguments are validated before a request is sent. Default: true.
    #[must_use]
    pub fn validate(mut self, validate: bool) -> Self {
        self.validate = validate;
        self
    }
}
