//! The context of `contextvars` in which a request was made. Log handlers and hooks of the request
//! run in it later, on the thread of the event loop.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::hooks;
use crate::kept::kept;
use crate::log::is_logging_loaded;

/// Returns a copy of the current context of `contextvars`, or `None` if no log records are emitted
/// and no hooks run. The loop does so for many requests, and each has a context of its own.
pub(crate) fn current_context(py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
    static COPY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if !is_logging_loaded(py)? && !hooks::exist() {
        return Ok(None);
    }
    let copy = kept(py, &COPY, || py.import("contextvars")?.getattr("copy_context"))?;
    copy.call0().map(|context| Some(context.unbind()))
}
