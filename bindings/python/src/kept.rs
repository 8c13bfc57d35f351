//! Objects of Python that are found once and kept. `PyOnceLock::get_or_init` releases the GIL while
//! it is locked. A fork meanwhile would leave it locked in the child.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// Returns the object in `cell`. The first uses find it, before the cell is locked with the GIL
/// held.
pub(crate) fn kept<'py, T>(
    py: Python<'py>,
    cell: &'static PyOnceLock<Py<T>>,
    find: impl FnOnce() -> PyResult<Bound<'py, T>>,
) -> PyResult<&'py Bound<'py, T>> {
    if let Some(object) = cell.get(py) {
        return Ok(object.bind(py));
    }
    // Of concurrent first uses, one keeps its object; they all find the same.
    let _ = cell.set(py, find()?.unbind());
    cell.get(py).map(|object| object.bind(py)).ok_or_else(|| PyRuntimeError::new_err("an object was not kept"))
}
