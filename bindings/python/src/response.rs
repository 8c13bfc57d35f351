//! A response, prepared on the runtime's thread so that little is left to do while the GIL is held.

use std::sync::Arc;

use callfluent::RawResponse;
use callfluent::bindings::{Pages, PublicJson};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyString};
use serde_json::Value;

use crate::kept::kept;
use crate::lazy_record::{LazyRecord, record_class};
use crate::to_python::parse;

/// A response that waits to be converted to Python objects.
pub(crate) enum Response {
    /// One record, or a value that is not a record.
    Single(Arc<str>),
    /// The records of a list. Each has a string of its own, so that keeping one does not keep the
    /// others in memory.
    Records(Vec<Arc<str>>),
    /// A page of a list, and its position.
    Page(Box<Self>, Box<Pages>),
    /// The list has no more pages, or the bulk operation no more results.
    EndOfList,
    /// A value with the response that it came from.
    Raw(Box<RawResponse<Self>>),
    /// A result of another kind.
    Other(Box<Convert>),
}

/// A position in a list: before its first page, or at a page. It does not change, so a page can be
/// requested again after an error.
#[pyclass(frozen)]
pub(crate) struct NativePages(pub(crate) Pages);

/// Makes the Python objects of a result.
pub(crate) type Convert = dyn for<'py> FnOnce(Python<'py>, &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> + Send;

impl From<PublicJson> for Response {
    fn from(json: PublicJson) -> Self {
        json.into_records().map_or_else(|json| Self::Single(json.into_text().into()), Self::Records)
    }
}

impl<T: Into<Response>> From<RawResponse<T>> for Response {
    fn from(response: RawResponse<T>) -> Self {
        Self::Raw(Box::new(response.map(Into::into)))
    }
}

impl From<Value> for Response {
    fn from(value: Value) -> Self {
        Self::Single(value.to_string().into())
    }
}

/// Imports what converting the response needs, before the request is sent.
pub(crate) fn preload(record_type: &Bound<'_, PyString>) -> PyResult<()> {
    static IMPORTED: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    if !record_type.is_empty()? {
        record_class(record_type)?;
        // The package returns lists in a class of this module.
        kept(record_type.py(), &IMPORTED, || record_type.py().import("callfluent.record_sequence"))?;
    }
    Ok(())
}

impl Response {
    /// Returns records of the class that `record_type` names; other values as plain Python objects.
    /// A page is a tuple of its records and its position.
    pub(crate) fn into_python<'py>(
        self,
        py: Python<'py>,
        record_type: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Single(json) if !record_type.is_empty()? && json.starts_with('{') => {
                LazyRecord::from_json(&record_class(record_type)?, json)
            }
            Self::Single(json) => parse(py, &json),
            Self::Records(items) => {
                let class = record_class(record_type)?;
                let records = items.into_iter().map(|json| LazyRecord::from_json(&class, json));
                Ok(PyList::new(py, records.collect::<PyResult<Vec<_>>>()?)?.into_any())
            }
            Self::Page(items, pages) => {
                let items = items.into_python(py, record_type)?;
                Ok((items, NativePages(*pages)).into_pyobject(py)?.into_any())
            }
            Self::Raw(response) => {
                let RawResponse { value, status, headers, body, request_id, attempts, method, url, .. } = *response;
                let value = value.into_python(py, record_type)?;
                let parts = (value, status, headers, body, request_id, attempts, method, url);
                Ok(parts.into_pyobject(py)?.into_any())
            }
            Self::Other(convert) => convert(py, record_type),
            Self::EndOfList => Ok(py.None().into_bound(py)),
        }
    }
}
