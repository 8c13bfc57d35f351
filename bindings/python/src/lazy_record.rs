//! What a record holds: the answer's JSON text until somebody looks closer, then a dict. A page of a thousand records is
//! handed over without building any of their values, and takes no more memory than its text.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callfluent::PublicJson;
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString, PyTuple, PyType};

use crate::error::with_article;
use crate::shutdown::park_on_unwind;
use crate::to_python::parse;

/// The base of all records: their fields, read when they are asked for.
#[pyclass(frozen, subclass, module = "callfluent._callfluent")]
pub(crate) struct LazyRecord(Mutex<State>);

enum State {
    Unread(Unread),
    /// All fields. Nested records take the place of their dicts when they are asked for.
    Read(Py<PyDict>),
}

/// To look for a field in the text takes about a sixth of the time of reading all of them. After so many looks they have cost
/// about as much, and a record that is looked at so often is likely to be looked at again.
const MOST_LOOKS: u8 = 5;

/// An answer's text of which at most a few fields were looked at.
struct Unread {
    text: Arc<str>,
    /// How often a field was looked for in the text.
    looks: u8,
    /// The nested records that were asked for.
    nested: Option<Py<PyDict>>,
}

impl State {
    fn unread(text: Arc<str>) -> Self {
        Self::Unread(Unread { text, looks: 0, nested: None })
    }
}

impl LazyRecord {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing of Python runs while it is park_on_unwind, so that nobody waits for it for long, and never for himself.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a record of a class from its JSON text.
    pub(crate) fn record<'py>(kind: &Bound<'py, PyType>, text: Arc<str>) -> PyResult<Bound<'py, PyAny>> {
        static NEW: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let py = kind.py();
        let new = NEW.get_or_try_init(py, || py.get_type::<Self>().getattr("__new__").map(Bound::unbind))?;
        let record = new.bind(py).call1((kind,))?;
        *record.cast::<Self>()?.get().lock() = State::unread(text);
        Ok(record)
    }

    /// All fields as a dict that belongs to this record.
    fn read<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let text = match &*self.lock() {
            State::Read(fields) => return Ok(fields.bind(py).clone()),
            State::Unread(unread) => Arc::clone(&unread.text),
        };
        let fields = parse(py, &text)?.cast_into::<PyDict>()?;
        let unread = {
            let mut state = self.lock();
            // Another thread may have been quicker; all must see the same dict.
            if let State::Read(first) = &*state {
                return Ok(first.bind(py).clone());
            }
            std::mem::replace(&mut *state, State::Read(fields.clone().unbind()))
        };
        if let State::Unread(Unread { nested: Some(nested), .. }) = unread {
            fields.update(nested.bind(py).as_mapping())?;
        }
        Ok(fields)
    }

    /// Looks for one field in the text, the first few times.
    fn look<'py>(slf: &Bound<'py, Self>, name: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        let (text, nested) = match &mut *slf.get().lock() {
            State::Read(_) => return Ok(None),
            State::Unread(unread) => {
                let text = (unread.looks < MOST_LOOKS).then(|| Arc::clone(&unread.text));
                unread.looks = unread.looks.saturating_add(1);
                (text, unread.nested.as_ref().map(|nested| nested.clone_ref(py)))
            }
        };
        if let Some(nested) = &nested
            && let Some(record) = nested.bind(py).get_item(name)?
        {
            return Ok(Some(record));
        }
        // What is no UTF-8 is the name of no field.
        let Ok(name_text) = name.to_str() else {
            return Ok(None);
        };
        let Some(json) = text.as_deref().and_then(|text| PublicJson::field_of(text, name_text)) else {
            return Ok(None);
        };
        if !json.starts_with(['{', '[']) {
            return parse(py, json).map(Some);
        }
        let Some(shape) = slf.get_type().getattr("_nested")?.cast::<PyDict>()?.get_item(name)? else {
            return Ok(None);
        };
        let shape = shape.cast::<PyString>()?;
        if !json.starts_with('{') || shape.to_str()?.starts_with('[') {
            return Ok(None);
        }
        let record = Self::record(&record_class(shape)?, Arc::from(json))?;
        // Another thread may have been quicker; all must see the same record.
        let empty = PyDict::new(py).unbind();
        let kept = match &mut *slf.get().lock() {
            State::Read(_) => None,
            State::Unread(unread) => Some(unread.nested.get_or_insert(empty).clone_ref(py)),
        };
        let Some(kept) = kept else {
            return Ok(None);
        };
        let record = kept.bind(py).call_method1("setdefault", (name, record))?;
        let was_read = matches!(&*slf.get().lock(), State::Read(_));
        Ok((!was_read).then_some(record))
    }
}

