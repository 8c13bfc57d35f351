//! Builds a client from API key, base URL, timeouts, limits, proxy and certificates, and checks
//! them all.

use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::handle::{CallFluent, Shared};
use super::options::RequestOptions;
use crate::api_key::ApiKey;
use crate::environment::Environment;
use crate::error::{CLIENT, Error, FieldError, FieldErrors, Result};
use crate::fork_local::ForkLocal;
use crate::hooks::{HookList, Hooks};
use crate::retry::Budget;
use crate::schema::Naming;
use crate::transport::{TransportOptions, is_loopback, proxy_url};

const DEFAULT_BASE_URL: &str = "https://api.callfluent.ai/api";
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Environment variables with defaults.
const API_KEY_VARIABLE: &str = "CALLFLUENT_API_KEY";
const BASE_URL_VARIABLE: &str = "CALLFLUENT_BASE_URL";
const OFFLINE_VARIABLE: &str = "CALLFLUENT_OFFLINE";

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
    api_key: Option<String>,
    base_url: Option<String>,
    connect_timeout: Option<Duration>,
    max_concurrency: Option<usize>,
    requests_per_second: Option<f64>,
    burst: Option<usize>,
    headers: Vec<(String, String)>,
    proxy: Option<String>,
    ca_bundle: Option<PathBuf>,
    ca_certificates: Vec<u8>,
    extra_ca_file: Option<PathBuf>,
    client_certificate: Option<PathBuf>,
    allow_http: bool,
    strict: bool,
    offline: Option<bool>,
    environment: Environment,
    hooks: HookList,
    options: RequestOptions,
    /// The client that it builds.
    client: PhantomData<fn() -> C>,
}

impl<C> Default for ClientBuilder<C> {
    fn default() -> Self {
        Self {
            api_key: None,
            base_url: None,
            connect_timeout: None,
            max_concurrency: None,
            requests_per_second: None,
            burst: None,
            headers: Vec::new(),
            proxy: None,
            ca_bundle: None,
            ca_certificates: Vec::new(),
            extra_ca_file: None,
            client_certificate: None,
            allow_http: false,
            strict: false,
            offline: None,
            environment: Environment::default(),
            hooks: HookList::default(),
            options: RequestOptions::default(),
            client: PhantomData,
        }
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
    /// [`Error::InvalidRequest`] if the key or an environment variable is invalid.
    pub fn new(api_key: impl Into<String>) -> Result<Self> {
        Self::builder().api_key(api_key).build()
    }

    /// Creates a client from the environment variables `CALLFLUENT_API_KEY` and, if set,
    /// `CALLFLUENT_BASE_URL`.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if a variable is missing or invalid.
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
        self.api_key = Some(api_key.into());
        self
    }

