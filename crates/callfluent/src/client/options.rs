//! What can be set for each request: timeout, retries, headers, further body fields, validation.

use std::time::{Duration, Instant};

use http::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};

use super::{DEFAULT_TIMEOUT, ExtraBody};
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::schema::Naming;

/// The options of a client's requests; change them with [`CallFluent::with_options`](crate::CallFluent::with_options).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RequestOptions {
    pub(crate) timeout: Option<Duration>,
    /// When a call that is made of several requests has to be done.
    pub(crate) deadline: Option<Instant>,
    pub(crate) max_retries: u32,
    pub(crate) headers: HeaderMap,
    pub(crate) extra_body: Option<ExtraBody>,
    pub(crate) validate: bool,
    /// How sentences of the client name fields.
    pub(crate) naming: Naming,
    /// What cannot be used, told when a request is to be sent.
    pub(crate) problems: Vec<FieldError>,
}

impl Default for RequestOptions {
    fn default() -> Self {
        Self {
            timeout: Some(DEFAULT_TIMEOUT),
            deadline: None,
            max_retries: 2,
            headers: HeaderMap::new(),
            extra_body: None,
            validate: true,
            naming: Naming::Snake,
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

    /// Adds a header. `Authorization`, `Content-Length` and `Transfer-Encoding` are the client's own and cannot be set.
    ///
    /// A name or value that cannot stand in a header makes every request fail with
    /// [`InvalidRequest`](crate::Error::InvalidRequest) before it is sent.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match read_header(name, value) {
            Ok((header, value)) => {
                self.headers.insert(header, value);
            }
            Err(reason) => self.problems.push(FieldError::new("headers", format!("{name:?} {reason}"))),
        }
        self
    }

    /// Checks what was set; every request does so before it is sent.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::Error::InvalidRequest) with every header that cannot be used, and a timeout of nothing.
    pub fn check(&self) -> Result<()> {
        let no_time = self.timeout.is_some_and(|timeout| timeout.is_zero());
        if self.problems.is_empty() && !no_time {
            return Ok(());
        }
        let mut problems = self.problems.clone();
        if no_time {
            problems.push(FieldError::new("timeout", "must be above 0"));
        }
        Err(Error::InvalidRequest(FieldErrors::new("request", problems)))
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
    if header == CONTENT_LENGTH || header == TRANSFER_ENCODING {
        return Err("follows from what is sent");
    }
    let mut value = HeaderValue::try_from(value).map_err(|_| "has a value that cannot stand in a header")?;
    // Whatever a user puts there may be a secret.
    value.set_sensitive(true);
    Ok((header, value))
}
