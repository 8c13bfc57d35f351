//! Converts core errors to the package's exceptions. The core names the class of each error.

use callfluent::bindings::error_result;
use callfluent::bindings::schema::Naming;
use callfluent::{Error, FieldError, FileError};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::exceptions::{class_named, classes, invalid_request, new_exception};
use crate::response::Response;

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
        InvokeError::Panic(message) => Ok(classes::CallFluentError::new_err(message.clone())),
    };
    exception.unwrap_or_else(|error| error)
}

fn client_exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    if let Error::File(file) = error {
        return Ok(file_exception(file));
    }
    let Some(context) = error.context() else {
        return invalid_arguments(py, error);
    };
    let fields = PyDict::new(py);
    fields.set_item("text", error.to_line())?;
    fields.set_item("field_errors", field_errors(error.field_errors()))?;
    fields.set_item("status_code", context.status)?;
    fields.set_item("body", &context.body)?;
    fields.set_item("headers", context.status.map(|_| &context.headers))?;
    fields.set_item("request_id", &context.request_id)?;
    fields.set_item("client_request_id", &context.client_request_id)?;
    fields.set_item("method", &context.method)?;
    fields.set_item("url", &context.url)?;
    fields.set_item("attempts", context.attempts)?;
    fields.set_item("retry_after", context.retry_after.map(|wait| wait.as_secs_f64()))?;
    fields.set_item("outcome_unknown", context.outcome_unknown)?;
    if let Some(result) = error_result(error, Naming::Snake) {
        let record_type = PyString::new(py, "AgentPatchResult");
        fields.set_item("result", Response::from(result).into_python(py, &record_type)?)?;
    }
    let exception = new_exception(&class_named(py, error.name())?, &context.message, &fields)?;
    if let Some(causes) = error.causes() {
        exception.set_cause(py, Some(PyOSError::new_err(causes)));
    }
    Ok(exception)
}

/// Returns the exception of Python's own functions for files.
fn file_exception(error: &FileError) -> PyErr {
    match error.source.raw_os_error() {
        // Python chooses the class by the number, such as `PermissionError`.
        Some(number) => {
            PyOSError::new_err((number, format!("{error}: {}", error.source), error.path.as_os_str().to_owned()))
        }
        None => PyOSError::new_err(format!("{error}: {}", error.source)),
    }
}

/// Returns the exception for arguments that the core rejects. Today's offset of a time zone that
/// was passed by its name is added: Python knows the zones.
fn invalid_arguments(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let mut message = error.message();
    let mut errors = Vec::new();
    for found in error.field_errors() {
        let mut explained = found.reason.clone();
        // The core adds the offset if the system has a time zone database.
        if let Some(zone) = found.time_zone()
            && let Some(offset) = offset_today(py, zone)?
        {
            explained = format!("{explained}, which is {offset} today");
            message = message.replacen(&found.reason, &explained, 1);
        }
        errors.push((found.field.clone(), explained));
    }
    invalid_request(py, &message, errors)
}

fn offset_today(py: Python<'_>, zone: &str) -> PyResult<Option<String>> {
    py.import("callfluent.time_zones")?.call_method1("offset_today", (zone,))?.extract()
}

fn field_errors(errors: &[FieldError]) -> Vec<(&str, &str)> {
    errors.iter().map(|error| (&*error.field, &*error.reason)).collect()
}
