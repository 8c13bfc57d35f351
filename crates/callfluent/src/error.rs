//! The public error type: the kind of failure, the server's message, and whether the server may
//! have processed the request.

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::redaction::redact_secrets;
use crate::schema::Naming;

/// The name under which errors of the client's options are reported.
pub(crate) const CLIENT: &str = "client";

/// Help for a request that is not in the catalog.
pub(crate) const UNKNOWN_OUTCOME: &str = "the server may have processed the request; check before you send it again";

/// The result of every method.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of this crate. Its kinds have the same names in Python and Node.
///
/// ```no_run
/// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
/// use callfluent::Error;
/// match client.agents().get(14).await {
///     Ok(details) => println!("{:?}", details.agent.name),
///     Err(Error::NotFound(context)) => println!("no such agent: {}", context.message),
///     Err(error) => return Err(error),
/// }
/// # Ok(()) }
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Arguments are invalid; nothing was sent. Lists every invalid field.
    #[error("{0}")]
    InvalidRequest(FieldErrors),
    /// No response arrived: the connection could not be established, or was lost.
    #[error(transparent)]
    Connection(Box<ErrorContext>),
    /// The total timeout expired, including retries.
    #[error(transparent)]
    Timeout(Box<ErrorContext>),
    /// 400: the request is invalid.
    #[error(transparent)]
    BadRequest(Box<ErrorContext>),
    /// 400: a limit of the account is reached, such as its number of agents.
    #[error(transparent)]
    LimitReached(Box<ErrorContext>),
    /// 401: the API key is missing or invalid.
    #[error(transparent)]
    Authentication(Box<ErrorContext>),
    /// 403: the API key has no permission for the request.
    #[error(transparent)]
    PermissionDenied(Box<ErrorContext>),
    /// 404: nothing with this id exists.
    #[error(transparent)]
    NotFound(Box<ErrorContext>),
    /// 409, or an agent was changed by another client while it was patched.
    #[error(transparent)]
    Conflict(Box<ErrorContext>),
    /// 422: a value in the request is invalid.
    #[error(transparent)]
    UnprocessableEntity(Box<ErrorContext>),
    /// 429: too many requests.
    #[error(transparent)]
    RateLimit(Box<ErrorContext>),
    /// 5xx: the server failed.
    #[error(transparent)]
    InternalServer(Box<ErrorContext>),
    /// An agent was updated, but the server did not keep all values.
    /// [`patch_result`](Error::patch_result) returns the result of the patch.
    #[error(transparent)]
    DroppedFields(Box<ErrorContext>),
    /// An earlier run of a bulk operation may have processed an item: its journal contains the
    /// request, but no result. Nothing was sent.
    #[error(transparent)]
    OutcomeUnknown(Box<ErrorContext>),
    /// Any other error response, such as `"status": false` with status 200, or a redirect that is
    /// not followed.
    #[error(transparent)]
    Status(Box<ErrorContext>),
    /// The response could not be decoded.
    #[error(transparent)]
    Response(Box<ErrorContext>),
    /// A file on this machine could not be read or written.
    #[error(transparent)]
    File(Box<FileError>),
}

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: cannot {action} {}", path.display())]
#[non_exhaustive]
pub struct FileError {
    operation: &'static str,
    action: &'static str,
    /// The file.
    pub path: PathBuf,
    /// The error of the operating system.
    pub source: io::Error,
}

impl FileError {
    pub(crate) fn new(operation: &'static str, action: &'static str, path: PathBuf, source: io::Error) -> Self {
        Self { operation, action, path, source }
    }
}

