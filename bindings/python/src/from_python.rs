//! Arguments on their way from Python to the core.

use std::borrow::Cow;

use base64::Engine as _;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMemoryView, PyString, PyTuple};
use serde_json::{Map, Number, Value};

use crate::error::{FieldErrors, InvalidValue, kind_of, unless_interrupted};
use crate::lazy_record::LazyRecord;
use crate::log::loaded;

/// The deepest nesting of an argument; Python's own recursion limit is of the same order.
const DEEPEST: usize = 200;
/// No whole number of 64 bits has more digits.
const LONGEST: i64 = 20;

/// Reads an argument. Bytes and the content of files become base64, records and actions the fields that they hold.
pub(crate) fn to_value(object: &Bound<'_, PyAny>) -> Result<Value, InvalidValue> {
    read(object, 0)
}

/// Reads keyword arguments; those that are `None` count as not given. What cannot be used is noted.
pub(crate) fn to_arguments(
    arguments: &Bound<'_, PyDict>,
    holder: &str,
    problems: &mut FieldErrors,
) -> PyResult<Map<String, Value>> {
    let mut read = Map::new();
    for (name, value) in arguments.iter() {
        if value.is_none() {
            continue;
        }
        let Ok(name) = name.extract::<String>() else {
            problems.note(holder.trim_end_matches('.'), format!("a name must be text, is {}", kind_of(&name)));
            continue;
        };
        if let Some(value) = problems.take(&format!("{holder}{name}"), to_value(&value))? {
            read.insert(name, value);
        }
    }
    Ok(read)
}

/// Reads a text. Python's may hold what cannot be sent.
pub(crate) fn to_text(text: &Bound<'_, PyString>) -> Result<String, InvalidValue> {
    let read = text.to_cow().map(Cow::into_owned);
    read.map_err(|_| InvalidValue::new("holds characters that UTF-8 has not, such as half an emoji"))
}

/// Reads the parameters of a query: names with a value each, or with several.
pub(crate) fn to_query(query: &Bound<'_, PyAny>) -> Result<Vec<(String, String)>, InvalidValue> {
    let pairs = match mapping(query)? {
        Some(named) => named.items().into_any(),
        None => query.clone(),
    };
    let expected =
        || InvalidValue::new(format!("expected a mapping or pairs of name and value, got {}", kind_of(query)));
    if pairs.is_instance_of::<PyString>() {
        return Err(expected());
    }
    let mut read = Vec::new();
    let py = query.py();
    for pair in unless_interrupted(py, pairs.try_iter())?.ok_or_else(expected)? {
        let pair = unless_interrupted(py, pair?.extract::<(String, Bound<'_, PyAny>)>())?;
        let (name, value) = pair.ok_or_else(expected)?;
        let value = to_value(&value).map_err(|error| error.within(&format!(".{name}")))?;
        let values = if let Value::Array(values) = value { values } else { vec![value] };
        for value in values {
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text,
                Value::Object(_) | Value::Array(_) => {
                    return Err(InvalidValue::new("expected text or a number").within(&format!(".{name}")));
                }
                value => value.to_string(),
            };
            read.push((name.clone(), text));
        }
    }
    Ok(read)
}

/// A mapping of any kind as a dict; `None` for anything else.
pub(crate) fn mapping<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    if let Ok(dict) = object.cast::<PyDict>() {
        return Ok(Some(dict.clone()));
    }
    // What `dict` takes as a mapping.
    if !object.hasattr("keys")? || !object.hasattr("__getitem__")? {
        return Ok(None);
    }
    let dict = object.py().get_type::<PyDict>().call1((object,))?;
    Ok(dict.cast_into().ok())
}

fn read(object: &Bound<'_, PyAny>, depth: usize) -> Result<Value, InvalidValue> {
    if depth > DEEPEST {
        return Err(InvalidValue::new("is nested too deeply, or holds itself"));
    }
    if object.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(text) = object.cast::<PyString>() {
        return to_text(text).map(Value::String);
    }
    if object.is_instance_of::<PyBool>() {
        return Ok(Value::Bool(object.extract()?));
    }
    if object.is_instance_of::<PyInt>() {
        return read_integer(object);
    }
    if object.is_instance_of::<PyFloat>() {
        return read_number(object);
    }
    if let Ok(dict) = object.cast::<PyDict>() {
        return read_dict(dict, depth).map(Value::Object);
    }
    if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
        return read_items(object, depth);
    }
    if let Some(bytes) = read_bytes(object)? {
        return Ok(Value::String(base64::engine::general_purpose::STANDARD.encode(bytes)));
    }
    if let Ok(record) = object.cast::<LazyRecord>() {
        return read(&record.call_method0("_sent")?, depth + 1);
    }
    if object.hasattr("to_dict")? {
        return read(&object.call_method0("to_dict")?, depth + 1);
    }
    read_other(object, depth)
}

