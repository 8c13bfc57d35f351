//! The public error type: the kind of failure, the server's message, and whether the server may
//! have processed the request.

pub(crate) mod classes;
mod context;
mod field_error;
mod file_error;

use std::fmt;
use std::io;
use std::time::Duration;

use crate::redaction::redact_secrets;
use context::WithCause;
pub use context::{ConnectionFailure, ErrorContext};
pub(crate) use context::{RequestTarget, UNKNOWN_OUTCOME};
pub(crate) use field_error::CLIENT;
pub use field_error::{FieldError, FieldErrors};
pub use file_error::FileError;

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
    /// A file of an export could not be read or written. A journal or a file to upload that cannot
    /// be used is an invalid argument instead.
    #[error(transparent)]
    File(Box<FileError>),
}

impl FieldErrors {
    /// # Errors
    /// [`Error::InvalidRequest`] if there is any field error.
    pub(crate) fn into_result(self) -> Result<()> {
        if self.as_slice().is_empty() { Ok(()) } else { Err(Error::InvalidRequest(self)) }
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

    /// Returns the error of a journal that cannot be written. Nothing is sent then.
    pub(crate) fn unwritable_journal(operation: &str, error: &io::Error) -> Self {
        Self::invalid(operation, "journal", format!("cannot be written: {error}"))
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
