//! Classification of attempts that made no connection: TCP, DNS, TLS and proxies.

use std::fmt;
use std::io;
use std::time::Duration;

use rustls::CertificateError;

use super::certificate_error::{
    CLIENT_CERTIFICATE_REQUIRED, NO_ROOT_CERTIFICATES, is_certificate_required, write_certificate_error,
};
use super::connect_proxy::Refusal;
use super::error_chain::{chain, find, innermost};
use super::http_client::HttpClient;
use crate::error::ConnectionFailure;

pub(crate) const PROXY_CREDENTIALS_HELP: &str =
    "pass user and password in the proxy URL, e.g. http://user:password@proxy:8080";

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
    /// The proxy's response, if it could be read.
    ProxyRefused(Option<Refusal>),
    /// The proxy cannot be reached, or the TLS connection to it fails.
    Proxy(Box<ConnectError>),
    /// Of the server, or of the proxy if the client has one.
    Other {
        why: String,
        has_proxy: bool,
    },
}

impl ConnectError {
    pub(super) fn new(error: &reqwest::Error, http: &HttpClient) -> Self {
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
            (Some("tunnel error: unsuccessful"), None) => Self::ProxyRefused(None),
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
    pub(super) fn is_lasting(&self) -> bool {
        match self {
            Self::Certificate(_)
            | Self::NoRootCertificates
            | Self::ClientCertificateRequired
            | Self::ProxyCredentials => true,
            Self::ProxyRefused(refusal) => refusal.as_ref().is_some_and(Refusal::is_lasting),
            Self::Proxy(error) => error.is_lasting(),
            _ => false,
        }
    }

    /// Returns the part of the message that repeats what the source reports.
    pub(super) fn repeated(&self) -> Option<String> {
        match self {
            Self::Dns(why) => Some(format!(" ({why})")),
            Self::Tls(why) | Self::Other { why, .. } => Some(format!(": {why}")),
            Self::Proxy(error) => error.repeated(),
            _ => None,
        }
    }

    /// Returns the kind of this failure.
    pub(super) fn connection_failure(&self, source: &reqwest::Error) -> ConnectionFailure {
        match self {
            Self::Certificate(_) | Self::NoRootCertificates | Self::ClientCertificateRequired | Self::Tls(_) => {
                ConnectionFailure::Tls
            }
            Self::Dns(_) => ConnectionFailure::Dns,
            Self::TimedOut(_) => ConnectionFailure::Timeout,
            Self::TooManyOpenFiles => ConnectionFailure::Other,
            Self::Other { .. } => {
                let errors = chain(source).filter_map(|error| error.downcast_ref::<io::Error>());
                errors.map(io::Error::kind).find_map(failure_of_system).unwrap_or(ConnectionFailure::Other)
            }
            // What fails is the proxy, whatever the reason.
            _ => ConnectionFailure::Proxy,
        }
    }
}

fn failure_of_system(kind: io::ErrorKind) -> Option<ConnectionFailure> {
    match kind {
        io::ErrorKind::ConnectionRefused => Some(ConnectionFailure::Refused),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::UnexpectedEof => {
            Some(ConnectionFailure::Reset)
        }
        io::ErrorKind::TimedOut => Some(ConnectionFailure::Timeout),
        _ => None,
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(error) => write_certificate_error(formatter, error),
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
            Self::ProxyRefused(None) => formatter.write_str("proxy refused the CONNECT request"),
            Self::ProxyRefused(Some(refusal)) => {
                write!(formatter, "proxy refused the CONNECT request: {}", refusal.text)
            }
            Self::Proxy(error) => match &**error {
                // The base URL is not the cause.
                Self::Other { why, .. } => write!(formatter, "proxy connection failed: {why}"),
                error => write!(formatter, "proxy connection failed: {error}"),
            },
            Self::Other { why, has_proxy: true } => write!(formatter, "server or proxy unreachable: {why}"),
            Self::Other { why, has_proxy: false } if why.to_lowercase().contains("refused") => {
                write!(formatter, "{why}; check the base URL, and that the server runs")
            }
            Self::Other { why, has_proxy: false } => formatter.write_str(why),
        }
    }
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