    /// Sets the base URL. Default: the environment variable `CALLFLUENT_BASE_URL`, or
    /// `https://api.callfluent.ai/api`.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Sets the total timeout of a request, including retries and backoff. Default: 60 s. It begins
    /// when the request has its turn; see [`queue_timeout`](Self::queue_timeout). Above 0, or
    /// [`build`](Self::build) returns an [`InvalidRequest`](Error::InvalidRequest).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.timeout(timeout);
        self
    }

    /// Sets the maximum time that a request waits for its turn: for a slot of
    /// [`max_concurrency`](Self::max_concurrency) or
    /// [`requests_per_second`](Self::requests_per_second), or for an earlier change of the same
    /// agent. Default: unlimited. Above 0, as [`timeout`](Self::timeout).
    pub fn queue_timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.queue_timeout(timeout);
        self
    }

    /// Sets the connect timeout: host name, TCP, proxy and TLS together. Default: 10 s. Above 0, as
    /// [`timeout`](Self::timeout).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Sets the maximum number of retries. Default: 2. A request is retried only if that is safe.
    pub fn max_retries(mut self, max_retries: u32) -> Self {
        self.options = self.options.max_retries(max_retries);
        self
    }

    /// Sets the maximum number of concurrent requests of all clones. At least 1. Default:
    /// unlimited.
    ///
    /// A request occupies a slot until it completes or is dropped, even if its future is not
    /// polled.
    pub fn max_concurrency(mut self, max: usize) -> Self {
        self.max_concurrency = Some(max);
        self
    }

    /// Sets the maximum rate at which all clones start requests. Above 0. Default: unlimited.
    ///
    /// A future that is not polled in time loses its slot; it does not block other requests.
    pub fn requests_per_second(mut self, max: f64) -> Self {
        self.requests_per_second = Some(max);
        self
    }

    /// Sets the number of requests that may start at once, at least 1, if `requests_per_second` is
    /// set. Default: those of one second. 1 spaces requests evenly. A number above 1,000 counts as
    /// 1,000.
    ///
    /// At most `burst` requests start in any period of `burst / requests_per_second` seconds.
    pub fn burst(mut self, burst: usize) -> Self {
        self.burst = Some(burst);
        self
    }

    /// Adds a header to every request.
    pub fn default_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
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
        self.proxy = Some(url.into());
        self
    }

    /// Sets a PEM file with certificates to trust in addition to the system's. The environment
    /// variables `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the system's certificates on Linux.
    pub fn ca_bundle(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_bundle = Some(path.into());
        self
    }

    /// Adds PEM certificates in memory to trust in addition to the system's.
    pub fn ca_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.ca_certificates.extend_from_slice(pem.as_ref());
        self.ca_certificates.push(b'\n');
        self
    }

    /// Sets a PEM file with a client certificate, its chain and its private key, for servers that
    /// require one (mutual TLS).
    pub fn client_certificate(mut self, path: impl Into<PathBuf>) -> Self {
        self.client_certificate = Some(path.into());
        self
    }

    /// Sets whether arguments are validated before a request is sent. Default: true.
    pub fn validate(mut self, validate: bool) -> Self {
        self.options = self.options.validate(validate);
        self
    }

    /// Sets whether an `http://` base URL on another machine is allowed. The API key is then sent
    /// unencrypted. Default: false.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Sets whether a response that differs from the documentation is an error. For tests; see
    /// [`CallFluent::drift`]. Default: false.
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Sets whether the client refuses every host except this machine, before it resolves a name or
    /// opens a socket. For tests: a sandbox stays reachable, the API does not. Default: the
    /// environment variable `CALLFLUENT_OFFLINE` (`1` or `0`), or the setting of the process, which
    /// [`set_offline`](crate::set_offline) changes.
    pub fn offline(mut self, offline: bool) -> Self {
        self.offline = Some(offline);
        self
    }

    /// Adds hooks that run before and after each attempt, after those that were added before.
    pub fn hooks(mut self, hooks: impl Hooks) -> Self {
        self.hooks.add(hooks);
        self
    }

    /// Sets a PEM file that a variable of a language names, such as `NODE_EXTRA_CA_CERTS`. A file
    /// that cannot be read is ignored with a warning, as that language does.
    #[doc(hidden)]
    pub fn extra_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.extra_ca_file = Some(path.into());
        self
    }

    /// Sets the naming of fields in errors, logs and dropped fields. Default: snake case.
    #[doc(hidden)]
    pub fn naming(mut self, naming: Naming) -> Self {
        self.options.naming = naming;
        self
    }

    /// Sets environment variables to use instead of those of the process; see
    /// `environment::VARIABLES`.
    #[doc(hidden)]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment = Environment::Given(variables.into_iter().collect());
        self
    }

    /// Builds the client. Does not send anything.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with all invalid options.
    pub fn build(self) -> Result<C>
    where
        C: From<CallFluent>,
    {
        self.build_async().map(C::from)
    }

    pub(super) fn build_async(self) -> Result<CallFluent> {
        let mut errors = Vec::new();
        let key = self.key(&mut errors);
        let base_url = self.url(&mut errors);
        let offline = self.is_offline(&mut errors);
        if self.max_concurrency == Some(0) {
            errors.push(FieldError::new("max_concurrency", "must be at least 1"));
        }
        if self.requests_per_second.is_some_and(|rate| !(rate > 0.0 && rate.is_finite())) {
            errors.push(FieldError::new("requests_per_second", "must be above 0"));
        }
        if self.burst == Some(0) {
            errors.push(FieldError::new("burst", "must be at least 1"));
        } else if self.burst.is_some() && self.requests_per_second.is_none() {
            let option = self.options.naming.convert("requests_per_second");
            errors.push(FieldError::new("burst", format!("has no effect without {option}")));
        }
        if let Some(Err(reason)) = self.proxy.as_deref().map(proxy_url) {
            errors.push(FieldError::new("proxy", reason));
        }
        if !self.allow_http && base_url.as_ref().is_some_and(|url| url.scheme() == "http") && self.proxy_is_remote() {
            let option = self.options.naming.convert("allow_http");
            let reason =
                "would receive the key in the clear: use an https base URL, or allow http in a trusted network";
            errors.push(FieldError::new("proxy", format!("{reason} ({option})")));
        }
        let timeouts = [
            ("timeout", self.options.timeout),
            ("queue_timeout", self.options.queue_timeout),
            ("connect_timeout", self.connect_timeout),
        ];
        let zero = timeouts.iter().filter(|(_, timeout)| timeout.is_some_and(|timeout| timeout.is_zero()));
        errors.extend(zero.map(|(name, _)| FieldError::new(*name, "must be above 0")));
        let headers = self.headers.iter();
        let mut options = headers.fold(self.options, |options, (name, value)| options.header(name, value));
        let header_errors = options.errors.drain(..);
        errors.extend(header_errors.map(|error| FieldError::new("default_headers", error.reason)));
        let (Some(key), Some(base_url), true) = (key, base_url, errors.is_empty()) else {
            return Err(Error::InvalidRequest(FieldErrors::new(CLIENT, errors)));
        };
        let shared = Shared {
            key,
            transport: TransportOptions {
                base_url,
                connect_timeout: self.connect_timeout.unwrap_or(DEFAULT_CONNECT_TIMEOUT),
                proxy: self.proxy,
                environment: self.environment,
                ca_bundle: self.ca_bundle,
                ca_certificates: self.ca_certificates,
                extra_ca_file: self.extra_ca_file,
                client_certificate: self.client_certificate,
                max_concurrency: self.max_concurrency,
                requests_per_second: self.requests_per_second,
                burst: self.burst,
                offline,
            },
            budget: Budget::default(),
            strict: self.strict,
            hooks: self.hooks,
            live: ForkLocal::new(),
        };
        shared.live()?;
        Ok(CallFluent::from_parts(Arc::new(shared), options))
    }

    /// Returns whether the client may connect to this machine only; `None` if the process decides.
    /// The option overrides the variable.
    fn is_offline(&self, errors: &mut Vec<FieldError>) -> Option<bool> {
        if self.offline.is_some() {
            return self.offline;
        }
        let text = self.environment.get(OFFLINE_VARIABLE)?;
        Some(match text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => true,
            "0" | "false" | "no" | "off" => false,
            // A misspelled value must not let a test reach the API.
            _ => {
                errors.push(FieldError::new("offline", format!("{OFFLINE_VARIABLE} must be 1 or 0, got {text:?}")));
                true
            }
        })
    }

    /// Returns whether requests are sent to a proxy on another machine.
    fn proxy_is_remote(&self) -> bool {
        let proxy = self.proxy.as_deref().and_then(|proxy| Url::parse(proxy).ok());
        proxy.is_some_and(|proxy| !is_loopback(&proxy))
    }

    fn key(&self, errors: &mut Vec<FieldError>) -> Option<ApiKey> {
        let api_key = self.api_key.clone().or_else(|| self.environment.get(API_KEY_VARIABLE));
        let Some(api_key) = api_key else {
            errors.push(FieldError::new(
                "api_key",
                format!("is missing: pass it to the client, or set {API_KEY_VARIABLE}"),
            ));
            return None;
        };
        if let Some(reason) = copied_with_more(&api_key) {
            errors.push(FieldError::new("api_key", reason));
            return None;
        }
        let key = ApiKey::new(&api_key);
        if key.is_none() {
            errors.push(FieldError::new("api_key", invalid_key(&api_key)));
        }
        key
    }

    fn url(&self, errors: &mut Vec<FieldError>) -> Option<Url> {
        let given = self.base_url.clone().or_else(|| self.environment.get(BASE_URL_VARIABLE));
        let given = given.as_deref().unwrap_or(DEFAULT_BASE_URL);
        let allow_http = self.options.naming.convert("allow_http");
        let mut error = |reason: &str| {
            errors.push(FieldError::new("base_url", reason));
            None
        };
        // A test that was to reach another server must not reach the production API instead.
        if self.base_url.is_none() && self.environment.is_blank(BASE_URL_VARIABLE) {
            return error(&format!("{BASE_URL_VARIABLE} is set, but it is empty: unset it, or set it to a URL"));
        }
        let Ok(url) = Url::parse(given) else {
            return error("is not a valid URL (expected e.g. https://api.callfluent.ai/api)");
        };
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http || is_loopback(&url) => {}
            "http" => {
                let reason = "would send the key in the clear: use https, or allow http in a trusted network";
                return error(&format!("{reason} ({allow_http})"));
            }
            _ => return error("must start with https://"),
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return error("must not contain a user name, a password, a query or a fragment");
        }
        Some(url)
    }
}

/// Returns the reason against a key that no header can hold, without a part of it. White space
/// around a key, such as the line end of a file, is removed.
fn invalid_key(key: &str) -> &'static str {
    let key = key.trim();
    if key.is_empty() {
        "is empty"
    } else if key.contains(|character: char| character.is_whitespace() || character.is_control()) {
        "contains white space or control characters; copy it again"
    } else {
        "contains a character that is not ASCII, so it is not a key; copy it again"
    }
}

/// Returns the error for a key that was copied together with what stood around it: the server would
/// reject it.
fn copied_with_more(key: &str) -> Option<&'static str> {
    let key = key.trim();
    if key.starts_with('\u{feff}') {
        return Some("starts with a byte order mark; remove it");
    }
    if key.len() > 1 && ['"', '\''].iter().any(|quote| key.starts_with(*quote) && key.ends_with(*quote)) {
        return Some("is in quotes; remove them");
    }
    let scheme = key.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "));
    scheme.then_some("starts with \"Bearer\"; pass the key alone")
}
