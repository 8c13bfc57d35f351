//! Makes a client: key, address, timeouts, limits, proxy and certificates, each checked with a message that says what to do.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::{CallFluent, RequestOptions, Shared};
use crate::api_key::ApiKey;
use crate::environment::Environment;
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::fork_local::ForkLocal;
use crate::retry::Budget;
use crate::schema::Naming;
use crate::transport::{TransportOptions, is_loopback, proxy_url};

const DEFAULT_BASE_URL: &str = "https://api.callfluent.ai/api";
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The variables that a client reads.
const KEY_VARIABLE: &str = "CALLFLUENT_API_KEY";
const BASE_URL_VARIABLE: &str = "CALLFLUENT_BASE_URL";

/// Makes a [`CallFluent`] client; see there.
#[must_use = "call build() to make the client"]
#[derive(Default)]
pub struct ClientBuilder {
    api_key: Option<String>,
    base_url: Option<String>,
    connect_timeout: Option<Duration>,
    max_concurrency: Option<usize>,
    requests_per_second: Option<f64>,
    headers: Vec<(String, String)>,
    proxy: Option<String>,
    ca_bundle: Option<PathBuf>,
    allow_http: bool,
    strict: bool,
    environment: Environment,
    options: RequestOptions,
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// The API key. By default that of `CALLFLUENT_API_KEY`.
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.api_key = Some(api_key.into());
        self
    }

    /// The URL that all paths are below. By default that of `CALLFLUENT_BASE_URL`, or `https://api.callfluent.ai/api`.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// How long a whole call may take, with all its attempts and the waits between them. By default 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.timeout(timeout);
        self
    }

    /// How long making a connection may take. By default 10 s. Where more than 64 are needed at once, it includes the wait for
    /// a turn: four are begun in each millisecond.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// How often a call is tried again, where that is harmless. By default 2.
    pub fn max_retries(mut self, max_retries: u32) -> Self {
        self.options = self.options.max_retries(max_retries);
        self
    }

    /// How many requests may be under way at once, over all clones of the client; at least 1. By default there is no limit.
    /// A call that has its place keeps it until it has ended or is dropped, also while nobody polls it.
    pub fn max_concurrency(mut self, most: usize) -> Self {
        self.max_concurrency = Some(most);
        self
    }

    /// How many requests may start in a second, over all clones of the client; above 0. By default there is no limit.
    /// A call that nobody polls loses its turn to those behind it.
    pub fn requests_per_second(mut self, most: f64) -> Self {
        self.requests_per_second = Some(most);
        self
    }

    /// A header for every request.
    pub fn default_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The URL of a proxy, with user and password where it asks for them. By default that of `HTTPS_PROXY`;
    /// `NO_PROXY` is respected.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// A PEM file with certificates to trust beside those of the machine.
    pub fn ca_bundle(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_bundle = Some(path.into());
        self
    }

    /// Whether arguments are checked against the documentation before anything is sent. By default they are.
    pub fn validate(mut self, validate: bool) -> Self {
        self.options = self.options.validate(validate);
        self
    }

    /// Allows an `http://` base URL that is not on this machine. The key then crosses the network in the clear.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Makes an answer that differs from the documentation an error. For tests; see [`CallFluent::drift`].
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// How errors, the log and what a patch dropped name the fields of the documentation. By default in snake case.
    pub fn naming(mut self, naming: Naming) -> Self {
        self.options.naming = naming;
        self
    }

    /// Environment variables that stand for those of the process; for bindings, see [`crate::environment::VARIABLES`].
    #[doc(hidden)]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment = Environment::Given(variables.into_iter().collect());
        self
    }

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with everything that cannot be used.
    pub fn build(self) -> Result<CallFluent> {
        let mut problems = Vec::new();
        let key = self.key(&mut problems);
        let base_url = self.url(&mut problems);
        if self.max_concurrency == Some(0) {
            problems.push(FieldError::new("max_concurrency", "must be at least 1"));
        }
        if self.requests_per_second.is_some_and(|rate| !(rate > 0.0 && rate.is_finite())) {
            problems.push(FieldError::new("requests_per_second", "must be above 0"));
        }
        if let Some(Err(reason)) = self.proxy.as_deref().map(proxy_url) {
            problems.push(FieldError::new("proxy", reason));
        }
        if !self.allow_http && base_url.as_ref().is_some_and(|url| url.scheme() == "http") && self.proxy_is_elsewhere()
        {
            let option = self.options.naming.write("allow_http");
            let reason =
                "would receive the key in the clear: use an https base URL, or allow http in a trusted network";
            problems.push(FieldError::new("proxy", format!("{reason} ({option})")));
        }
        if self.options.timeout.is_some_and(|timeout| timeout.is_zero()) {
            problems.push(FieldError::new("timeout", "must be above 0"));
        }
        if self.connect_timeout.is_some_and(|timeout| timeout.is_zero()) {
            problems.push(FieldError::new("connect_timeout", "must be above 0"));
        }
        let headers = self.headers.iter();
        let mut options = headers.fold(self.options, |options, (name, value)| options.header(name, value));
        let unusable = options.problems.drain(..);
        problems.extend(unusable.map(|problem| FieldError::new("default_headers", problem.reason)));
        let (Some(key), Some(base_url), true) = (key, base_url, problems.is_empty()) else {
            return Err(Error::InvalidRequest(FieldErrors::new("client", problems)));
        };
        let shared = Shared {
            key,
            transport: TransportOptions {
                base_url,
                connect_timeout: self.connect_timeout.unwrap_or(DEFAULT_CONNECT_TIMEOUT),
                proxy: self.proxy,
                environment: self.environment,
                ca_bundle: self.ca_bundle,
                max_concurrency: self.max_concurrency,
                requests_per_second: self.requests_per_second,
            },
            budget: Budget::default(),
            strict: self.strict,
            live: ForkLocal::new(),
        };
        shared.live()?;
        Ok(CallFluent::from_parts(shared, options))
    }

    /// Whether requests go to a proxy on another machine.
    fn proxy_is_elsewhere(&self) -> bool {
        let proxy = self.proxy.as_deref().and_then(|proxy| Url::parse(proxy).ok());
        proxy.is_some_and(|proxy| !is_loopback(&proxy))
    }

    fn key(&self, problems: &mut Vec<FieldError>) -> Option<ApiKey> {
        let given = self.api_key.clone().or_else(|| self.environment.get(KEY_VARIABLE));
        let Some(given) = given else {
            problems
                .push(FieldError::new("api_key", format!("is missing: give it to the client, or set {KEY_VARIABLE}")));
            return None;
        };
        let key = ApiKey::new(&given);
        if key.is_none() {
            problems.push(FieldError::new("api_key", "is empty, or holds white space or control characters"));
        }
        key
    }

    fn url(&self, problems: &mut Vec<FieldError>) -> Option<Url> {
        let given = self.base_url.clone().or_else(|| self.environment.get(BASE_URL_VARIABLE));
        let given = given.as_deref().unwrap_or(DEFAULT_BASE_URL);
        let allow_http = self.options.naming.write("allow_http");
        let mut problem = |reason: &str| {
            problems.push(FieldError::new("base_url", reason));
            None
        };
        let Ok(url) = Url::parse(given) else {
            return problem("is no URL such as https://api.callfluent.ai/api");
        };
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http || is_loopback(&url) => {}
            "http" => {
                let reason = "would send the key in the clear: use https, or allow http in a trusted network";
                return problem(&format!("{reason} ({allow_http})"));
            }
            _ => return problem("must begin with https://"),
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return problem("must hold neither a user, nor a password, nor a query, nor a fragment");
        }
        Some(url)
    }
}
