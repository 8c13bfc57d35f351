//! Errors of sending: a typed [`SendError`] with everything that the public error reports, and the
//! classification of what the HTTP library says.

use std::error::Error as StdError;
use std::io;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Uri;
use hyper_util::client::legacy;
use rustls::CertificateError;

use super::connector::{TimedOut, ToProxy};
use super::names::Unresolved;
use super::receive::LARGEST_ANSWER;
use super::send::ResponseHead;
use crate::operation::Method;
use crate::retry::{Classified, Outcome};

pub(crate) const HOW_TO_GIVE_CREDENTIALS: &str =
    "give user and password in the proxy's URL, as in http://user:password@proxy:8080";

/// A request that was not answered with a success response, after all its attempts.
#[derive(Debug)]
pub(crate) struct SendError {
    pub(crate) kind: SendErrorKind,
    pub(crate) method: Method,
    pub(crate) url: Uri,
    /// Number of attempts, including ones that made no connection.
    pub(crate) attempts: u32,
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
    Timeout(Duration),
}

/// An attempt without a whole response.
#[derive(Debug)]
pub(crate) enum AttemptError {
    Connection(legacy::Error),
    /// The response had begun.
    Response(hyper::Error),
    File(io::Error),
    TooLarge(ResponseHead),
    /// The response is not compressed as its headers state.
    Undecodable(ResponseHead, io::Error),
}

impl AttemptError {
    pub(super) fn classify(&self) -> Classified {
        let (outcome, transient) = match self {
            Self::Connection(error) => {
                let not_processed = error.is_connect() || is_refused_stream(error);
                let lasting = ConnectError::of(error).is_some_and(|failure| failure.is_lasting());
                (if not_processed { Outcome::NotProcessed } else { Outcome::Unknown }, !lasting)
            }
            // The server had begun to respond, so it may have processed the request.
            Self::Response(_) => (Outcome::Unknown, true),
            Self::File(_) => (Outcome::NotProcessed, false),
            Self::TooLarge(_) | Self::Undecodable(..) => (Outcome::Unknown, false),
        };
        Classified { outcome, transient, server_requested_retry: false, retry_after: None }
    }

    /// Returns whether time ran out, in the client or in the operating system.
    pub(crate) fn is_timeout(&self) -> bool {
        self.library_error().is_some_and(is_timeout)
    }

    /// Returns the error of the HTTP library with all its causes as text.
    pub(crate) fn detail(&self) -> Option<String> {
        match self {
            Self::Undecodable(_, error) => Some(causes(error)),
            other => other.library_error().map(causes),
        }
    }

    fn library_error(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Connection(error) => Some(error),
            Self::Response(error) => Some(error),
            _ => None,
        }
    }

    pub(crate) fn message(&self, uri: &Uri) -> String {
        let server = authority(uri);
        match self {
            Self::Connection(error) if error.is_connect() && is_timeout(error) => {
                format!("no connection to {server} could be made in time")
            }
            Self::Connection(error) if error.is_connect() => {
                let why = ConnectError::of(error).map_or_else(|| innermost(error), |failure| failure.to_string());
                format!("no connection to {server} could be made: {why}")
            }
            Self::Connection(error) => interrupted(&server, error),
            Self::Response(error) => interrupted(&server, error),
            Self::File(error) => error.to_string(),
            Self::TooLarge(_) => format!("the answer is larger than {} MiB", LARGEST_ANSWER / 1024 / 1024),
            Self::Undecodable(_, error) => {
                format!("the answer could not be decompressed: {}", innermost(error))
            }
        }
    }
}

fn interrupted(server: &str, error: &(dyn StdError + 'static)) -> String {
    let why = innermost(error);
    if found::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
        format!("what {server} answers is no HTTP that can be read: {why}")
    } else {
        format!("the connection to {server} broke: {why}")
    }
}

/// Host and port: which of the two is wrong cannot be told from one alone.
fn authority(uri: &Uri) -> String {
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
    format!("{}:{port}", uri.host().unwrap_or_default())
}

/// Why no connection could be made, where more can be said than the library says.
enum ConnectError {
    Certificate(CertificateError),
    Tls(rustls::Error),
    Name(String),
    /// The proxy asks for credentials.
    Credentials,
    /// The proxy answers and does not lead to the server.
    ProxyRefuses,
    NoProxy(String),
    /// The proxy is spoken to over TLS, which fails.
    ProxyTls(Box<ConnectError>),
}

