//! What a call has brought, made ready on the runtime's thread so that little is left to do with the interpreter's lock.

use std::sync::Arc;

use callfluent::PublicJson;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};
use serde_json::Value;

use crate::lazy_record::{LazyRecord, record_class};
use crate::to_python::parse;

/// An answer that waits to be handed to Python.
pub(crate) enum Response {
    /// One record, or something that is none.
    Single(Arc<str>),
    /// The records of a list, each with a text of its own, so that one that is kept keeps nothing else.
    Records(Vec<Arc<str>>),
}

impl From<PublicJson> for Response {
    fn from(json: PublicJson) -> Self {
        json.into_records().map_or_else(|json| Self::Single(json.into_text().into()), Self::Records)
    }
}

impl From<Value> for Response {
    fn from(value: Value) -> Self {
        Self::Single(value.to_string().into())
    }
}

impl Response {
    /// The answer as Python sees it: records of the class that `shape` names, all else as plain values.
    pub(crate) fn into_python<'py>(self, py: Python<'py>, shape: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Single(text) if !shape.is_empty()? && text.starts_with('{') => {
                LazyRecord::record(&record_class(shape)?, text)
            }
            Self::Single(text) => parse(py, &text),
            Self::Records(texts) => {
                let kind = record_class(shape)?;
                let records =
                    texts.into_iter().map(|text| LazyRecord::record(&kind, text)).collect::<PyResult<Vec<_>>>()?;
                Ok(PyList::new(py, records)?.into_any())
            }
        }
    }
}
