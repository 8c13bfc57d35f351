//! The one error type: what went wrong, what the server said, and whether the request may have been carried out.

use std::fmt;
use std::time::Duration;

use crate::schema::Naming;

/// The result of every call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong, named as in the other languages.
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
    /// The arguments were found wrong before anything was sent; it lists every problem.
    #[error("{0}")]
    InvalidRequest(FieldErrors),
    /// No answer came: no connection could be made, or it broke.
    #[error(transparent)]
    Connection(Box<ErrorContext>),
    /// The answer took longer than the timeout, all attempts together.
    #[error(transparent)]
    Timeout(Box<ErrorContext>),
    /// 400: the server found the request wrong.
    #[error(transparent)]
    BadRequest(Box<ErrorContext>),
    /// 400: a limit of the account is reached, such as its number of agents.
    #[error(transparent)]
    LimitReached(Box<ErrorContext>),
    /// 401: the API key is missing or wrong.
    #[error(transparent)]
    Authentication(Box<ErrorContext>),
    /// 403: the API key may not do this.
    #[error(transparent)]
    PermissionDenied(Box<ErrorContext>),
    /// 404: there is nothing of this id.
    #[error(transparent)]
    NotFound(Box<ErrorContext>),
    /// 409, or an agent that changed while it was being patched.
    #[error(transparent)]
    Conflict(Box<ErrorContext>),
    /// 422: the server could read the request and found a value wrong.
    #[error(transparent)]
    UnprocessableEntity(Box<ErrorContext>),
    /// 429: too many requests.
    #[error(transparent)]
    RateLimit(Box<ErrorContext>),
    /// 500 and above: the server failed.
    #[error(transparent)]
    InternalServer(Box<ErrorContext>),
    /// Any other refusal, such as `"status": false` under 200 or a redirect that is not followed.
    #[error(transparent)]
    Status(Box<ErrorContext>),
    /// The server answered, and the answer could not be read.
    #[error(transparent)]
    Response(Box<ErrorContext>),
}

/// What is known about a request that failed.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ErrorContext {
    /// What went wrong, in one or two sentences.
    pub message: String,
    /// The HTTP status, where an answer came.
    pub status: Option<u16>,
    /// The answer's body as text, at most 64 KiB of it.
    pub body: Option<String>,
    /// The server's id of the request, from the `x-request-id` header.
    pub request_id: Option<String>,
    /// The HTTP method.
    pub method: String,
    /// The URL, without user information.
    pub url: String,
    /// How often the request was sent or tried to be sent.
    pub attempts: u32,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// Whether the request may have been carried out although it failed. Look before you send it again.
    pub outcome_unknown: bool,
    /// What the server finds wrong with single fields, under the names that it gives them.
    pub problems: Vec<FieldError>,
    /// What the library underneath said.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl std::error::Error for ErrorContext {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl fmt::Display for ErrorContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.outcome_unknown {
            formatter.write_str(self.message.trim_end_matches('.'))?;
            formatter.write_str(
                ". The outcome is unknown: the request may have been carried out, so look before you send it again",
            )?;
        } else {
            formatter.write_str(&self.message)?;
        }
        write!(formatter, " ({} {}", self.method, self.url)?;
        if let Some(status) = self.status {
            write!(formatter, ", status {status}")?;
        }
        if let Some(request_id) = &self.request_id {
            write!(formatter, ", request id {request_id}")?;
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

/// One thing that is wrong with the arguments of a call, as the client or the server found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct FieldError {
    /// The path of the field, such as `answer_creativity` or `action.fields[0].value`.
    pub field: String,
    /// What is wrong with it and what is expected.
    pub reason: String,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

/// All that is wrong with the arguments of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldErrors {
    operation: String,
    problems: Vec<FieldError>,
}

impl FieldErrors {
    pub(crate) fn new(operation: impl Into<String>, problems: Vec<FieldError>) -> Self {
        Self { operation: operation.into(), problems }
    }

    /// The operation, such as `agents.create`.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// The same problems, with the names of operation and fields in another naming.
    #[must_use]
    pub fn named(&self, naming: Naming) -> Self {
        let problems = self.problems.iter().map(|problem| FieldError {
            field: naming.write(&problem.field).into_owned(),
            reason: problem.reason.clone(),
        });
        Self { operation: naming.write(&self.operation).into_owned(), problems: problems.collect() }
    }

    /// Goes through every problem, in the order of the fields.
    pub fn iter(&self) -> std::slice::Iter<'_, FieldError> {
        self.problems.iter()
    }

    /// Every problem, in the order of the fields.
    pub fn as_slice(&self) -> &[FieldError] {
        &self.problems
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
            "client" => formatter.write_str("the client cannot be made: ")?,
            operation => write!(formatter, "{operation} was not sent: ")?,
        }
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            write!(formatter, "{}: {}", problem.field, problem.reason)?;
        }
        Ok(())
    }
}

/// What an error knows about its request, by reference of either kind.
macro_rules! context_of {
    ($error:expr) => {
        match $error {
            Self::InvalidRequest(_) => None,
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
            | Self::Status(context)
            | Self::Response(context) => Some(context),
        }
    };
}

/// What a `main` that returns an error shows: its kind, its message, and what is underneath.
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

    /// The error that a refusal with this status is.
    pub(crate) fn of_status(context: ErrorContext) -> Self {
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

    /// The name of this error's class in Python and Node, such as `RateLimitError`.
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
            Self::Status(_) => "APIStatusError",
            Self::Response(_) => "APIResponseError",
        }
    }

    /// What is known about the request; `None` where nothing was sent.
    pub fn context(&self) -> Option<&ErrorContext> {
        context_of!(self)
    }

    pub(crate) fn context_mut(&mut self) -> Option<&mut ErrorContext> {
        context_of!(self)
    }

    /// What went wrong, without the request's particulars.
    pub fn message(&self) -> String {
        match self {
            Self::InvalidRequest(problems) => problems.to_string(),
            other => other.context().map(|context| context.message.clone()).unwrap_or_default(),
        }
    }

    /// The HTTP status, where an answer came.
    pub fn status(&self) -> Option<u16> {
        self.context()?.status
    }

    /// How long the server asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.context()?.retry_after
    }

    /// Everything that is wrong with the arguments, or what a refusing server finds wrong with single fields; empty where
    /// neither is known.
    pub fn problems(&self) -> &[FieldError] {
        match self {
            Self::InvalidRequest(problems) => problems.as_slice(),
            other => other.context().map_or(&[], |context| &context.problems),
        }
    }

    /// Whether the request may have been carried out although it failed.
    pub fn outcome_unknown(&self) -> bool {
        self.context().is_some_and(|context| context.outcome_unknown)
    }
}