/// Details of a failed request.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ErrorContext {
    /// Message, in one or two sentences.
    pub message: String,
    /// HTTP status, if there was a response.
    pub status: Option<u16>,
    /// Response body as text, at most 64 KiB.
    pub body: Option<String>,
    /// Response headers by lower-case name, without cookies and credentials. Empty if there was no
    /// response.
    pub headers: BTreeMap<String, String>,
    /// Request id of the server, from the `x-request-id` header.
    pub request_id: Option<String>,
    /// Request id that the caller set; see
    /// [`RequestOptions::request_id`](crate::RequestOptions::request_id).
    pub client_request_id: Option<String>,
    /// HTTP method.
    pub method: String,
    /// URL, without user information.
    pub url: String,
    /// Number of attempts, including retries.
    pub attempts: u32,
    /// Delay that the server requests before the next attempt.
    pub retry_after: Option<Duration>,
    /// True if the server may have processed the request. If so, check its effect before you send
    /// it again.
    pub outcome_unknown: bool,
    /// The possible effect of a request with an unknown outcome, and the place to check it.
    pub outcome_help: Option<String>,
    /// Errors of single fields that the server reports, under the names of the arguments.
    pub field_errors: Vec<FieldError>,
    /// The result of an operation whose effect differs from the request.
    pub(crate) result: Option<Box<dyn Any + Send + Sync>>,
    /// Failure of the connection, if it failed.
    pub connection_failure: Option<ConnectionFailure>,
    /// Error of the underlying library. Its chain of sources leads to an
    /// [`io::Error`](std::io::Error) if there was one.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// The part of the message that the source reports, too.
    pub(crate) repeated: Option<String>,
}

/// Failure of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionFailure {
    /// The host refused the connection.
    Refused,
    /// The name of the host could not be resolved.
    Dns,
    /// The TLS handshake failed, e.g. because a certificate is invalid.
    Tls,
    /// The connection ended before the whole response.
    Reset,
    /// The timeout of the request, of the connection or of the operating system expired.
    Timeout,
    /// The proxy could not be reached, or refused the connection.
    Proxy,
    /// Offline mode refuses the host.
    Offline,
    /// Any other failure.
    Other,
}

impl std::error::Error for ErrorContext {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Without what the source reports, so that an error with its sources repeats nothing.
impl fmt::Display for ErrorContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repeated = self.repeated.as_deref().filter(|_| self.source.is_some());
        match repeated.and_then(|repeated| self.message.split_once(repeated)) {
            Some((before, after)) => self.write(formatter, &format!("{before}{after}")),
            None => self.write(formatter, &self.message),
        }
    }
}

/// An error on one line, with what its source reports.
struct WithCause<'a>(&'a ErrorContext);

impl fmt::Display for WithCause<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(formatter, &self.0.message)
    }
}

impl ErrorContext {
    fn write(&self, formatter: &mut fmt::Formatter<'_>, message: &str) -> fmt::Result {
        if self.outcome_unknown {
            let help = self.outcome_help.as_deref().unwrap_or(UNKNOWN_OUTCOME);
            write!(formatter, "{}. The outcome is unknown: {help}", message.trim_end_matches('.'))?;
        } else {
            formatter.write_str(message)?;
        }
        write!(formatter, " ({} {}", self.method, self.url)?;
        if let Some(status) = self.status {
            write!(formatter, ", status {status}")?;
        }
        if let Some(request_id) = &self.request_id {
            write!(formatter, ", request id {request_id}")?;
        }
        if let Some(request_id) = self.client_request_id.as_ref().filter(|id| self.request_id.as_ref() != Some(*id)) {
            write!(formatter, ", client request id {request_id}")?;
        }
        if self.attempts > 1 {
            write!(formatter, ", {} attempts", self.attempts)?;
        }
        if let Some(wait) = self.retry_after {
            write!(formatter, ", retry after {} s", wait.as_secs_f64())?;
        }
        formatter.write_str(")")
    }
}

