//! The exceptions of the package, and how they are made. Everything that raises one uses this file,
//! so it imports no other.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

/// The classes that errors without a request have. Python defines all classes, because most of them
/// have two base classes.
pub(crate) mod classes {
    use pyo3::import_exception;

    import_exception!(callfluent.errors, CallFluentError);
    import_exception!(callfluent.errors, InvalidRequestError);
}

/// Returns the class of this name.
pub(crate) fn class_named<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyType>> {
    Ok(py.import("callfluent.errors")?.getattr(name)?.cast_into::<PyType>()?)
}

/// Returns an `InvalidRequestError` with these fields and reasons.
pub(crate) fn invalid_request(py: Python<'_>, message: &str, field_errors: Vec<(String, String)>) -> PyResult<PyErr> {
    let fields = PyDict::new(py);
    fields.set_item("field_errors", field_errors)?;
    new_exception(&py.get_type::<classes::InvalidRequestError>(), message, &fields)
}

/// Returns an exception of this class with these attributes.
pub(crate) fn new_exception(kind: &Bound<'_, PyType>, message: &str, fields: &Bound<'_, PyDict>) -> PyResult<PyErr> {
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
