//! Errors of sending: the typed [`SendError`] with everything that the public error reports, and
//! the classification of attempts that failed after the connection was made.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::certificate_error::{CLIENT_CERTIFICATE_REQUIRED, is_certificate_required};
use super::connect_error::ConnectError;
use super::connect_proxy::Refusal;
use super::error_chain::{find, innermost};
use super::http_client::HttpClient;
use super::response_head::{MAX_BODY_SIZE, ResponseHead};
use crate::error::{ConnectionFailure, classes};
use crate::operation::Method;
use crate::retry::{Classified, Outcome};

/// A request that got no success response, after all its attempts.
#[derive(Debug)]
pub(crate) struct SendError {
    pub(crate) kind: SendErrorKind,
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// Number of attempts, including ones that made no connection.
    pub(crate) attempts: u32,
    /// ID that the caller gave the request.
    pub(crate) client_request_id: Option<String>,
    /// The server may have processed the request.
    pub(crate) outcome_unknown: bool,
}

#[derive(Debug)]
pub(crate) enum SendErrorKind {
    /// The server sent an error response.
    Status { head: ResponseHead, body: Bytes, retry_after: Option<Duration> },
    /// The server sent a redirect that is not followed, for this reason.
    Redirect { head: ResponseHead, body: Bytes, reason: String },
    /// No whole response arrived.
    Attempt(AttemptError),
    /// The total timeout expired.
    Timeout { limit: Duration, stage: TimeoutStage },
    /// The journal of a bulk operation cannot be written, so nothing was sent.
    NotRecorded(io::Error),
}

/// Phase of a request when its timeout expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeoutStage {
    /// A limit of the client.
    Limits,
    /// The hooks before an attempt.
    Hooks,
    /// A connection.
    Connection,
    /// The response.
    Response,
}

/// An attempt without a whole response.
#[derive(Debug)]
pub(crate) enum AttemptError {
    /// Offline mode refuses this host: the client's own, or that of the process.
    Offline {
        host: String,
        by_process: bool,
    },
    /// No connection was made.
    Connect {
        error: ConnectError,
        source: reqwest::Error,
    },
    /// The connection ended before the whole response.
    Interrupted {
        reason: Interruption,
        outcome: Outcome,
        source: reqwest::Error,
    },
    /// A file cannot be read.
    File(io::Error),
    /// The URL is too long.
    Url,
    TooLarge(ResponseHead),
    /// The response is not compressed as its headers state.
    Undecodable {
        head: ResponseHead,
        reason: String,
        source: Option<reqwest::Error>,
    },
}

/// Early end of a connection.
#[derive(Debug)]
pub(crate) enum Interruption {
    /// The server closes its HTTP/2 connection and did not begin with this request.
    GoAway,
    InvalidHttp(String),
    ClientCertificateRequired,
    TimedOut(String),
    Lost(String),
}

