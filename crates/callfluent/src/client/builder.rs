//! Builds a client from API key, base URL, timeouts, limits, proxy and certificates.
//! `option_checks.rs` checks them all.

use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::handle::{CallFluent, Shared};
use super::option_checks::{CheckedOptions, GivenOptions};
use crate::environment::Environment;
use crate::error::Result;
use crate::fork_local::ForkLocal;
use crate::hooks::Hooks;
use crate::retry::Budget;
use crate::schema::Naming;
use crate::transport::TransportOptions;

/// Configures a [`CallFluent`] client. Create one with [`CallFluent::builder`]. The builder of the
/// blocking client, [`ClientBuilder<blocking::CallFluent>`](crate::blocking::CallFluent::builder),
/// has the same methods and builds a blocking client.
///
/// # Example
/// ```no_run
/// # fn example() -> callfluent::Result<()> {
/// use std::time::Duration;
/// let client = callfluent::CallFluent::builder()
///     .api_key("...")
///     .timeout(Duration::from_secs(30))
///     .max_concurrency(20)
///     .build()?;
/// # Ok(()) }
/// ```
#[must_use = "a builder does nothing until build()"]
pub struct ClientBuilder<C = CallFluent> {
    given: GivenOptions,
    /// The client that it builds.
    client: PhantomData<fn() -> C>,
}

impl<C> Default for ClientBuilder<C> {
    fn default() -> Self {
        Self { given: GivenOptions::default(), client: PhantomData }
    }
}

impl<C> std::fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}

impl CallFluent {
    /// Creates a client with this API key and the defaults of [`ClientBuilder`].
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) if the key or an environment variable is invalid.
    pub fn new(api_key: impl Into<String>) -> Result<Self> {
        Self::builder().api_key(api_key).build()
    }

    /// Creates a client from the environment variables `CALLFLUENT_API_KEY` and, if set,
    /// `CALLFLUENT_BASE_URL`.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) if a variable is missing or invalid.
    pub fn from_env() -> Result<Self> {
        Self::builder().build()
    }

    /// Returns a builder.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

