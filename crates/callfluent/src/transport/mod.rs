//! How requests reach the server: one TLS context for all clients, a connection pool for each, limits, and the loop of
//! attempts. It stands on hyper-util's client; `docs/reports/performance.md` says why not on reqwest.

mod base_url;
mod bucket;
mod connector;
mod content;
mod error;
mod limits;
mod names;
mod pace;
mod proxy;
mod receive;
mod send;
mod tls;
mod wire;

pub(crate) use error::{AttemptError, HOW_TO_GIVE_CREDENTIALS, SendError, SendErrorKind};
pub(crate) use limits::Limits;
pub(crate) use proxy::proxy_url;
pub(crate) use send::{Request, Response, ResponseHead, send};

use std::time::Duration;

use http::HeaderValue;
use http::header::PROXY_AUTHORIZATION;
use hyper::body::Incoming;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use url::Url;

use crate::environment::Environment;
use crate::error::{Error, FieldError, FieldErrors, Result};
use base_url::BaseUrl;
use connector::Connector;
use content::Content;
use proxy::Proxy;

/// What connections and their limits are made from.
#[derive(Debug, Clone)]
pub(crate) struct TransportOptions {
    pub(crate) base_url: Url,
    pub(crate) connect_timeout: Duration,
    pub(crate) proxy: Option<String>,
    pub(crate) environment: Environment,
    pub(crate) ca_bundle: Option<std::path::PathBuf>,
    pub(crate) max_concurrency: Option<usize>,
    pub(crate) requests_per_second: Option<f64>,
}

/// Idle connections are closed before most servers close them, so that a request rarely meets a dying one.
const IDLE: Duration = Duration::from_secs(45);

/// A connection that carries many requests is given up when it answers nothing for so long; otherwise each request on it would
/// have to time out by itself until the system gives it up.
const SILENCE: Duration = Duration::from_secs(10);

/// The connections of one client.
pub(crate) struct Connections {
    pub(crate) base: BaseUrl,
    pool: Client<Connector, Content>,
    /// What a proxy is told that is sent the requests themselves.
    credentials: Option<HeaderValue>,
}

impl Connections {
    /// Makes a connection pool.
    pub(crate) fn new(options: &TransportOptions) -> Result<Self> {
        let invalid = |field: &str, reason: String| {
            Error::InvalidRequest(FieldErrors::new("client", vec![FieldError::new(field, reason)]))
        };
        let base =
            BaseUrl::new(&options.base_url).map_err(|error| invalid("base_url", format!("cannot be used: {error}")))?;
        let encrypted = options.base_url.scheme() == "https";
        let proxy = match &options.proxy {
            Some(proxy) => Proxy::given(proxy, base.uri(), &options.environment),
            // A proxy has no way to this machine's own servers.
            None if is_loopback(&options.base_url) => Ok(None),
            None => Proxy::of_the_machine(base.uri(), &options.environment),
        };
        let proxy = proxy.map_err(|reason| invalid("proxy", reason))?;
        let needs_roots = encrypted || proxy.as_ref().is_some_and(|proxy| proxy.uri().scheme_str() == Some("https"));
        // A client of a sandbox does without, and without the memory that it takes.
        let needs_tls = needs_roots || proxy.is_some() || options.ca_bundle.is_some();
        let tls = needs_tls
            .then(|| tls::context(options.ca_bundle.as_deref(), needs_roots))
            .transpose()
            .map_err(|reason| invalid("ca_bundle", reason))?;
        let connector = Connector::new(tls, proxy.as_ref(), encrypted, options.connect_timeout);
        let pool = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http2_keep_alive_interval(SILENCE)
            .http2_keep_alive_timeout(SILENCE)
            .build(connector);
        let credentials = proxy.filter(|_| !encrypted).and_then(|proxy| proxy.credentials().cloned());
        Ok(Self { base, pool, credentials })
    }

    /// Sends one request, over a connection that is there or is made for it.
    async fn send(
        &self,
        mut request: http::Request<Content>,
    ) -> std::result::Result<http::Response<Incoming>, legacy::Error> {
        if let Some(credentials) = &self.credentials {
            request.headers_mut().entry(PROXY_AUTHORIZATION).or_insert_with(|| credentials.clone());
        }
        pace::wanting(self.pool.request(request)).await
    }
}

/// Whether a URL names this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        // Not every resolver keeps the names below it on this machine.
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