/// Reads what comes from other libraries, and from those parts of Python's own that are rare here.
fn read_other(object: &Bound<'_, PyAny>, depth: usize) -> Result<Value, InvalidValue> {
    if is(object, "enum", "Enum")? {
        return read(&object.getattr("value")?, depth + 1);
    }
    if is(object, "uuid", "UUID")? {
        return Ok(Value::String(object.to_string()));
    }
    if is(object, "decimal", "Decimal")? {
        return read_decimal(object);
    }
    if object.hasattr("isoformat")? {
        return Err(InvalidValue::new(format!("cannot be {}: give text, such as its isoformat()", kind_of(object))));
    }
    // What numpy has says by itself which of Python's own it is.
    if object.hasattr("dtype")? && object.hasattr("tolist")? {
        return read(&object.call_method0("tolist")?, depth + 1);
    }
    if object.hasattr("__index__")? {
        return read_integer(&object.call_method0("__index__")?);
    }
    if let Some(dict) = mapping(object)? {
        return read_dict(&dict, depth).map(Value::Object);
    }
    if object.hasattr("read")? {
        return Err(InvalidValue::new("cannot be an open file: give its path or its content"));
    }
    if object.hasattr("__iter__")? {
        return read_items(object, depth);
    }
    if object.hasattr("__float__")? {
        return read_number(object);
    }
    Err(InvalidValue::new(format!("cannot be {}", kind_of(object))))
}

/// Whether an object is of a class that only counts where somebody has imported its module.
fn is(object: &Bound<'_, PyAny>, module: &str, class: &str) -> PyResult<bool> {
    match loaded(object.py(), module)? {
        Some(module) => object.is_instance(&module.getattr(class)?),
        None => Ok(false),
    }
}

fn read_integer(object: &Bound<'_, PyAny>) -> Result<Value, InvalidValue> {
    let py = object.py();
    if let Some(number) = unless_interrupted(py, object.extract::<i64>())? {
        return Ok(Value::from(number));
    }
    let number = unless_interrupted(py, object.extract::<u64>())?;
    number.map(Value::from).ok_or_else(beyond_64_bits)
}

fn read_decimal(object: &Bound<'_, PyAny>) -> Result<Value, InvalidValue> {
    let whole =
        object.call_method0("is_finite")?.is_truthy()? && object.call_method0("to_integral_value")?.eq(object)?;
    if !whole {
        return read_number(object);
    }
    // As an `int`, one with an exponent of a thousand million would fill the memory.
    if object.is_truthy()? && object.call_method0("adjusted")?.extract::<i64>()? > LONGEST {
        return Err(beyond_64_bits());
    }
    read_integer(&object.call_method0("__int__")?)
}

fn beyond_64_bits() -> InvalidValue {
    InvalidValue::new("a whole number must fit into 64 bits")
}

fn read_number(object: &Bound<'_, PyAny>) -> Result<Value, InvalidValue> {
    let number = unless_interrupted(object.py(), object.extract::<f64>())?.and_then(Number::from_f64);
    number.map(Value::Number).ok_or_else(|| InvalidValue::new("a number must be finite"))
}

fn read_items(items: &Bound<'_, PyAny>, depth: usize) -> Result<Value, InvalidValue> {
    let items = items.try_iter()?.enumerate();
    let read = items.map(|(index, item)| read(&item?, depth + 1).map_err(|error| error.within(&format!("[{index}]"))));
    read.collect::<Result<_, _>>().map(Value::Array)
}

fn read_dict(dict: &Bound<'_, PyDict>, depth: usize) -> Result<Map<String, Value>, InvalidValue> {
    let mut fields = Map::new();
    for (name, value) in dict.iter() {
        let name = name.extract::<String>().map_err(|_| InvalidValue::new("the names of a dict must be text"))?;
        let value = read(&value, depth + 1).map_err(|error| error.within(&format!(".{name}")))?;
        fields.insert(name, value);
    }
    Ok(fields)
}

/// The content of bytes, or of a file named by a path object; `None` for anything else.
fn read_bytes(object: &Bound<'_, PyAny>) -> Result<Option<Vec<u8>>, InvalidValue> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Some(bytes.as_bytes().to_vec()));
    }
    if object.is_instance_of::<PyByteArray>() || object.is_instance_of::<PyMemoryView>() {
        return read_bytes(&object.py().get_type::<PyBytes>().call1((object,))?);
    }
    if object.hasattr("__fspath__")? {
        let path: std::path::PathBuf = object.extract()?;
        let content = std::fs::read(&path);
        return content
            .map(Some)
            .map_err(|error| InvalidValue::new(format!("{} cannot be read: {error}", path.display())));
    }
    Ok(None)
}
