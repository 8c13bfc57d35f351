//! Details of a failed request, and the message that users see: it names the request, and the help
//! if its outcome is unknown.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::field_error::FieldError;

/// Help for a request that is not in the catalog.
pub(crate) const UNKNOWN_OUTCOME: &str = "the server may have processed the request; check before you send it again";

/// Details of a failed request.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ErrorContext {
    /// Message, in one or two sentences.
    pub message: String,
    /// HTTP status, if there was a response.
    pub status: Option<u16>,
    /// Response body as text, at most 64 KiB.
    pub body: Option<String>,
    /// Response headers by lower-case name, without cookies and credentials. Empty if there was no
    /// response.
    pub headers: BTreeMap<String, String>,
    /// Request id of the server, from the `x-request-id` header.
    pub request_id: Option<String>,
    /// Request id that the caller set; see
    /// [`RequestOptions::request_id`](crate::RequestOptions::request_id).
    pub client_request_id: Option<String>,
    /// HTTP method.
    pub method: String,
    /// URL, without user information.
    pub url: String,
    /// Number of attempts, including retries.
    pub attempts: u32,
    /// Delay that the server requests before the next attempt.
    pub retry_after: Option<Duration>,
    /// True if the server may have processed the request. If so, check its effect before you send
    /// it again.
    pub outcome_unknown: bool,
    /// The possible effect of a request with an unknown outcome, and the place to check it.
    pub outcome_help: Option<String>,
    /// Errors of single fields that the server reports, under the names of the arguments.
    pub field_errors: Vec<FieldError>,
    /// The result of an operation whose effect differs from the request.
    pub(crate) result: Option<Box<dyn Any + Send + Sync>>,
    /// Failure of the connection, if it failed.
    pub connection_failure: Option<ConnectionFailure>,
    /// Error of the underlying library. Its chain of sources leads to an
    /// [`io::Error`](std::io::Error) if there was one.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// The part of the message that the source reports, too.
    pub(crate) repeated: Option<String>,
}

/// The request that an error of the client is about. Such an error has no response that names it.
#[derive(Debug, Clone, Default)]
pub(crate) struct RequestTarget {
    method: &'static str,
    url: String,
}

impl RequestTarget {
    /// `url` contains neither the API key nor user information.
    pub(crate) fn new(method: &'static str, url: String) -> Self {
        Self { method, url }
    }

    /// Returns the context of an error about the request.
    pub(crate) fn context(self, message: impl Into<String>) -> Box<ErrorContext> {
        let Self { method, url } = self;
        Box::new(ErrorContext { message: message.into(), method: method.to_owned(), url, ..ErrorContext::default() })
    }
}

/// Failure of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionFailure {
    /// The host refused the connection.
    Refused,
    /// The name of the host could not be resolved.
    Dns,
    /// The TLS handshake failed, e.g. because a certificate is invalid.
    Tls,
    /// The connection ended before the whole response.
    Reset,
    /// The timeout of the request, of the connection or of the operating system expired.
    Timeout,
    /// The proxy could not be reached, or refused the connection.
    Proxy,
    /// Offline mode refuses the host.
    Offline,
    /// Any other failure.
    Other,
}

impl std::error::Error for ErrorContext {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Without what the source reports, so that an error with its sources repeats nothing.
impl fmt::Display for ErrorContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repeated = self.repeated.as_deref().filter(|_| self.source.is_some());
        match repeated.and_then(|repeated| self.message.split_once(repeated)) {
            Some((before, after)) => self.write(formatter, &format!("{before}{after}")),
            None => self.write(formatter, &self.message),
        }
    }
}

/// An error on one line, with what its source reports.
pub(super) struct WithCause<'a>(pub(super) &'a ErrorContext);

impl fmt::Display for WithCause<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(formatter, &self.0.message)
    }
}

impl ErrorContext {
    fn write(&self, formatter: &mut fmt::Formatter<'_>, message: &str) -> fmt::Result {
        if self.outcome_unknown {
            let help = self.outcome_help.as_deref().unwrap_or(UNKNOWN_OUTCOME);
            write!(formatter, "{}. The outcome is unknown: {help}", message.trim_end_matches('.'))?;
        } else {
            formatter.write_str(message)?;
        }
        if self.method.is_empty() {
            // Work of several requests, none of which was sent.
            return Ok(());
        }
        write!(formatter, " ({} {}", self.method, self.url)?;
        if let Some(status) = self.status {
            write!(formatter, ", status {status}")?;
        }
        if let Some(request_id) = &self.request_id {
            write!(formatter, ", request id {request_id}")?;
        }
        if let Some(request_id) = self.client_request_id.as_ref().filter(|id| self.request_id.as_ref() != Some(*id)) {
            write!(formatter, ", client request id {request_id}")?;
        }
        if self.attempts > 1 {
            write!(formatter, ", {} attempts", self.attempts)?;
        }
        if let Some(wait) = self.retry_after {
            write!(formatter, ", retry after {} s", wait.as_secs_f64())?;
        }
        formatter.write_str(")")
    }
}
