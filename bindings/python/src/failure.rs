//! Turns the core's errors into the package's exceptions, in one place: the package says how to make one of a name.

use callfluent::Error;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList};

static FACTORY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Registers `make(name, fields)`, which returns the exception of that name.
#[pyfunction]
pub(crate) fn set_error_factory(py: Python<'_>, factory: Py<PyAny>) {
    let _ = FACTORY.set(py, factory);
}

/// The exception for an error of the core.
pub(crate) fn to_exception(py: Python<'_>, error: &Error) -> PyErr {
    match make(py, error) {
        Ok(exception) => PyErr::from_value(exception),
        Err(failure) => failure,
    }
}

/// The exception for an argument that cannot even be read.
pub(crate) fn invalid(py: Python<'_>, field: &str, reason: &str) -> PyErr {
    let make = || {
        let fields = PyDict::new(py);
        fields.set_item("message", format!("{field}: {reason}"))?;
        fields.set_item("problems", [(field, reason)])?;
        let factory = FACTORY.get(py).ok_or_else(|| PyRuntimeError::new_err(reason.to_owned()))?;
        factory.bind(py).call1(("InvalidRequestError", fields))
    };
    make().map_or_else(|failure| failure, PyErr::from_value)
}

fn make<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    fields.set_item("text", error.to_string())?;
    fields.set_item("message", error.message())?;
    let problems = PyList::empty(py);
    for problem in error.problems() {
        problems.append((&problem.field, &problem.reason))?;
    }
    fields.set_item("problems", problems)?;
    if let Some(context) = error.context() {
        fields.set_item("status_code", context.status)?;
        fields.set_item("body", &context.body)?;
        fields.set_item("request_id", &context.request_id)?;
        fields.set_item("method", &context.method)?;
        fields.set_item("url", &context.url)?;
        fields.set_item("attempts", context.attempts)?;
        fields.set_item("retry_after", context.retry_after.map(|wait| wait.as_secs_f64()))?;
        fields.set_item("outcome_unknown", context.outcome_unknown)?;
        fields.set_item("cause", context.source.as_ref().map(ToString::to_string))?;
    }
    let factory = FACTORY.get(py).ok_or_else(|| PyRuntimeError::new_err(error.to_string()))?;
    factory.bind(py).call1((error.name(), fields))
}
