//! What can be set for each request: timeout, retries, headers, further body fields, validation.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use crate::client::{DEFAULT_TIMEOUT, ExtraBody};
use crate::error::{Error, Problem, Problems, Result};

/// The options of a client's requests; change them with [`CallFluent::with_options`](crate::CallFluent::with_options).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RequestOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_retries: u32,
    pub(crate) headers: HeaderMap,
    pub(crate) extra_body: Option<ExtraBody>,
    pub(crate) validate: bool,
    /// What cannot be used, told when a request is to be sent.
    pub(crate) problems: Vec<Problem>,
}

impl Default for RequestOptions {
    fn default() -> Self {
        Self {
            timeout: Some(DEFAULT_TIMEOUT),
            max_retries: 2,
            headers: HeaderMap::new(),
            extra_body: None,
            validate: true,
            problems: Vec::new(),
        }
    }
}

impl RequestOptions {
    /// How long a whole call may take, with all its attempts and the waits between them. By default 60 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Lets calls take as long as they take.
    #[must_use]
    pub fn no_timeout(mut self) -> Self {
        self.timeout = None;
        self
    }

    /// How often a call is tried again, where that is harmless. By default 2.
    #[must_use]
    pub fn max_retries(mut self, max_retries: u32) -> Self {
        self.max_retries = max_retries;
        self
    }

    /// Adds a header. `Authorization` is the client's own and cannot be set.
    ///
    /// A name or value that cannot stand in a header makes every request fail with
    /// [`InvalidRequest`](crate::Error::InvalidRequest) before it is sent.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match read_header(name, value) {
            Ok((header, value)) => {
                self.headers.insert(header, value);
            }
            Err(reason) => self.problems.push(Problem::new("headers", format!("{name:?} {reason}"))),
        }
        self
    }

    /// Checks what was set; every request does so before it is sent.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::Error::InvalidRequest) with every header that cannot be used.
    pub fn check(&self) -> Result<()> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(Error::InvalidRequest(Problems::new("request", self.problems.clone())))
    }

    /// Adds fields to the body of every request that has a JSON body, inside the API's wrapper where it has one.
    #[must_use]
    pub fn extra_body(mut self, fields: serde_json::Map<String, serde_json::Value>) -> Self {
        self.extra_body = Some(fields);
        self
    }

    /// Whether arguments are checked against the documentation before anything is sent. By default they are.
    #[must_use]
    pub fn validate(mut self, validate: bool) -> Self {
        self.validate = validate;
        self
    }
}

fn read_header(name: &str, value: &str) -> std::result::Result<(HeaderName, HeaderValue), &'static str> {
    let header = HeaderName::try_from(name).map_err(|_| "is no name of a header")?;
    if header == AUTHORIZATION {
        return Err("is set from the API key");
    }
    let mut value = HeaderValue::try_from(value).map_err(|_| "has a value that cannot stand in a header")?;
    // Whatever a user puts there may be a secret.
    value.set_sensitive(true);
    Ok((header, value))
}
