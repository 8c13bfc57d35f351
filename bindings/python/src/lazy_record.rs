//! The content of a record: JSON until its fields are needed, then a dict. A page of a thousand
//! records is returned without building their values, and takes no more memory than its JSON.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callfluent::bindings::PublicJson;
use callfluent::bindings::schema::similar;
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString, PyTuple, PyType};

use crate::invalid_value::with_article;
use crate::kept::kept;
use crate::shutdown::park_on_unwind;
use crate::to_python::parse;

/// Base of all records. Fields are decoded on first access.
#[pyclass(frozen, subclass, module = "callfluent._callfluent")]
pub(crate) struct LazyRecord(Mutex<State>);

enum State {
    Encoded(Encoded),
    /// All fields. On first access, nested records replace their dicts.
    Decoded(Py<PyDict>),
}

/// Number of lookups in the JSON before all fields are decoded. One lookup takes about a sixth of
/// the time of decoding all fields, so by then lookups have cost as much, and more are likely.
const MAX_LOOKUPS: u8 = 5;

/// JSON of a record of which at most a few fields were read.
struct Encoded {
    json: Arc<str>,
    lookups: u8,
    /// Nested records that were read.
    nested: Option<Py<PyDict>>,
}

impl State {
    fn encoded(json: Arc<str>) -> Self {
        Self::Encoded(Encoded { json, lookups: 0, nested: None })
    }
}

impl LazyRecord {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No Python code runs while it is held, so a thread cannot wait for itself.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a record of a class.
    pub(crate) fn from_json<'py>(kind: &Bound<'py, PyType>, json: Arc<str>) -> PyResult<Bound<'py, PyAny>> {
        static NEW: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let py = kind.py();
        let new = kept(py, &NEW, || py.get_type::<Self>().getattr("__new__"))?;
        let record = new.call1((kind,))?;
        *record.cast::<Self>()?.get().lock() = State::encoded(json);
        Ok(record)
    }

    /// Returns the JSON, if the fields were not decoded yet.
    pub(crate) fn encoded_json(&self) -> Option<Arc<str>> {
        match &*self.lock() {
            State::Encoded(encoded) => Some(Arc::clone(&encoded.json)),
            State::Decoded(_) => None,
        }
    }

    /// Returns all fields as a dict that belongs to this record.
    fn decode<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let json = match &*self.lock() {
            State::Decoded(fields) => return Ok(fields.bind(py).clone()),
            State::Encoded(encoded) => Arc::clone(&encoded.json),
        };
        let fields = parse(py, &json)?.cast_into::<PyDict>()?;
        let mut merged = 0;
        loop {
            let nested = {
                let mut state = self.lock();
                let nested = match &*state {
                    // Another thread may have decoded it meanwhile; all must see the same dict.
                    State::Decoded(first) => return Ok(first.bind(py).clone()),
                    State::Encoded(encoded) => encoded.nested.as_ref().map(|nested| nested.bind(py).clone()),
                };
                match nested.filter(|nested| nested.len() > merged) {
                    Some(nested) => nested,
                    None => {
                        // The nested records are in it before other threads see it.
                        let before = std::mem::replace(&mut *state, State::Decoded(fields.clone().unbind()));
                        drop(state);
                        drop(before);
                        return Ok(fields);
                    }
                }
            };
            // Not while the lock is held. Another thread may add a record meanwhile.
            let records = nested.copy()?;
            merged = records.len();
            fields.update(records.as_mapping())?;
        }
    }

    /// Looks one field up in the JSON, the first few times.
    fn look_up<'py>(slf: &Bound<'py, Self>, name: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        let (json, nested) = match &mut *slf.get().lock() {
            State::Decoded(_) => return Ok(None),
            State::Encoded(encoded) => {
                let json = (encoded.lookups < MAX_LOOKUPS).then(|| Arc::clone(&encoded.json));
                encoded.lookups = encoded.lookups.saturating_add(1);
                (json, encoded.nested.as_ref().map(|nested| nested.clone_ref(py)))
            }
        };
        if let Some(nested) = &nested
            && let Some(record) = nested.bind(py).get_item(name)?
        {
            // A record that was added after the fields were decoded is not one of them.
            return Ok(slf.get().encoded_json().map(|_| record));
        }
        // A name with lone surrogates is not in the JSON.
        let Ok(name_str) = name.to_str() else {
            return Ok(None);
        };
        let Some(value) = json.as_deref().and_then(|json| PublicJson::field_of(json, name_str)) else {
            return Ok(None);
        };
        if !value.starts_with(['{', '[']) {
            return parse(py, value).map(Some);
        }
        let Some(record_type) = slf.get_type().getattr("_nested")?.cast::<PyDict>()?.get_item(name)? else {
            return Ok(None);
        };
        let record_type = record_type.cast::<PyString>()?;
        if !value.starts_with('{') || record_type.to_str()?.starts_with('[') {
            return Ok(None);
        }
        let record = Self::from_json(&record_class(record_type)?, Arc::from(value))?;
        // Another thread may have read it meanwhile; all must see the same record.
        let empty = PyDict::new(py).unbind();
        let kept = match &mut *slf.get().lock() {
            State::Decoded(_) => None,
            State::Encoded(encoded) => Some(encoded.nested.get_or_insert(empty).clone_ref(py)),
        };
        let Some(kept) = kept else {
            return Ok(None);
        };
        let record = kept.bind(py).call_method1("setdefault", (name, record))?;
        let was_decoded = matches!(&*slf.get().lock(), State::Decoded(_));
        Ok((!was_decoded).then_some(record))
    }
}

