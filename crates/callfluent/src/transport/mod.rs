//! How requests reach the server: one TLS context for all clients, a connection pool for each, limits, and the loop of
//! attempts.

mod broken;
mod bucket;
mod limits;
mod pace;
mod send;
mod tls;

pub(crate) use broken::{Connecting, is_refused_stream};
pub(crate) use limits::Limits;
pub(crate) use send::{Answer, Outgoing, error_body, request_id, send};

use std::time::Duration;

use url::Url;

use crate::error::{Error, Problem, Problems, Result};

/// What connections and their limits are made from.
#[derive(Debug, Clone)]
pub(crate) struct TransportOptions {
    pub(crate) base_url: Url,
    pub(crate) connect_timeout: Duration,
    pub(crate) proxy: Option<String>,
    pub(crate) ca_bundle: Option<std::path::PathBuf>,
    pub(crate) max_concurrency: Option<usize>,
    pub(crate) requests_per_second: Option<f64>,
}

/// Idle connections are closed before most servers close them, so that a request rarely meets a dying one.
const IDLE: Duration = Duration::from_secs(45);

/// A connection that carries many requests is given up when it answers nothing for so long; otherwise each request on it would
/// have to time out by itself until the system gives it up.
const SILENCE: Duration = Duration::from_secs(10);

/// Makes a connection pool.
pub(crate) fn connect(options: &TransportOptions) -> Result<reqwest::Client> {
    let invalid =
        |field: &str, reason: String| Error::InvalidRequest(Problems::new("client", vec![Problem::new(field, reason)]));
    // Also a proxy may be spoken to over TLS; the one of the environment is known to the library alone.
    let needs_roots =
        options.base_url.scheme() == "https" || options.proxy.is_some() || !is_loopback(&options.base_url);
    let tls = tls::context(options.ca_bundle.as_deref(), needs_roots).map_err(|reason| invalid("ca_bundle", reason))?;
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(options.connect_timeout)
        .connector_layer(pace::Pace::new())
        .pool_idle_timeout(IDLE)
        .http2_keep_alive_interval(SILENCE)
        .http2_keep_alive_timeout(SILENCE)
        .tcp_nodelay(true)
        // Both are judged in `send`, which knows what may be sent again and where.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    if let Some(proxy) = &options.proxy {
        let proxy = reqwest::Proxy::all(proxy)
            .map_err(|_| invalid("proxy", "is no URL such as http://user:password@proxy:8080".into()))?;
        builder = builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_env()));
    } else if is_loopback(&options.base_url) {
        // A proxy has no way to this machine's own servers.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| invalid("client", format!("cannot be set up: {error}")))
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
