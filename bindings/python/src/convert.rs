//! Arguments on their way from Python to the core.

use base64::Engine as _;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde_json::{Map, Number, Value};

use crate::failure::invalid;

/// The deepest nesting of an argument; Python's own recursion limit is of the same order.
const DEEPEST: usize = 200;

/// Reads an argument. Bytes and the content of files become base64, records and actions the fields that they hold.
pub(crate) fn to_value(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    read(object, 0)
}

/// Reads keyword arguments; those that are `None` count as not given.
pub(crate) fn to_arguments(arguments: &Bound<'_, PyDict>) -> PyResult<Map<String, Value>> {
    let mut read = Map::new();
    for (name, value) in arguments.iter() {
        if !value.is_none() {
            let name: String = name.extract()?;
            let value = to_value(&value)
                .map_err(|error| invalid(arguments.py(), &name, &error.value(arguments.py()).to_string()))?;
            read.insert(name, value);
        }
    }
    Ok(read)
}

fn read(object: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    if depth > DEEPEST {
        return Err(PyValueError::new_err("an argument is nested too deeply, or holds itself"));
    }
    if object.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(Value::String(text.to_cow()?.into_owned()));
    }
    if object.is_instance_of::<PyBool>() {
        return Ok(Value::Bool(object.extract()?));
    }
    if object.is_instance_of::<PyInt>() {
        return read_integer(object);
    }
    if object.is_instance_of::<PyFloat>() {
        return Number::from_f64(object.extract()?)
            .map(Value::Number)
            .ok_or_else(|| PyValueError::new_err("a number must be finite"));
    }
    if let Ok(dict) = object.cast::<PyDict>() {
        return read_dict(dict, depth).map(Value::Object);
    }
    if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
        return object.try_iter()?.map(|item| read(&item?, depth + 1)).collect::<PyResult<_>>().map(Value::Array);
    }
    if let Some(bytes) = read_bytes(object)? {
        return Ok(Value::String(base64::engine::general_purpose::STANDARD.encode(bytes)));
    }
    if object.hasattr("to_dict")? {
        return read(&object.call_method0("to_dict")?, depth + 1);
    }
    let kind = object.get_type().name()?;
    Err(PyTypeError::new_err(format!("an argument cannot be a {kind}")))
}

fn read_integer(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    if let Ok(number) = object.extract::<i64>() {
        return Ok(Value::from(number));
    }
    object.extract::<u64>().map(Value::from).map_err(|_| PyValueError::new_err("a whole number must fit into 64 bits"))
}

fn read_dict(dict: &Bound<'_, PyDict>, depth: usize) -> PyResult<Map<String, Value>> {
    let mut fields = Map::new();
    for (name, value) in dict.iter() {
        let name = name.cast::<PyString>().map_err(|_| PyTypeError::new_err("the names of a dict must be text"))?;
        fields.insert(name.to_cow()?.into_owned(), read(&value, depth + 1)?);
    }
    Ok(fields)
}

/// The content of bytes, or of a file named by a path object; `None` for anything else.
fn read_bytes(object: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Some(bytes.as_bytes().to_vec()));
    }
    if object.hasattr("__fspath__")? {
        let path: std::path::PathBuf = object.extract()?;
        return Ok(Some(std::fs::read(path)?));
    }
    Ok(None)
}
