//! Converts core errors to the package's exceptions. One `match` chooses the class, so that a new
//! kind of error is one line.

use callfluent::{Error, FieldError};
use pyo3::exceptions::{PyException, PyOSError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

/// The exceptions, which Python defines because most of them have two base classes.
mod exceptions {
    use pyo3::import_exception;

    import_exception!(callfluent.errors, APIConnectionError);
    import_exception!(callfluent.errors, APIError);
    import_exception!(callfluent.errors, APIResponseError);
    import_exception!(callfluent.errors, APIStatusError);
    import_exception!(callfluent.errors, APITimeoutError);
    import_exception!(callfluent.errors, AuthenticationError);
    import_exception!(callfluent.errors, BadRequestError);
    import_exception!(callfluent.errors, CallFluentError);
    import_exception!(callfluent.errors, ConflictError);
    import_exception!(callfluent.errors, InternalServerError);
    import_exception!(callfluent.errors, InvalidRequestError);
    import_exception!(callfluent.errors, LimitReachedError);
    import_exception!(callfluent.errors, NotFoundError);
    import_exception!(callfluent.errors, PermissionDeniedError);
    import_exception!(callfluent.errors, RateLimitError);
    import_exception!(callfluent.errors, UnprocessableEntityError);
}

/// Reason why a request has no response.
pub(crate) enum InvokeError {
    Client(Error),
    /// A panic of the core, which is a bug.
    Panic(String),
}

impl From<Error> for InvokeError {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

/// Returns the exception for a failed request.
pub(crate) fn to_exception(py: Python<'_>, error: &InvokeError) -> PyErr {
    let exception = match error {
        InvokeError::Client(error) => client_exception(py, error),
        InvokeError::Panic(message) => Ok(exceptions::CallFluentError::new_err(message.clone())),
    };
    exception.unwrap_or_else(|error| error)
}

fn exception_type<'py>(py: Python<'py>, error: &Error) -> Bound<'py, PyType> {
    match error {
        Error::InvalidRequest(_) => py.get_type::<exceptions::InvalidRequestError>(),
        Error::Connection(_) => py.get_type::<exceptions::APIConnectionError>(),
        Error::Timeout(_) => py.get_type::<exceptions::APITimeoutError>(),
        Error::BadRequest(_) => py.get_type::<exceptions::BadRequestError>(),
        Error::LimitReached(_) => py.get_type::<exceptions::LimitReachedError>(),
        Error::Authentication(_) => py.get_type::<exceptions::AuthenticationError>(),
        Error::PermissionDenied(_) => py.get_type::<exceptions::PermissionDeniedError>(),
        Error::NotFound(_) => py.get_type::<exceptions::NotFoundError>(),
        Error::Conflict(_) => py.get_type::<exceptions::ConflictError>(),
        Error::UnprocessableEntity(_) => py.get_type::<exceptions::UnprocessableEntityError>(),
        Error::RateLimit(_) => py.get_type::<exceptions::RateLimitError>(),
        Error::InternalServer(_) => py.get_type::<exceptions::InternalServerError>(),
        Error::Status(_) => py.get_type::<exceptions::APIStatusError>(),
        Error::Response(_) => py.get_type::<exceptions::APIResponseError>(),
        _ => py.get_type::<exceptions::APIError>(),
    }
}

fn client_exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let Some(context) = error.context() else {
        return invalid_arguments(py, error);
    };
    let fields = PyDict::new(py);
    fields.set_item("text", error.to_line())?;
    fields.set_item("field_errors", field_errors(error.field_errors()))?;
    fields.set_item("status_code", context.status)?;
    fields.set_item("body", &context.body)?;
    fields.set_item("request_id", &context.request_id)?;
    fields.set_item("method", &context.method)?;
    fields.set_item("url", &context.url)?;
    fields.set_item("attempts", context.attempts)?;
    fields.set_item("retry_after", context.retry_after.map(|wait| wait.as_secs_f64()))?;
    fields.set_item("outcome_unknown", context.outcome_unknown)?;
    let exception = new_exception(&exception_type(py, error), &context.message, &fields)?;
    if let Some(causes) = error.causes() {
        exception.set_cause(py, Some(PyOSError::new_err(causes)));
    }
    Ok(exception)
}

/// Returns the exception for arguments that the core rejects. Today's offset of a time zone that
/// was passed by its name is added: Python knows the zones.
fn invalid_arguments(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let mut message = error.message();
    let mut errors = Vec::new();
    for FieldError { field, reason, .. } in error.field_errors() {
        let mut explained = reason.clone();
        if reason.starts_with(EXPECTED_OFFSET)
            && let Some((_, zone)) = reason.trim_end_matches('"').rsplit_once('"')
            && let Some(offset) = offset_today(py, zone)?
        {
            explained = format!("{reason}, which is {offset} today");
            message = message.replacen(reason, &explained, 1);
        }
        errors.push((field.clone(), explained));
    }
    invalid_request(py, &message, errors)
}

/// Beginning of the reason against a time zone.
const EXPECTED_OFFSET: &str = "expected an offset from UTC";

fn offset_today(py: Python<'_>, zone: &str) -> PyResult<Option<String>> {
    py.import("callfluent.time_zones")?.call_method1("offset_today", (zone,))?.extract()
}

fn field_errors(errors: &[FieldError]) -> Vec<(&str, &str)> {
    errors.iter().map(|error| (&*error.field, &*error.reason)).collect()
}

/// Returns an `InvalidRequestError` with these fields and reasons.
pub(crate) fn invalid_request(py: Python<'_>, message: &str, field_errors: Vec<(String, String)>) -> PyResult<PyErr> {
    let fields = PyDict::new(py);
    fields.set_item("field_errors", field_errors)?;
    new_exception(&py.get_type::<exceptions::InvalidRequestError>(), message, &fields)
}

fn new_exception(kind: &Bound<'_, PyType>, message: &str, fields: &Bound<'_, PyDict>) -> PyResult<PyErr> {
    kind.call((message,), Some(fields)).map(PyErr::from_value)
}

/// Returns whether an exception is an ordinary failure. `KeyboardInterrupt` and `SystemExit` are
/// not: whatever code runs when they are raised, they are meant for the user's code.
pub(crate) fn is_failure(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyException>(py)
}

/// Turns an ordinary failure into `None`; passes on an interrupt.
pub(crate) fn unless_interrupted<T>(py: Python<'_>, result: PyResult<T>) -> PyResult<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_failure(py, &error) => Ok(None),
        Err(interrupt) => Err(interrupt),
    }
}