impl AttemptError {
    /// Classifies an error of reqwest before the response.
    pub(super) fn from_send_error(error: reqwest::Error, http: &HttpClient) -> Self {
        if error.is_builder() {
            return Self::Url;
        }
        let error = error.without_url();
        if error.is_connect() {
            return Self::Connect { error: ConnectError::new(&error, http), source: error };
        }
        let h2 = find::<h2::Error>(&error).filter(|error| error.is_remote());
        // RFC 9113, 6.8 and 8.7: h2 reports a GOAWAY for streams above its last stream ID only.
        let is_goaway = h2.is_some_and(|error| error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR));
        let is_refused = h2.is_some_and(|error| error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM));
        let outcome = if is_goaway || is_refused { Outcome::NotProcessed } else { Outcome::Unknown };
        let reason = if is_goaway { Interruption::GoAway } else { Interruption::new(&error) };
        Self::Interrupted { reason, outcome, source: error }
    }

    /// Classifies an error of reqwest within the response. The server has begun to respond, so it
    /// may have processed the request.
    pub(super) fn from_body_error(error: reqwest::Error, head: &ResponseHead) -> Self {
        let error = error.without_url();
        if find::<hyper::Error>(&error).is_none() && !error.is_timeout() {
            let head = ResponseHead { status: head.status, headers: head.headers.clone() };
            return Self::Undecodable { head, reason: innermost(&error), source: Some(error) };
        }
        Self::Interrupted { reason: Interruption::new(&error), outcome: Outcome::Unknown, source: error }
    }

    /// Returns the place for the response of a proxy, if it refused a tunnel.
    pub(super) fn proxy_refusal(&mut self) -> Option<&mut Option<Refusal>> {
        match self {
            Self::Connect { error: ConnectError::ProxyRefused(refusal), .. } => Some(refusal),
            _ => None,
        }
    }

    pub(super) fn classify(&self) -> Classified {
        let (outcome, transient) = match self {
            Self::Connect { error, .. } => (Outcome::NotProcessed, !error.is_lasting()),
            Self::Interrupted { outcome, .. } => (*outcome, true),
            Self::Offline { .. } | Self::File(_) | Self::Url => (Outcome::NotProcessed, false),
            Self::TooLarge(_) | Self::Undecodable { .. } => (Outcome::Unknown, false),
        };
        Classified { outcome, transient, server_requested_retry: false, retry_after: None, has_response: false }
    }

    /// Returns whether the server closed the connection without beginning with the request, as
    /// servers do after a number of requests. Such a request is retried at once.
    pub(super) fn is_goaway(&self) -> bool {
        matches!(self, Self::Interrupted { reason: Interruption::GoAway, .. })
    }

    /// Returns whether time ran out, in the client or in the operating system.
    pub(crate) fn is_timeout(&self) -> bool {
        matches!(
            self,
            Self::Connect { error: ConnectError::TimedOut(_), .. }
                | Self::Interrupted { reason: Interruption::TimedOut(_), .. }
        )
    }

    /// Returns the name of the public error's class.
    pub(super) fn class_name(&self) -> &'static str {
        match self {
            Self::TooLarge(_) | Self::Undecodable { .. } => classes::RESPONSE,
            Self::File(_) | Self::Url => classes::INVALID_REQUEST,
            _ if self.is_timeout() => classes::TIMEOUT,
            Self::Offline { .. } | Self::Connect { .. } | Self::Interrupted { .. } => classes::CONNECTION,
        }
    }

    /// Returns the response of an attempt whose body could not be used.
    pub(super) fn head(&self) -> Option<&ResponseHead> {
        match self {
            Self::TooLarge(head) | Self::Undecodable { head, .. } => Some(head),
            _ => None,
        }
    }

    /// Returns the error of the HTTP library, with its causes.
    pub(crate) fn into_source(self) -> Option<reqwest::Error> {
        match self {
            Self::Connect { source, .. } | Self::Interrupted { source, .. } => Some(source),
            Self::Undecodable { source, .. } => source,
            Self::Offline { .. } | Self::File(_) | Self::Url | Self::TooLarge(_) => None,
        }
    }

    /// Returns the part of the message that repeats what its source reports.
    pub(crate) fn repeated(&self) -> Option<String> {
        match self {
            Self::Connect { error, .. } => error.repeated(),
            Self::Interrupted { reason, .. } => match reason {
                Interruption::InvalidHttp(why) | Interruption::TimedOut(why) | Interruption::Lost(why) => {
                    Some(format!(": {why}"))
                }
                Interruption::GoAway | Interruption::ClientCertificateRequired => None,
            },
            Self::Undecodable { reason, source: Some(_), .. } => Some(format!(": {reason}")),
            Self::Undecodable { source: None, .. }
            | Self::Offline { .. }
            | Self::File(_)
            | Self::Url
            | Self::TooLarge(_) => None,
        }
    }

    /// Returns the kind of failure of the connection, if it failed.
    pub(crate) fn connection_failure(&self) -> Option<ConnectionFailure> {
        match self {
            Self::Offline { .. } => Some(ConnectionFailure::Offline),
            Self::Connect { error, source } => Some(error.connection_failure(source)),
            Self::Interrupted { reason, .. } => Some(match reason {
                Interruption::TimedOut(_) => ConnectionFailure::Timeout,
                Interruption::ClientCertificateRequired => ConnectionFailure::Tls,
                Interruption::InvalidHttp(_) => ConnectionFailure::Other,
                Interruption::GoAway | Interruption::Lost(_) => ConnectionFailure::Reset,
            }),
            Self::File(_) | Self::Url | Self::TooLarge(_) | Self::Undecodable { .. } => None,
        }
    }

    pub(crate) fn message(&self, url: &Url) -> String {
        let server = server(url);
        match self {
            Self::Offline { host, by_process: false } => format!(
                "offline mode: refused to connect to {host}; unset CALLFLUENT_OFFLINE or set the option offline to false"
            ),
            Self::Offline { host, by_process: true } => format!(
                "offline mode: refused to connect to {host} from a test; create the client while the sandbox runs, \
                 or pass it the base URL of the sandbox (a client with the option offline set to false may connect)"
            ),
            Self::Connect { error, .. } => format!("could not connect to {server}: {error}"),
            Self::Interrupted { reason, .. } => match reason {
                Interruption::GoAway => {
                    format!("connection to {server} was lost: the server closed it before this request")
                }
                Interruption::InvalidHttp(why) => format!("invalid HTTP response from {server}: {why}"),
                Interruption::ClientCertificateRequired => {
                    format!("connection to {server} was lost: {CLIENT_CERTIFICATE_REQUIRED}")
                }
                Interruption::TimedOut(why) | Interruption::Lost(why) => {
                    format!("connection to {server} was lost: {why}")
                }
            },
            Self::File(error) => error.to_string(),
            Self::Url => "URL is too long".to_owned(),
            Self::TooLarge(_) => format!("response is larger than {} MiB", MAX_BODY_SIZE / 1024 / 1024),
            Self::Undecodable { reason, .. } => format!("response could not be decompressed: {reason}"),
        }
    }
}

impl Interruption {
    fn new(error: &reqwest::Error) -> Self {
        let why = innermost(error);
        let alert = find::<rustls::Error>(error);
        if error.is_timeout() {
            Self::TimedOut(why)
        } else if alert.is_some_and(is_certificate_required) {
            Self::ClientCertificateRequired
        } else if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
            Self::InvalidHttp(why)
        } else {
            Self::Lost(why)
        }
    }
}

/// Returns host and port, because either can be wrong.
pub(crate) fn server(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}
