//! The configured reqwest client. TCP, TLS, DNS, proxies and HTTP are reqwest's; its retries and
//! redirects are off, because both depend on what may be sent twice or elsewhere.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{ClientBuilder, NoProxy, Proxy, redirect, retry};
use url::Url;

use super::base_url::{BaseUrl, is_loopback};
use super::connect_throttle::{ConnectThrottle, ThrottleLayer};
use super::options::TransportOptions;
use super::tls::{self, Tls};
use crate::environment::Environment;
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
    /// The host that offline mode refuses to connect to.
    pub(super) refused_host: Option<String>,
    pub(super) throttle: Arc<ConnectThrottle>,
    pub(super) inner: reqwest::Client,
}

impl HttpClient {
    /// Returns a client without connections.
    ///
    /// # Errors
    /// The option that cannot be used.
    pub(crate) fn new(options: &TransportOptions) -> Result<Self, FieldError> {
        let is_local = is_loopback(&options.base_url);
        let is_encrypted = options.base_url.scheme() == "https";
        let refused_host = refused_host(options);
        // Only a plain-HTTP client of this machine, e.g. of a sandbox, works without root
        // certificates.
        let may_use_tls = is_encrypted || options.proxy.is_some() || !is_local;
        let needs_roots = may_use_tls && refused_host.is_none();
        let Tls { config, has_roots } = tls::config(options, needs_roots)?;
        let throttle = Arc::new(ConnectThrottle::new(is_encrypted));
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .tcp_keepalive(KEEP_ALIVE)
            .tcp_keepalive_interval(KEEP_ALIVE)
            .tcp_keepalive_retries(KEEP_ALIVE_RETRIES)
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .tls_backend_preconfigured(config)
            .connector_layer(ThrottleLayer(Arc::clone(&throttle)));
        #[cfg(any(target_os = "android", target_os = "linux"))]
        {
            builder = builder.tcp_user_timeout(USER_TIMEOUT);
        }
        let no_proxy = NoProxy::from_string(&options.environment.get_any_case("NO_PROXY").unwrap_or_default());
        builder = match &options.proxy {
            Some(proxy) => {
                let url = proxy_url(proxy).map_err(|reason| FieldError::new("proxy", reason))?;
                let proxy = Proxy::all(url).map_err(|_| FieldError::new("proxy", INVALID_PROXY_URL))?;
                builder.proxy(proxy.no_proxy(no_proxy))
            }
            // A proxy of the environment does not reach the servers of this machine.
            None if is_local => builder.no_proxy(),
            None => with_environment_proxies(builder, &options.environment, no_proxy.as_ref()),
        };
        let inner = builder
            .build()
            .map_err(|error| FieldError::new("client", format!("HTTP client cannot be set up: {error}")))?;
        Ok(Self {
            base: BaseUrl::new(options.base_url.clone()),
            connect_timeout: options.connect_timeout,
            is_encrypted,
            has_roots,
            has_proxy: options.proxy.is_some() && !is_encrypted,
            refused_host,
            throttle,
            inner,
        })
    }
}

/// Returns the host that offline mode refuses to connect to: the server, even through a proxy of
/// this machine, or a proxy of another machine. Redirects stay on the host of the base URL.
fn refused_host(options: &TransportOptions) -> Option<String> {
    let proxy = options.proxy.as_deref().and_then(|proxy| proxy_url(proxy).ok());
    let refused = [Some(&options.base_url), proxy.as_ref()].into_iter().flatten().find(|url| !is_loopback(url))?;
    options.offline.then(|| refused.host_str().unwrap_or_default().to_owned())
}

/// Uses the proxies of the environment, or of the settings of the operating system if no variable
/// is set.
fn with_environment_proxies(
    builder: ClientBuilder,
    environment: &Environment,
    no_proxy: Option<&NoProxy>,
) -> ClientBuilder {
    let is_unset =
        |environment: &Environment| PROXY_VARIABLES.iter().all(|name| environment.get_any_case(name).is_none());
    if is_unset(environment) && is_unset(&Environment::Process) {
        return builder;
    }
    let proxies: [fn(String) -> reqwest::Result<Proxy>; 3] = [Proxy::https, Proxy::http, Proxy::all];
    PROXY_VARIABLES.iter().zip(proxies).fold(builder.no_proxy(), |builder, (name, proxy)| {
        let url = environment.get_any_case(name).map(|url| proxy_url(with_scheme(&url).as_ref()));
        match url.map(|url| url.ok().and_then(|url| proxy(url.into()).ok())) {
            Some(Some(proxy)) => builder.proxy(proxy.no_proxy(no_proxy.cloned())),
            Some(None) => {
                tracing::warn!(target: "callfluent", variable = name, "invalid proxy URL is ignored");
                builder
            }
            None => builder,
        }
    })
}

/// In order of precedence.
const PROXY_VARIABLES: [&str; 3] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"];
const INVALID_PROXY_URL: &str = "is not a valid URL (expected e.g. http://user:password@proxy:8080)";
const PROXY_SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// Returns the URL of a variable, in which the scheme may be omitted as curl allows it.
fn with_scheme(url: &str) -> Cow<'_, str> {
    if url.contains("://") { Cow::Borrowed(url) } else { Cow::Owned(format!("http://{url}")) }
}

/// Parses the URL of a proxy.
///
/// # Errors
/// The reason if it cannot be used.
pub(crate) fn proxy_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(Url::has_host).ok_or(INVALID_PROXY_URL)?;
    // reqwest parses it a second time, with fewer characters, and would then use no proxy at all.
    url.as_str().parse::<http::Uri>().ok().filter(|uri| uri.host().is_some()).ok_or(INVALID_PROXY_URL)?;
    if PROXY_SCHEMES.contains(&url.scheme()) {
        Ok(url)
    } else {
        Err(format!("has the unsupported scheme {:?}; expected one of {}", url.scheme(), PROXY_SCHEMES.join(", ")))
    }
}