impl<C> ClientBuilder<C> {
    /// Sets the API key. Default: the environment variable `CALLFLUENT_API_KEY`.
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.given.api_key = Some(api_key.into());
        self
    }

    /// Sets the base URL. Default: the environment variable `CALLFLUENT_BASE_URL`, or
    /// `https://api.callfluent.ai/api`.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.given.base_url = Some(base_url.into());
        self
    }

    /// Sets the total timeout of a request, including retries and backoff. Default: 60 s. It begins
    /// when the request has its turn; see [`queue_timeout`](Self::queue_timeout). Above 0, or
    /// [`build`](Self::build) returns an [`InvalidRequest`](crate::Error::InvalidRequest).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.given.requests = self.given.requests.timeout(timeout);
        self
    }

    /// Sets the maximum time that a request waits for its turn: for a slot of
    /// [`max_concurrency`](Self::max_concurrency) or
    /// [`requests_per_second`](Self::requests_per_second), or for an earlier change of the same
    /// agent. Default: unlimited. Above 0, as [`timeout`](Self::timeout).
    pub fn queue_timeout(mut self, timeout: Duration) -> Self {
        self.given.requests = self.given.requests.queue_timeout(timeout);
        self
    }

    /// Sets the connect timeout: host name, TCP, proxy and TLS together. Default: 10 s. Above 0, as
    /// [`timeout`](Self::timeout).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.given.transport.connect_timeout = Some(timeout);
        self
    }

    /// Sets the maximum number of retries. Default: 2. A request is retried only if that is safe.
    pub fn max_retries(mut self, max_retries: u32) -> Self {
        self.given.requests = self.given.requests.max_retries(max_retries);
        self
    }

    /// Sets the maximum number of concurrent requests of all clones. At least 1. Default:
    /// unlimited.
    ///
    /// A request occupies a slot until it completes or is dropped, even if its future is not
    /// polled.
    pub fn max_concurrency(mut self, max: usize) -> Self {
        self.given.transport.max_concurrency = Some(max);
        self
    }

    /// Sets the maximum rate at which all clones start requests. Above 0. Default: unlimited.
    ///
    /// A future that is not polled in time loses its slot; it does not block other requests.
    pub fn requests_per_second(mut self, max: f64) -> Self {
        self.given.transport.requests_per_second = Some(max);
        self
    }

    /// Sets the number of requests that may start at once, at least 1, if `requests_per_second` is
    /// set. Default: those of one second. 1 spaces requests evenly. A number above 1,000 counts as
    /// 1,000.
    ///
    /// At most `burst` requests start in any period of `burst / requests_per_second` seconds.
    pub fn burst(mut self, burst: usize) -> Self {
        self.given.transport.burst = Some(burst);
        self
    }

    /// Adds a header to every request.
    pub fn default_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.given.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the URL of a proxy, with user name and password if it requires them. Its scheme is
    /// `http`, `https`, `socks4`, `socks4a`, `socks5` or `socks5h` (the proxy resolves names).
    ///
    /// Default: the environment variables `HTTPS_PROXY` (`HTTP_PROXY` for an http base URL) and
    /// `ALL_PROXY`, in upper or lower case; without them, the settings of the operating system. A
    /// proxy that is not set here is not used for servers of this machine. `NO_PROXY` names servers
    /// that are reached directly, even if a proxy is set here.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.given.transport.proxy = Some(url.into());
        self
    }

    /// Sets a PEM file with certificates to trust in addition to the system's. The environment
    /// variables `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the system's certificates on Linux.
    pub fn ca_bundle(mut self, path: impl Into<PathBuf>) -> Self {
        self.given.transport.ca_bundle = Some(path.into());
        self
    }

    /// Adds PEM certificates in memory to trust in addition to the system's.
    pub fn ca_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.given.transport.ca_certificates.extend_from_slice(pem.as_ref());
        self.given.transport.ca_certificates.push(b'\n');
        self
    }

    /// Sets a PEM file with a client certificate, its chain and its private key, for servers that
    /// require one (mutual TLS).
    pub fn client_certificate(mut self, path: impl Into<PathBuf>) -> Self {
        self.given.transport.client_certificate = Some(path.into());
        self
    }

    /// Sets whether arguments are validated before a request is sent. Default: true.
    pub fn validate(mut self, validate: bool) -> Self {
        self.given.requests = self.given.requests.validate(validate);
        self
    }

    /// Sets whether an `http://` base URL on another machine is allowed. The API key is then sent
    /// unencrypted. Default: false.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.given.allow_http = allow;
        self
    }

    /// Sets whether a response that differs from the documentation is an error. For tests; see
    /// [`CallFluent::drift`]. Default: false.
    pub fn strict(mut self, strict: bool) -> Self {
        self.given.strict = strict;
        self
    }

    /// Sets whether the client refuses every host except this machine, before it resolves a name or
    /// opens a socket. For tests: a sandbox stays reachable, the API does not. Default: the
    /// environment variable `CALLFLUENT_OFFLINE` (`1` or `0`), or the setting of the process, which
    /// [`set_offline`](crate::set_offline) changes.
    pub fn offline(mut self, offline: bool) -> Self {
        self.given.transport.offline = Some(offline);
        self
    }

    /// Adds hooks that run before and after each attempt, after those that were added before.
    pub fn hooks(mut self, hooks: impl Hooks) -> Self {
        self.given.hooks.add(hooks);
        self
    }

    /// Sets a PEM file that a variable of a language names, such as `NODE_EXTRA_CA_CERTS`. A file
    /// that cannot be read is ignored with a warning, as that language does.
    #[doc(hidden)]
    pub fn extra_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.given.transport.extra_ca_file = Some(path.into());
        self
    }

    /// Sets the naming of fields in errors, logs and dropped fields. Default: snake case.
    #[doc(hidden)]
    pub fn naming(mut self, naming: Naming) -> Self {
        self.given.requests.naming = naming;
        self
    }

    /// Sets environment variables to use instead of those of the process; see
    /// `environment::VARIABLES`.
    #[doc(hidden)]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.given.transport.environment = Environment::Given(variables.into_iter().collect());
        self
    }

    /// Builds the client. Does not send anything.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) with all invalid options.
    pub fn build(self) -> Result<C>
    where
        C: From<CallFluent>,
    {
        self.build_async().map(C::from)
    }

    pub(super) fn build_async(mut self) -> Result<CallFluent> {
        let CheckedOptions { key, base_url, offline } = self.given.check()?;
        let GivenOptions { transport, requests, strict, hooks, .. } = self.given;
        let shared = Shared {
            key,
            base_url,
            transport: TransportOptions { offline, ..transport },
            budget: Budget::default(),
            strict,
            hooks,
            live: ForkLocal::new(),
        };
        shared.live()?;
        Ok(CallFluent::from_parts(Arc::new(shared), requests))
    }
}