/// An error of one field of a request, from the client's validation or from the server.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct FieldError {
    /// Path of the field, such as `answer_creativity` or `action.fields[0].value`.
    pub field: String,
    /// Reason, and the expected value.
    pub reason: String,
    /// The field has the name that the caller gave it, in any naming.
    #[serde(skip)]
    is_given_name: bool,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into(), is_given_name: false }
    }

    /// Returns an error of a field that keeps its name in every naming: the caller must find it.
    pub(crate) fn of_given_name(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { is_given_name: true, ..Self::new(field, reason) }
    }

    /// Returns the error with the name of the column that has the field, if a row has one.
    pub(crate) fn in_column(&self, columns: &[(&str, String)]) -> Self {
        match columns.iter().find(|(field, _)| *field == self.field) {
            Some((_, column)) => Self::of_given_name(column, &self.reason),
            None => self.clone(),
        }
    }

    fn named(&self, naming: Naming) -> Self {
        let field = if self.is_given_name { Cow::Borrowed(&*self.field) } else { naming.convert(&self.field) };
        Self { field: field.into_owned(), ..self.clone() }
    }
}

/// All invalid fields of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldErrors {
    operation: String,
    errors: Vec<FieldError>,
}

impl FieldErrors {
    pub(crate) fn new(operation: impl Into<String>, errors: Vec<FieldError>) -> Self {
        Self { operation: operation.into(), errors }
    }

    /// Returns the operation, such as `agents.create`.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// Returns the errors with the names of operation and fields in another naming.
    #[doc(hidden)]
    #[must_use]
    pub fn named(&self, naming: Naming) -> Self {
        let errors = self.errors.iter().map(|error| error.named(naming));
        Self { operation: naming.convert(&self.operation).into_owned(), errors: errors.collect() }
    }

    /// Iterates over the errors, in the order of the fields.
    pub fn iter(&self) -> std::slice::Iter<'_, FieldError> {
        self.errors.iter()
    }

    /// Returns the errors, in the order of the fields.
    pub fn as_slice(&self) -> &[FieldError] {
        &self.errors
    }
}

impl<'a> IntoIterator for &'a FieldErrors {
    type Item = &'a FieldError;
    type IntoIter = std::slice::Iter<'a, FieldError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.operation {
            CLIENT => formatter.write_str("invalid client configuration: ")?,
            operation => write!(formatter, "{operation}: invalid arguments (not sent): ")?,
        }
        for (index, error) in self.errors.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            write!(formatter, "{}: {}", error.field, error.reason)?;
        }
        Ok(())
    }
}

/// Returns the context of an error, by shared or mutable reference.
macro_rules! context_of {
    ($error:expr) => {
        match $error {
            Self::InvalidRequest(_) | Self::File(_) => None,
            Self::Connection(context)
            | Self::Timeout(context)
            | Self::BadRequest(context)
            | Self::LimitReached(context)
            | Self::Authentication(context)
            | Self::PermissionDenied(context)
            | Self::NotFound(context)
            | Self::Conflict(context)
            | Self::UnprocessableEntity(context)
            | Self::RateLimit(context)
            | Self::InternalServer(context)
            | Self::DroppedFields(context)
            | Self::OutcomeUnknown(context)
            | Self::Status(context)
            | Self::Response(context) => Some(context),
        }
    };
}

/// The output of a `main` that returns an error: kind, message and causes.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {self}", self.name())?;
        let mut cause = std::error::Error::source(self);
        while let Some(inner) = cause {
            write!(formatter, "; caused by: {inner}")?;
            cause = inner.source();
        }
        Ok(())
    }
}

impl Error {
    pub(crate) fn invalid(operation: impl Into<String>, field: &str, reason: impl Into<String>) -> Self {
        Self::InvalidRequest(FieldErrors::new(operation, vec![FieldError::new(field, reason)]))
    }

    /// Returns the error of an error response with this status.
    pub(crate) fn from_status(context: ErrorContext) -> Self {
        let status = context.status.unwrap_or_default();
        let limit_reached = status == 400 && context.message.to_ascii_lowercase().contains("limit");
        let context = Box::new(context);
        match status {
            400 if limit_reached => Self::LimitReached(context),
            400 => Self::BadRequest(context),
            401 => Self::Authentication(context),
            403 => Self::PermissionDenied(context),
            404 => Self::NotFound(context),
            409 => Self::Conflict(context),
            422 => Self::UnprocessableEntity(context),
            429 => Self::RateLimit(context),
            500.. => Self::InternalServer(context),
            _ => Self::Status(context),
        }
    }

