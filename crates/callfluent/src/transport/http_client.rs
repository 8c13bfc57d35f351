//! The configured reqwest client. TCP, TLS, DNS, proxies and HTTP are reqwest's; its retries and
//! redirects are off, because both depend on what may be sent twice or elsewhere.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Proxy, redirect, retry};
use rustls::ClientConfig;
use url::Url;

use super::base_url::{BaseUrl, is_loopback};
use super::connect_throttle::{ConnectThrottle, MAX_FIRST_CONNECTION_WAIT, ThrottleLayer};
use super::options::TransportOptions;
use super::proxy::{ProxyChoice, proxy_secrets, proxy_url};
use super::tls::{self, Tls};
use crate::error::FieldError;

/// Idle connections are closed before most servers close them, so that a request rarely meets a
/// connection that is being closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(45);
/// TCP keep-alive: probe every 15 s, give up after 3 probes.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const KEEP_ALIVE_RETRIES: u32 = 3;
/// HTTP/2 PINGs while requests are in flight. They find a connection that died behind a proxy,
/// which acknowledges the TCP data itself. The timeout is long, because on a slow link a PING waits
/// behind the data of an upload in the send buffer.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(90);
/// Maximum time without an acknowledgment of sent data.
#[cfg(any(target_os = "android", target_os = "linux"))]
const USER_TIMEOUT: Duration = Duration::from_secs(30);

/// The connections of one client.
pub(crate) struct HttpClient {
    pub(crate) base: BaseUrl,
    pub(super) connect_timeout: Duration,
    pub(super) is_encrypted: bool,
    /// False if no certificate can be verified, because the machine has none.
    pub(crate) has_roots: bool,
    /// A plain-HTTP request that cannot connect may have failed at the proxy.
    pub(super) has_proxy: bool,
    /// The proxy, unless it is one of the operating system's settings.
    pub(super) proxy: Option<Url>,
    /// TLS of the connection to a proxy.
    pub(super) tls: ClientConfig,
    /// The host that offline mode refuses to connect to.
    pub(super) remote_host: Option<String>,
    /// True in offline mode; `None` if the setting of the process counts.
    pub(super) offline: Option<bool>,
    pub(super) throttle: Arc<ConnectThrottle>,
    pub(super) inner: reqwest::Client,
}

impl HttpClient {
    /// Returns a client without connections.
    ///
    /// # Errors
    /// The option that cannot be used.
    pub(crate) fn new(base_url: &Url, options: &TransportOptions) -> Result<Self, FieldError> {
        let is_local = is_loopback(base_url);
        let connect_timeout = options.connect_timeout();
        let is_encrypted = base_url.scheme() == "https";
        let remote_host = remote_host(base_url, options);
        // Only a plain-HTTP client of this machine, e.g. of a sandbox, works without root
        // certificates.
        let may_use_tls = is_encrypted || options.proxy.is_some() || !is_local;
        let is_refused = options.offline == Some(true) && remote_host.is_some();
        let needs_roots = may_use_tls && !is_refused;
        let Tls { config, has_roots } = tls::config(options, needs_roots)?;
        let throttle = Arc::new(ConnectThrottle::new(is_encrypted, connect_timeout));
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            // The throttle has the timeout itself. This one divides it among the addresses of a
            // host.
            .connect_timeout(connect_timeout.saturating_add(MAX_FIRST_CONNECTION_WAIT))
            .pool_idle_timeout(IDLE_TIMEOUT)
            .tcp_keepalive(KEEP_ALIVE)
            .tcp_keepalive_interval(KEEP_ALIVE)
            .tcp_keepalive_retries(KEEP_ALIVE_RETRIES)
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .tls_backend_preconfigured(config.clone())
            .connector_layer(ThrottleLayer(Arc::clone(&throttle)));
        #[cfg(any(target_os = "android", target_os = "linux"))]
        {
            builder = builder.tcp_user_timeout(USER_TIMEOUT);
        }
        let choice = ProxyChoice::new(base_url, options)?;
        builder = match &choice {
            ProxyChoice::Direct => builder.no_proxy(),
            ProxyChoice::System => builder,
            ProxyChoice::Proxy(url) => {
                let proxy = Proxy::all(url.clone()).map_err(|error| FieldError::new("proxy", error.to_string()))?;
                builder.proxy(proxy)
            }
        };
        let inner = builder
            .build()
            .map_err(|error| FieldError::new("client", format!("HTTP client cannot be set up: {error}")))?;
        Ok(Self {
            base: BaseUrl::new(base_url.clone()),
            connect_timeout,
            is_encrypted,
            has_roots,
            has_proxy: options.proxy.is_some() && !is_encrypted,
            proxy: match choice {
                ProxyChoice::Proxy(url) => Some(url),
                ProxyChoice::Direct | ProxyChoice::System => None,
            },
            tls: config,
            remote_host,
            offline: options.offline,
            throttle,
            inner,
        })
    }
}

impl HttpClient {
    /// Returns the credentials of the proxy in each form in which a response may repeat them. A
    /// proxy sees the requests to a server without TLS.
    pub(crate) fn proxy_secrets(&self) -> Vec<String> {
        let proxy = self.proxy.as_ref().filter(|_| !self.is_encrypted);
        proxy.map(proxy_secrets).unwrap_or_default()
    }
}

/// Returns the host that offline mode refuses to connect to: the server, even through a proxy of
/// this machine, or a proxy of another machine. Redirects stay on the host of the base URL.
fn remote_host(base_url: &Url, options: &TransportOptions) -> Option<String> {
    let proxy = options.proxy.as_deref().and_then(|proxy| proxy_url(proxy).ok());
    let remote = [Some(base_url), proxy.as_ref()].into_iter().flatten().find(|url| !is_loopback(url))?;
    Some(remote.host_str().unwrap_or_default().to_owned())
}
