//! Errors of sending: the typed [`SendError`] with everything that the public error reports, and
//! the classification of what reqwest and the libraries below it report.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use rustls::{AlertDescription, CertificateError};
use url::Url;

use super::http_client::HttpClient;
use super::response_head::{MAX_BODY_SIZE, ResponseHead};
use crate::operation::Method;
use crate::retry::{Classified, Outcome};

pub(crate) const PROXY_CREDENTIALS_HELP: &str =
    "pass user and password in the proxy URL, e.g. http://user:password@proxy:8080";

/// A request that got no success response, after all its attempts.
#[derive(Debug)]
pub(crate) struct SendError {
    pub(crate) kind: SendErrorKind,
    pub(crate) method: Method,
    pub(crate) url: Url,
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
    Timeout { limit: Duration, stage: TimeoutStage },
}

/// Phase of a request when its timeout expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeoutStage {
    /// A limit of the client.
    Limits,
    /// A connection.
    Connection,
    /// The response.
    Response,
}

/// An attempt without a whole response.
#[derive(Debug)]
pub(crate) enum AttemptError {
    /// Offline mode refuses this host.
    Offline(String),
    /// No connection was made.
    Connect {
        error: ConnectError,
        detail: String,
    },
    /// The connection ended before the whole response.
    Interrupted {
        reason: Interruption,
        outcome: Outcome,
        detail: String,
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
        detail: String,
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
        let detail = causes(&error);
        if error.is_connect() {
            return Self::Connect { error: ConnectError::new(&error, http), detail };
        }
        let h2 = find::<h2::Error>(&error).filter(|error| error.is_remote());
        // RFC 9113, 6.8 and 8.7: h2 reports a GOAWAY for streams above its last stream ID only.
        let is_goaway = h2.is_some_and(|error| error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR));
        let is_refused = h2.is_some_and(|error| error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM));
        let outcome = if is_goaway || is_refused { Outcome::NotProcessed } else { Outcome::Unknown };
        let reason = if is_goaway { Interruption::GoAway } else { Interruption::new(&error) };
        Self::Interrupted { reason, outcome, detail }
    }

    /// Classifies an error of reqwest within the response. The server has begun to respond, so it
    /// may have processed the request.
    pub(super) fn from_body_error(error: reqwest::Error, head: &ResponseHead) -> Self {
        let error = error.without_url();
        let detail = causes(&error);
        if find::<hyper::Error>(&error).is_none() && !error.is_timeout() {
            let head = ResponseHead { status: head.status, headers: head.headers.clone() };
            return Self::Undecodable { head, reason: innermost(&error), detail };
        }
        Self::Interrupted { reason: Interruption::new(&error), outcome: Outcome::Unknown, detail }
    }

    pub(super) fn classify(&self) -> Classified {
        let (outcome, transient) = match self {
            Self::Connect { error, .. } => (Outcome::NotProcessed, !error.is_lasting()),
            Self::Interrupted { outcome, .. } => (*outcome, true),
            Self::Offline(_) | Self::File(_) | Self::Url => (Outcome::NotProcessed, false),
            Self::TooLarge(_) | Self::Undecodable { .. } => (Outcome::Unknown, false),
        };
        Classified { outcome, transient, server_requested_retry: false, retry_after: None }
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

    /// Returns the error of the HTTP library with all its causes.
    pub(crate) fn detail(&self) -> Option<&str> {
        match self {
            Self::Connect { detail, .. } | Self::Interrupted { detail, .. } | Self::Undecodable { detail, .. } => {
                Some(detail)
            }
            Self::Offline(_) | Self::File(_) | Self::Url | Self::TooLarge(_) => None,
        }
    }

    pub(crate) fn message(&self, url: &Url) -> String {
        let server = server(url);
        match self {
            Self::Offline(host) => format!(
                "offline mode: refused to connect to {host}; unset CALLFLUENT_OFFLINE or set the option offline to false"
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

const CLIENT_CERTIFICATE_REQUIRED: &str =
    "the server requires a client certificate; pass a PEM file with certificate and key as the client certificate";

const NO_ROOT_CERTIFICATES: &str = "certificate verification failed: this machine has no root certificates; \
    install the package ca-certificates, or pass a PEM file as the CA bundle";

/// The reason why no connection was made.
#[derive(Debug)]
pub(crate) enum ConnectError {
    Certificate(CertificateError),
    /// The machine has no certificates to verify with.
    NoRootCertificates,
    ClientCertificateRequired,
    Tls(String),
    Dns(String),
    /// The connect timeout expired; `None` if the operating system gave up.
    TimedOut(Option<Duration>),
    /// The process can open no more sockets.
    TooManyOpenFiles,
    ProxyCredentials,
    ProxyRefused,
    /// The proxy cannot be reached, or the TLS connection to it fails.
    Proxy(Box<ConnectError>),
    /// Of the server, or of the proxy if the client has one.
    Other {
        why: String,
        has_proxy: bool,
    },
}

impl ConnectError {
    fn new(error: &reqwest::Error, http: &HttpClient) -> Self {
        // The types of these errors are private to hyper-util and reqwest.
        let tunnel = chain(error)
            .map(ToString::to_string)
            .find(|text| text.starts_with("tunnel error: ") || text.starts_with("SOCKS error: "));
        let why = innermost(error);
        let tls = find::<rustls::Error>(error).map(|error| match error {
            rustls::Error::InvalidCertificate(_) if !http.has_roots => Self::NoRootCertificates,
            rustls::Error::InvalidCertificate(error) => Self::Certificate(error.clone()),
            error if is_certificate_required(error) => Self::ClientCertificateRequired,
            error => Self::Tls(error.to_string()),
        });
        match (tunnel.as_deref(), tls) {
            // Without HTTPS, only the connection to a proxy has TLS.
            (tunnel, Some(tls)) if tunnel.is_some() || !http.is_encrypted => Self::Proxy(Box::new(tls)),
            (_, Some(tls)) => tls,
            _ if is_too_many_open_files(error) => Self::TooManyOpenFiles,
            (Some("tunnel error: proxy authorization required" | "SOCKS error: credentials not accepted"), None) => {
                Self::ProxyCredentials
            }
            (Some(text), None) if text.ends_with(": failed to create underlying connection") => {
                Self::Proxy(Box::new(Self::of_underlying(error, why)))
            }
            (Some("tunnel error: unsuccessful"), None) => Self::ProxyRefused,
            (Some(text), None) => Self::Proxy(Box::new(Self::Other { why: text.to_owned(), has_proxy: false })),
            (None, None) if error.is_timeout() => Self::TimedOut(is_own_timeout(error).then_some(http.connect_timeout)),
            (None, None) if error.is_dns() => Self::Dns(why),
            (None, None) => Self::Other { why, has_proxy: http.has_proxy },
        }
    }

    fn of_underlying(error: &reqwest::Error, why: String) -> Self {
        if error.is_dns() { Self::Dns(why) } else { Self::Other { why, has_proxy: false } }
    }

    /// Returns whether another attempt would fail in the same way.
    fn is_lasting(&self) -> bool {
        match self {
            Self::Certificate(_)
            | Self::NoRootCertificates
            | Self::ClientCertificateRequired
            | Self::ProxyCredentials => true,
            Self::Proxy(error) => error.is_lasting(),
            _ => false,
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(error) => certificate_error(formatter, error),
            Self::NoRootCertificates => formatter.write_str(NO_ROOT_CERTIFICATES),
            Self::ClientCertificateRequired => formatter.write_str(CLIENT_CERTIFICATE_REQUIRED),
            Self::Tls(why) => write!(formatter, "TLS handshake failed: {why}"),
            Self::Dns(why) => {
                write!(formatter, "could not resolve host ({why}); check the base URL and your network")
            }
            Self::TimedOut(Some(limit)) => write!(formatter, "connect timeout of {} s expired", limit.as_secs_f64()),
            Self::TimedOut(None) => formatter.write_str("timed out"),
            Self::TooManyOpenFiles => formatter.write_str("too many open files; raise the limit of this process"),
            Self::ProxyCredentials => write!(formatter, "proxy authentication failed; {PROXY_CREDENTIALS_HELP}"),
            Self::ProxyRefused => formatter.write_str("proxy refused the CONNECT request"),
            Self::Proxy(error) => write!(formatter, "proxy connection failed: {error}"),
            Self::Other { why, has_proxy: true } => write!(formatter, "server or proxy unreachable: {why}"),
            Self::Other { why, has_proxy: false } => formatter.write_str(why),
        }
    }
}

fn certificate_error(formatter: &mut fmt::Formatter<'_>, error: &CertificateError) -> fmt::Result {
    let trust = "if you trust it, pass its PEM file as the CA bundle";
    let clock = "check the certificate and this machine's clock";
    match error {
        CertificateError::UnknownIssuer => {
            write!(formatter, "certificate verification failed: self-signed certificate or unknown issuer; {trust}")
        }
        CertificateError::Expired => write!(formatter, "certificate has expired; {clock}"),
        CertificateError::ExpiredContext { not_after, .. } => {
            write!(formatter, "certificate expired on {}; {clock}", date(*not_after))
        }
        CertificateError::NotValidYet => write!(formatter, "certificate is not valid yet; {clock}"),
        CertificateError::NotValidYetContext { not_before, .. } => {
            write!(formatter, "certificate is not valid before {}; {clock}", date(*not_before))
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            // Each is shown as `DnsName("example.com")`.
            let names = presented.iter().map(|name| name.split('"').nth(1).unwrap_or(name));
            let names = if presented.is_empty() { "no host".to_owned() } else { names.collect::<Vec<_>>().join(", ") };
            write!(formatter, "certificate is not valid for {} (valid for: {names})", expected.to_str())
        }
        CertificateError::BadSignature => {
            formatter.write_str("certificate verification failed: its signature is not that of its issuer")
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            formatter.write_str("certificate verification failed: its key usage does not allow TLS servers")
        }
        #[allow(deprecated)]
        CertificateError::UnsupportedSignatureAlgorithm
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            formatter.write_str("certificate verification failed: unsupported signature algorithm")
        }
        // These come from the platform's verifier, as text only.
        CertificateError::Other(other) => {
            let text = format!("{other:?}");
            if text.contains("CaUsedAsEndEntity") {
                write!(formatter, "certificate verification failed: self-signed certificate; {trust}")
            } else if text.contains("Eku") {
                formatter.write_str("certificate verification failed: its key usage does not allow TLS servers")
            } else {
                write!(formatter, "certificate verification failed: {other}")
            }
        }
        error => write!(formatter, "certificate verification failed: {error}"),
    }
}

fn date(time: rustls::pki_types::UnixTime) -> String {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(time.as_secs()));
    time.map_or_else(|| "an unknown date".to_owned(), httpdate::fmt_http_date)
}

fn is_certificate_required(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::AlertReceived(AlertDescription::CertificateRequired))
}

/// Returns whether reqwest's timer expired, not one of the operating system.
fn is_own_timeout(error: &reqwest::Error) -> bool {
    !chain(error).any(|error| error.downcast_ref::<io::Error>().is_some_and(|error| error.raw_os_error().is_some()))
}

/// Returns whether the process has no free file descriptor. A resolver without one reports
/// something else, so this is also tried.
fn is_too_many_open_files(error: &reqwest::Error) -> bool {
    #[cfg(unix)]
    {
        let is_limit = |error: &io::Error| {
            let errno = error.raw_os_error().map(nix::errno::Errno::from_raw);
            matches!(errno, Some(nix::errno::Errno::EMFILE | nix::errno::Errno::ENFILE))
        };
        chain(error).any(|error| error.downcast_ref::<io::Error>().is_some_and(is_limit))
            || (error.is_dns() && std::fs::File::open("/dev/null").is_err_and(|error| is_limit(&error)))
    }
    #[cfg(not(unix))]
    {
        let _ = error;
        false
    }
}

/// Returns the errors from the outermost to the innermost, including those within an `io::Error`.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| inner(*error))
}

fn inner<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(held) => Some(held),
        None => error.source(),
    }
}

fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref::<E>())
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

/// Returns an error and its causes as one text.
fn causes(error: &(dyn StdError + 'static)) -> String {
    let texts = std::iter::successors(Some(error), |error| (*error).source()).map(ToString::to_string);
    texts.collect::<Vec<_>>().join(": ")
}