    /// Removes secrets of the request, such as passwords, from everything that users see.
    pub(crate) fn without(mut self, secrets: &[String]) -> Self {
        if secrets.is_empty() {
            return self;
        }
        let redacted = |text: &str| redact_secrets(text, secrets);
        if let Some(context) = self.context_mut() {
            context.message = redacted(&context.message);
            context.body = context.body.as_deref().map(redacted);
            context.headers.values_mut().for_each(|value| *value = redacted(value));
            context.request_id = context.request_id.as_deref().map(redacted);
            for error in &mut context.field_errors {
                *error = FieldError::new(redacted(&error.field), redacted(&error.reason));
            }
            context.source = context.source.take().map(|source| redacted(&source.to_string()).into());
        }
        self
    }

    /// Returns the name of the error's class in Python and Node, such as `RateLimitError`. For
    /// [`Error::File`], Python raises an `OSError`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "InvalidRequestError",
            Self::Connection(_) => "APIConnectionError",
            Self::Timeout(_) => "APITimeoutError",
            Self::BadRequest(_) => "BadRequestError",
            Self::LimitReached(_) => "LimitReachedError",
            Self::Authentication(_) => "AuthenticationError",
            Self::PermissionDenied(_) => "PermissionDeniedError",
            Self::NotFound(_) => "NotFoundError",
            Self::Conflict(_) => "ConflictError",
            Self::UnprocessableEntity(_) => "UnprocessableEntityError",
            Self::RateLimit(_) => "RateLimitError",
            Self::InternalServer(_) => "InternalServerError",
            Self::DroppedFields(_) => "DroppedFieldsError",
            Self::OutcomeUnknown(_) => "OutcomeUnknownError",
            Self::Status(_) => "APIStatusError",
            Self::Response(_) => "APIResponseError",
            Self::File(_) => "CallFluentError",
        }
    }

    /// Returns the details of the failed request; `None` if there was none.
    pub fn context(&self) -> Option<&ErrorContext> {
        context_of!(self)
    }

    pub(crate) fn context_mut(&mut self) -> Option<&mut ErrorContext> {
        context_of!(self)
    }

    /// Returns the message without the details of the request.
    pub fn message(&self) -> String {
        match self {
            Self::InvalidRequest(errors) => errors.to_string(),
            Self::File(error) => error.to_string(),
            other => other.context().map(|context| context.message.clone()).unwrap_or_default(),
        }
    }

    /// Returns the whole error on one line, for languages whose errors have no sources.
    #[doc(hidden)]
    pub fn to_line(&self) -> String {
        match self {
            Self::File(error) => format!("{error}: {}", error.source),
            other => other.context().map_or_else(|| other.to_string(), |context| WithCause(context).to_string()),
        }
    }

    /// Returns the errors of the underlying libraries on one line, outermost first.
    #[doc(hidden)]
    pub fn causes(&self) -> Option<String> {
        let source = std::error::Error::source(self)?;
        let causes = std::iter::successors(Some(source), |error| error.source()).map(ToString::to_string);
        Some(causes.collect::<Vec<_>>().join(": "))
    }

    /// Returns the failure of the connection, if it failed.
    pub fn connection_failure(&self) -> Option<ConnectionFailure> {
        self.context()?.connection_failure
    }

    /// Returns the HTTP status, if there was a response.
    pub fn status(&self) -> Option<u16> {
        self.context()?.status
    }

    /// Returns the delay that the server requests before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        self.context()?.retry_after
    }

    /// Returns the invalid fields of the request, as the client or the server reports them. Empty
    /// if there are none.
    pub fn field_errors(&self) -> &[FieldError] {
        match self {
            Self::InvalidRequest(errors) => errors.as_slice(),
            other => other.context().map_or(&[], |context| &context.field_errors),
        }
    }

    /// Returns whether the server may have processed the request although it failed.
    pub fn outcome_unknown(&self) -> bool {
        self.context().is_some_and(|context| context.outcome_unknown)
    }
}
