//! Decodes JSON of the core directly into Python objects, without intermediate values.

use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, Mutex};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyList, PyString};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Names of fields that were decoded before. Finding one here is faster than interning it again.
static NAMES: LazyLock<Mutex<HashMap<Box<str>, Py<PyString>>>> = LazyLock::new(Mutex::default);
/// Limits of the names that are kept: responses can have any names. If there are too many, all are
/// dropped.
const MAX_NAMES: usize = 1_000;
const MAX_NAME_LENGTH: usize = 64;

/// Returns an interned string.
fn interned<'py>(py: Python<'py>, name: &str) -> Bound<'py, PyString> {
    // Another thread may have held the lock when this process was forked, so nothing waits for it.
    if let Some(known) = NAMES.try_lock().ok().and_then(|names| names.get(name).map(|known| known.clone_ref(py))) {
        return known.into_bound(py);
    }
    let new = PyString::intern(py, name);
    // Other names, such as phone numbers, are data.
    let is_field = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if is_field
        && name.len() <= MAX_NAME_LENGTH
        && let Ok(mut names) = NAMES.try_lock()
    {
        if names.len() >= MAX_NAMES {
            names.clear();
        }
        names.insert(name.into(), new.clone().unbind());
    }
    new
}

/// Decodes a JSON document.
pub(crate) fn parse<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    let mut decoder = serde_json::Deserializer::from_str(json);
    Value(py).deserialize(&mut decoder).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Decodes any value.
#[derive(Clone, Copy)]
struct Value<'py>(Python<'py>);

impl<'de, 'py> DeserializeSeed<'de> for Value<'py> {
    type Value = Bound<'py, PyAny>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, 'py> Visitor<'de> for Value<'py> {
    type Value = Bound<'py, PyAny>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(self.0.None().into_bound(self.0))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(PyBool::new(self.0, value).to_owned().into_any())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        value.into_pyobject(self.0).map(Bound::into_any).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        value.into_pyobject(self.0).map(Bound::into_any).map_err(E::custom)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(PyFloat::new(self.0, value).into_any())
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(PyString::new(self.0, value).into_any())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let list = PyList::empty(self.0);
        while let Some(item) = items.next_element_seed(self)? {
            list.append(item).map_err(A::Error::custom)?;
        }
        Ok(list.into_any())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let dict = PyDict::new(self.0);
        while let Some(name) = fields.next_key_seed(Name(self.0))? {
            dict.set_item(name, fields.next_value_seed(self)?).map_err(A::Error::custom)?;
        }
        Ok(dict.into_any())
    }
}

/// Decodes a field name. Names are interned, because many records share a few of them.
struct Name<'py>(Python<'py>);

impl<'de, 'py> DeserializeSeed<'de> for Name<'py> {
    type Value = Bound<'py, PyString>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'py> Visitor<'_> for Name<'py> {
    type Value = Bound<'py, PyString>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(interned(self.0, name))
    }
}