#[pymethods]
impl LazyRecord {
    #[new]
    #[pyo3(signature = (*_arguments, **_named))]
    fn new(_arguments: &Bound<'_, PyTuple>, _named: Option<&Bound<'_, PyDict>>) -> Self {
        Self(Mutex::new(State::unread(Arc::from("{}"))))
    }

    /// The fields as they are now; what is changed there is changed here.
    #[getter]
    fn _fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.read(py)
    }

    /// Sets all fields of a record that is being made.
    fn _set_fields(&self, fields: Py<PyDict>) {
        let before = std::mem::replace(&mut *self.lock(), State::Read(fields));
        drop(before);
    }

    /// The value of a field; `None` for a documented one that the server did not send.
    fn _field<'py>(slf: &Bound<'py, Self>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        park_on_unwind(|| {
            let py = slf.py();
            if let Some(value) = Self::look(slf, name)? {
                return Ok(value);
            }
            let Some(value) = slf.get().read(py)?.get_item(name)? else {
                return absent(slf, name);
            };
            if value.is_exact_instance_of::<PyDict>() || value.is_exact_instance_of::<PyList>() {
                return slf.call_method1("_nest", (name, value));
            }
            Ok(value)
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Whoever holds the lock holds a reference as well.
        match self.0.try_lock().as_deref() {
            Ok(State::Read(fields) | State::Unread(Unread { nested: Some(fields), .. })) => visit.call(fields),
            _ => Ok(()),
        }
    }

    fn __clear__(&self) {
        let fields = std::mem::replace(&mut *self.lock(), State::unread(Arc::from("{}")));
        drop(fields);
    }
}

fn absent<'py>(record: &Bound<'py, LazyRecord>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let py = record.py();
    let kind = record.get_type();
    let documented = kind.getattr("_names")?;
    if documented.contains(name)? {
        return Ok(py.None().into_bound(py));
    }
    let mut text = format!("{} has no field {}", with_article(&kind.name()?.to_string()), name.repr()?);
    // Python itself and many libraries ask for such names to find out what an object can do.
    if let Some(asked) = name.to_str().ok().filter(|asked| !asked.starts_with('_')) {
        text.push_str(&help(record, &documented, asked)?);
    }
    Err(PyAttributeError::new_err(text))
}

/// Where a field is that was looked for in the wrong place or under a name that is not quite its own.
fn help(record: &Bound<'_, LazyRecord>, documented: &Bound<'_, PyAny>, asked: &str) -> PyResult<String> {
    let py = record.py();
    for (field, shape) in record.get_type().getattr("_nested")?.cast::<PyDict>()?.iter() {
        let shape = shape.cast::<PyString>()?;
        if !shape.to_str()?.starts_with('[') && record_class(shape)?.getattr("_names")?.contains(asked)? {
            return Ok(format!("; it is in its {field}: .{field}.{asked}"));
        }
    }
    let mut names: Vec<String> = documented.extract()?;
    names.extend(record.get().read(py)?.keys().extract::<Vec<String>>()?);
    let mut found: Vec<_> = names.iter().map(|name| (distance(asked, name), name.as_str())).collect();
    found.sort_unstable();
    found.dedup();
    let nearest = found.first().map_or(0, |(distance, _)| *distance).min(asked.chars().count().div_ceil(3));
    let found: Vec<_> = found.iter().filter(|(distance, _)| *distance <= nearest).map(|(_, name)| *name).collect();
    Ok(if found.is_empty() { String::new() } else { format!("; did you mean {}?", found.join(" or ")) })
}

/// How many letters have to be put in, left out, replaced or swapped with the next one to make one name of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut passed = None;
    for letter in one.chars() {
        let mut next = vec![row.first().map_or(0, |first| first + 1)];
        let mut left = None;
        for (index, at) in other.iter().enumerate() {
            let get = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut least = get(&row, index) + usize::from(letter != *at);
            least = least.min(get(&row, index + 1) + 1).min(get(&next, index) + 1);
            if index > 0 && left == Some(letter) && passed == Some(*at) {
                least = least.min(get(&before, index - 1) + 1);
            }
            next.push(least);
            left = Some(*at);
        }
        before = std::mem::replace(&mut row, next);
        passed = Some(letter);
    }
    row.last().copied().unwrap_or_default()
}

/// Returns the record class with this name, such as `Agent`.
#[pyfunction]
pub(crate) fn record_class<'py>(name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyType>> {
    static CLASSES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let py = name.py();
    let classes = CLASSES.get_or_init(py, || PyDict::new(py).unbind()).bind(py);
    if let Some(kind) = classes.get_item(name)? {
        return Ok(kind.cast_into()?);
    }
    let kind = py.import("callfluent.models")?.getattr(name)?;
    classes.set_item(name, &kind)?;
    kind.cast_into().map_err(|_| PyTypeError::new_err(format!("{name} is no class")))
}