impl ConnectError {
    fn of(error: &legacy::Error) -> Option<Self> {
        if !error.is_connect() {
            return None;
        }
        let tls = found::<rustls::Error>(error).map(|error| match error {
            rustls::Error::InvalidCertificate(error) => Self::Certificate(error.clone()),
            error => Self::Tls(error.clone()),
        });
        // The library keeps the type of this error to itself.
        let tunnel = chain(error).map(ToString::to_string).find(|text| text.starts_with("tunnel error: "));
        let is_of_the_proxy = tunnel.is_some() || found::<ToProxy>(error).is_some();
        match (tunnel.as_deref(), tls) {
            (_, Some(tls)) if is_of_the_proxy => Some(Self::ProxyTls(Box::new(tls))),
            (_, Some(tls)) => Some(tls),
            (Some("tunnel error: proxy authorization required"), None) => Some(Self::Credentials),
            (Some("tunnel error: failed to create underlying connection"), None) => {
                Some(Self::NoProxy(innermost(error)))
            }
            (Some(_), None) => Some(Self::ProxyRefuses),
            (None, None) if is_of_the_proxy => Some(Self::NoProxy(innermost(error))),
            (None, None) => found::<Unresolved>(error).map(|unresolved| Self::Name(unresolved.to_string())),
        }
    }

    /// Whether another attempt would fail in the same way.
    fn is_lasting(&self) -> bool {
        match self {
            Self::Certificate(_) | Self::Credentials => true,
            Self::ProxyTls(failure) => failure.is_lasting(),
            _ => false,
        }
    }
}

impl std::fmt::Display for ConnectError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Certificate(CertificateError::UnknownIssuer) => formatter.write_str(
                "its certificate is of an authority that this machine does not trust; if you do, give the client the authority's PEM file as its CA bundle",
            ),
            Self::Certificate(CertificateError::Expired) => {
                formatter.write_str("its certificate has expired, or this machine's clock is wrong")
            }
            Self::Certificate(CertificateError::ExpiredContext { not_after, .. }) => {
                write!(formatter, "its certificate expired on {}, or this machine's clock is wrong", date(*not_after))
            }
            Self::Certificate(CertificateError::NotValidYetContext { not_before, .. }) => {
                let begins = date(*not_before);
                write!(formatter, "its certificate is not valid before {begins}, or this machine's clock is wrong")
            }
            Self::Certificate(CertificateError::NotValidForNameContext { presented, .. }) => {
                write!(formatter, "its certificate is for another host: {}", presented.join(", "))
            }
            Self::Certificate(error) => write!(formatter, "its certificate is not accepted: {error}"),
            Self::Tls(error) => write!(formatter, "TLS could not be agreed upon: {error}"),
            Self::Name(reason) => write!(formatter, "its name leads nowhere ({reason}); check the base URL and the network"),
            Self::Credentials => write!(formatter, "the proxy asks for other credentials: {HOW_TO_GIVE_CREDENTIALS}"),
            Self::ProxyRefuses => formatter.write_str("the proxy does not lead there"),
            Self::NoProxy(reason) => write!(formatter, "the proxy cannot be reached: {reason}"),
            Self::ProxyTls(failure) => write!(formatter, "the proxy cannot be reached: {failure}"),
        }
    }
}

fn date(time: rustls::pki_types::UnixTime) -> String {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(time.as_secs()));
    time.map_or_else(|| "a day beyond any calendar".to_owned(), httpdate::fmt_http_date)
}

/// Whether the server says that it did not begin with the request (RFC 9113, 8.7).
fn is_refused_stream(error: &legacy::Error) -> bool {
    found::<h2::Error>(error)
        .is_some_and(|error| error.is_remote() && error.reason() == Some(h2::Reason::REFUSED_STREAM))
}

/// Whether time ran out, here or in the system.
fn is_timeout(error: &(dyn StdError + 'static)) -> bool {
    chain(error).any(|error| {
        error.is::<TimedOut>()
            || error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_timeout)
            || error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
    })
}

/// The errors from the outermost to the innermost; also those that an `io::Error` holds, which it does not tell of.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| inner(*error))
}

fn inner<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(held) => Some(held),
        None => error.source(),
    }
}

fn found<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref::<E>())
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

/// What happened and the chain of errors behind it, as one text.
fn causes(error: &(dyn StdError + 'static)) -> String {
    let connecting = error.downcast_ref::<legacy::Error>().is_some_and(legacy::Error::is_connect);
    let mut text = match (connecting, is_timeout(error)) {
        (_, true) => "timed out".to_owned(),
        (true, _) => "cannot connect".to_owned(),
        _ => "request failed".to_owned(),
    };
    let mut cause = Some(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