#[pymethods]
impl LazyRecord {
    #[new]
    #[pyo3(signature = (*_arguments, **_named))]
    fn new(_arguments: &Bound<'_, PyTuple>, _named: Option<&Bound<'_, PyDict>>) -> Self {
        Self(Mutex::new(State::encoded(Arc::from("{}"))))
    }

    /// Returns the dict of the fields. Changes to it change the record.
    #[getter]
    fn _fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.decode(py)
    }

    /// Returns the dict of the fields, with records in place of nested dicts.
    fn _nested_fields<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        park_on_unwind(|| {
            let fields = slf.get().decode(slf.py())?;
            let kinds = slf.get_type().getattr("_nested")?.cast_into::<PyDict>()?;
            for (name, value) in nested(&fields, &kinds)? {
                slf.call_method1("_nest", (name, value))?;
            }
            Ok(fields)
        })
    }

    /// Sets all fields; called by `__init__`.
    fn _set_fields(&self, fields: Py<PyDict>) {
        let before = std::mem::replace(&mut *self.lock(), State::Decoded(fields));
        drop(before);
    }

    /// Returns the value of a field, or `None` for a documented field that the server did not send.
    fn _field<'py>(slf: &Bound<'py, Self>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        park_on_unwind(|| {
            let py = slf.py();
            if let Some(value) = Self::look_up(slf, name)? {
                return Ok(value);
            }
            let Some(value) = slf.get().decode(py)?.get_item(name)? else {
                return absent(slf, name);
            };
            if may_hold_records(&value) {
                return slf.call_method1("_nest", (name, value));
            }
            Ok(value)
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // A thread that holds the lock holds a reference too.
        match self.0.try_lock().as_deref() {
            Ok(State::Decoded(fields) | State::Encoded(Encoded { nested: Some(fields), .. })) => visit.call(fields),
            _ => Ok(()),
        }
    }

    fn __clear__(&self) {
        let fields = std::mem::replace(&mut *self.lock(), State::encoded(Arc::from("{}")));
        drop(fields);
    }
}

/// Returns the fields whose values are records, as dicts or lists.
fn nested<'py>(
    fields: &Bound<'py, PyDict>,
    kinds: &Bound<'py, PyDict>,
) -> PyResult<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    let mut found = Vec::new();
    for name in kinds.keys() {
        let value = fields.get_item(&name)?.filter(may_hold_records);
        found.extend(value.map(|value| (name, value)));
    }
    Ok(found)
}

/// Returns whether a value is a dict or a list that records may have to replace.
fn may_hold_records(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyDict>() || value.is_exact_instance_of::<PyList>()
}

fn absent<'py>(record: &Bound<'py, LazyRecord>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let py = record.py();
    let kind = record.get_type();
    let documented = kind.getattr("_names")?;
    if documented.contains(name)? {
        return Ok(py.None().into_bound(py));
    }
    let mut message = format!("{} has no field {}", with_article(&kind.name()?.to_string()), name.repr()?);
    // Python itself and many libraries read private names to find out what an object can do.
    if let Some(name) = name.to_str().ok().filter(|name| !name.starts_with('_')) {
        message.push_str(&suggestion(record, &documented, name)?);
    }
    Err(PyAttributeError::new_err(message))
}

/// Returns a hint for a field that is in a nested record, or that has a similar name.
fn suggestion(record: &Bound<'_, LazyRecord>, documented: &Bound<'_, PyAny>, name: &str) -> PyResult<String> {
    let py = record.py();
    for (field, record_type) in record.get_type().getattr("_nested")?.cast::<PyDict>()?.copy()?.iter() {
        let record_type = record_type.cast::<PyString>()?;
        if !record_type.to_str()?.starts_with('[') && record_class(record_type)?.getattr("_names")?.contains(name)? {
            return Ok(format!("; its {field} has it: .{field}.{name}"));
        }
    }
    let mut names: Vec<String> = documented.extract()?;
    names.extend(record.get().decode(py)?.keys().extract::<Vec<String>>()?);
    let found = similar(name, names.iter().map(String::as_str));
    Ok(if found.is_empty() { String::new() } else { format!("; did you mean {}?", found.join(" or ")) })
}

/// Returns the record class with this name, such as `Agent`.
#[pyfunction]
pub(crate) fn record_class<'py>(name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyType>> {
    static CLASSES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let py = name.py();
    let classes = kept(py, &CLASSES, || Ok(PyDict::new(py)))?;
    if let Some(kind) = classes.get_item(name)? {
        return Ok(kind.cast_into()?);
    }
    let kind = py.import("callfluent.models")?.getattr(name)?;
    classes.set_item(name, &kind)?;
    kind.cast_into().map_err(|_| PyTypeError::new_err(format!("{name} is not a class")))
}
