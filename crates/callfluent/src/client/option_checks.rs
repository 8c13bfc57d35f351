//! Checks the options of a client when it is built, and takes the missing ones from the
//! environment. All invalid options are reported together.

use url::Url;

use super::options::RequestOptions;
use crate::api_key::ApiKey;
use crate::error::{CLIENT, Error, FieldError, FieldErrors, Result};
use crate::hooks::HookList;
use crate::transport::{TransportOptions, is_loopback, proxy_url};

const DEFAULT_BASE_URL: &str = "https://api.callfluent.ai/api";
/// Environment variables with defaults.
const API_KEY_VARIABLE: &str = "CALLFLUENT_API_KEY";
const BASE_URL_VARIABLE: &str = "CALLFLUENT_BASE_URL";
const OFFLINE_VARIABLE: &str = "CALLFLUENT_OFFLINE";

/// The options of a client as the user set them.
#[derive(Default)]
pub(super) struct GivenOptions {
    pub(super) api_key: Option<String>,
    pub(super) base_url: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) allow_http: bool,
    pub(super) strict: bool,
    pub(super) hooks: HookList,
    pub(super) transport: TransportOptions,
    pub(super) requests: RequestOptions,
}

/// The options that differ from those that the user set: decoded, or from the environment.
pub(super) struct CheckedOptions {
    pub(super) key: ApiKey,
    pub(super) base_url: Url,
    /// True if the client may connect to this machine only; `None` if the process decides.
    pub(super) offline: Option<bool>,
}

impl GivenOptions {
    /// Checks all options. The headers become options of the requests.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with all invalid options.
    pub(super) fn check(&mut self) -> Result<CheckedOptions> {
        let mut errors = Vec::new();
        let key = self.key(&mut errors);
        let base_url = self.url(&mut errors);
        let offline = self.is_offline(&mut errors);
        self.check_limits(&mut errors);
        self.check_proxy(base_url.as_ref(), &mut errors);
        self.check_timeouts(&mut errors);
        self.check_headers(&mut errors);
        match (key, base_url) {
            (Some(key), Some(base_url)) if errors.is_empty() => Ok(CheckedOptions { key, base_url, offline }),
            _ => Err(Error::InvalidRequest(FieldErrors::new(CLIENT, errors))),
        }
    }

    fn check_limits(&self, errors: &mut Vec<FieldError>) {
        let limits = &self.transport;
        if limits.max_concurrency == Some(0) {
            errors.push(FieldError::new("max_concurrency", "must be at least 1"));
        }
        if limits.requests_per_second.is_some_and(|rate| !(rate > 0.0 && rate.is_finite())) {
            errors.push(FieldError::new("requests_per_second", "must be above 0"));
        }
        if limits.burst == Some(0) {
            errors.push(FieldError::new("burst", "must be at least 1"));
        } else if limits.burst.is_some() && limits.requests_per_second.is_none() {
            let option = self.requests.naming.convert("requests_per_second");
            errors.push(FieldError::new("burst", format!("has no effect without {option}")));
        }
    }

    fn check_proxy(&self, base_url: Option<&Url>, errors: &mut Vec<FieldError>) {
        if let Some(Err(reason)) = self.transport.proxy.as_deref().map(proxy_url) {
            errors.push(FieldError::new("proxy", reason));
        }
        if !self.allow_http && base_url.is_some_and(|url| url.scheme() == "http") && self.proxy_is_remote() {
            let option = self.requests.naming.convert("allow_http");
            let reason =
                "would receive the key in the clear: use an https base URL, or allow http in a trusted network";
            errors.push(FieldError::new("proxy", format!("{reason} ({option})")));
        }
    }

    fn check_timeouts(&self, errors: &mut Vec<FieldError>) {
        let timeouts = [
            ("timeout", self.requests.timeout),
            ("queue_timeout", self.requests.queue_timeout),
            ("connect_timeout", self.transport.connect_timeout),
        ];
        let zero = timeouts.iter().filter(|(_, timeout)| timeout.is_some_and(|timeout| timeout.is_zero()));
        errors.extend(zero.map(|(name, _)| FieldError::new(*name, "must be above 0")));
    }

    fn check_headers(&mut self, errors: &mut Vec<FieldError>) {
        let requests = std::mem::take(&mut self.requests);
        self.requests = self.headers.iter().fold(requests, |options, (name, value)| options.header(name, value));
        let header_errors = self.requests.errors.drain(..);
        errors.extend(header_errors.map(|error| FieldError::new("default_headers", error.reason)));
    }

    /// Returns whether the client may connect to this machine only; `None` if the process decides.
    /// The option overrides the variable.
    fn is_offline(&self, errors: &mut Vec<FieldError>) -> Option<bool> {
        if self.transport.offline.is_some() {
            return self.transport.offline;
        }
        let text = self.transport.environment.get(OFFLINE_VARIABLE)?;
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
        let proxy = self.transport.proxy.as_deref().and_then(|proxy| Url::parse(proxy).ok());
        proxy.is_some_and(|proxy| !is_loopback(&proxy))
    }

    fn key(&self, errors: &mut Vec<FieldError>) -> Option<ApiKey> {
        let api_key = self.api_key.clone().or_else(|| self.transport.environment.get(API_KEY_VARIABLE));
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
        let given = self.base_url.clone().or_else(|| self.transport.environment.get(BASE_URL_VARIABLE));
        let given = given.as_deref().unwrap_or(DEFAULT_BASE_URL);
        let allow_http = self.requests.naming.convert("allow_http");
        let mut error = |reason: &str| {
            errors.push(FieldError::new("base_url", reason));
            None
        };
        // A test that was to reach another server must not reach the production API instead.
        if self.base_url.is_none() && self.transport.environment.is_blank(BASE_URL_VARIABLE) {
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
