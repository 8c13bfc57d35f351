//! Converts arguments from Python objects to JSON values. A value that cannot be sent exactly is an
//! error.

use std::borrow::Cow;

use base64::Engine as _;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMemoryView, PyString, PyTuple};
use serde_json::{Map, Number, Value};

use crate::exceptions::unless_interrupted;
use crate::invalid_value::{FieldErrors, InvalidValue, kind_of, with_article};
use crate::lazy_record::LazyRecord;
use crate::log::loaded;

type Result<T> = std::result::Result<T, InvalidValue>;

/// Maximum nesting of an argument. Python's own recursion limit is of the same order.
const MAX_DEPTH: usize = 200;
/// A 64-bit integer has at most 20 digits.
const MAX_DIGITS: i64 = 20;

/// Converts a value. Bytes become base64; records, actions and mappings become objects.
pub(crate) fn to_value(object: &Bound<'_, PyAny>) -> Result<Value> {
    convert(object, 0)
}

/// Converts keyword arguments; adds those that are invalid. `takes_file` returns whether an
/// argument takes the content of a file by its path.
pub(crate) fn to_arguments(
    arguments: &Bound<'_, PyDict>,
    prefix: &str,
    takes_file: impl Fn(&str) -> bool,
    errors: &mut FieldErrors<'_>,
) -> PyResult<Map<String, Value>> {
    let mut converted = Map::new();
    for (name, value) in snapshot(arguments)?.iter() {
        // The default of arguments that may be omitted. `None` is an error, so that it cannot
        // vanish unnoticed.
        if value.is(arguments.py().Ellipsis()) {
            continue;
        }
        let Ok(name) = name.extract::<String>() else {
            errors.add(prefix.trim_end_matches('.'), format!("a name must be a string, got {}", kind_of(&name)));
            continue;
        };
        let content = if value.hasattr("__fspath__")? && takes_file(&name) { Some(file_content(&value)) } else { None };
        let value = content.unwrap_or_else(|| to_value(&value));
        if let Some(value) = errors.check(&format!("{prefix}{name}"), value)? {
            converted.insert(name, value);
        }
    }
    Ok(converted)
}

/// Converts a string. A Python string may hold lone surrogates, which cannot be sent.
pub(crate) fn to_string(string: &Bound<'_, PyString>) -> Result<String> {
    let converted = string.to_cow().map(Cow::into_owned);
    converted.map_err(|_| InvalidValue::new("holds characters that UTF-8 cannot encode, such as half an emoji"))
}

/// Converts the parameters of a query: names, each with one value or several.
pub(crate) fn to_query(query: &Bound<'_, PyAny>) -> Result<Vec<(String, String)>> {
    let pairs = match mapping(query)? {
        Some(named) => named.items().into_any(),
        None => query.clone(),
    };
    let expected =
        || InvalidValue::new(format!("expected a mapping or pairs of name and value, got {}", kind_of(query)));
    if pairs.is_instance_of::<PyString>() {
        return Err(expected());
    }
    let mut converted = Vec::new();
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
                    return Err(InvalidValue::new("expected a string or a number").within(&format!(".{name}")));
                }
                value => value.to_string(),
            };
            converted.push((name.clone(), text));
        }
    }
    Ok(converted)
}

/// Returns a copy of a dict to iterate over. Converting a value runs code of the user, and a dict
/// that changes while it is iterated over is a panic.
pub(crate) fn snapshot<'py>(dict: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
    dict.copy()
}

/// Returns a mapping of any kind as a new dict, or `None` for other objects.
pub(crate) fn mapping<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    if let Ok(dict) = object.cast::<PyDict>() {
        return snapshot(dict).map(Some);
    }
    // The same test as that of the constructor of `dict`.
    if !object.hasattr("keys")? || !object.hasattr("__getitem__")? {
        return Ok(None);
    }
    let dict = object.py().get_type::<PyDict>().call1((object,))?;
    Ok(dict.cast_into().ok())
}

fn convert(object: &Bound<'_, PyAny>, depth: usize) -> Result<Value> {
    if depth > MAX_DEPTH {
        return Err(InvalidValue::new("is nested too deeply, or contains itself"));
    }
    if object.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(string) = object.cast::<PyString>() {
        return to_string(string).map(Value::String);
    }
    if object.is_instance_of::<PyBool>() {
        return Ok(Value::Bool(object.extract()?));
    }
    if object.is_instance_of::<PyInt>() {
        return convert_integer(object);
    }
    if object.is_instance_of::<PyFloat>() {
        return convert_float(object);
    }
    if let Ok(dict) = object.cast::<PyDict>() {
        return convert_dict(dict, depth).map(Value::Object);
    }
    if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
        return convert_items(object, depth);
    }
    if let Some(bytes) = bytes(object)? {
        return Ok(Value::String(base64::engine::general_purpose::STANDARD.encode(bytes)));
    }
    if let Ok(record) = object.cast::<LazyRecord>() {
        return convert(&record.call_method0("_sent")?, depth + 1);
    }
    convert_foreign(object, depth)
}

/// Converts objects of other libraries, and rarer ones of the standard library.
fn convert_foreign(object: &Bound<'_, PyAny>, depth: usize) -> Result<Value> {
    if is_instance(object, "enum", "Enum")? {
        return convert(&object.getattr("value")?, depth + 1);
    }
    if is_instance(object, "datetime", "tzinfo")? {
        return convert_time_zone(object);
    }
    if is_instance(object, "uuid", "UUID")? {
        return Ok(Value::String(object.to_string()));
    }
    if is_instance(object, "decimal", "Decimal")? {
        return convert_decimal(object);
    }
    if object.hasattr("__fspath__")? {
        return Err(InvalidValue::new(format!(
            "cannot be {}: pass a string, or the content of the file",
            kind_of(object)
        )));
    }
    // A string that is made when it is needed, such as a translation of Django: its proxy has the
    // methods of a string.
    if object.hasattr("encode")? && object.hasattr("upper")? {
        return convert(object.str()?.as_any(), depth + 1);
    }
    // Pydantic models. Aliases are the names that the model has in JSON; `exclude_unset` keeps
    // omitted fields omitted.
    for (mark, method) in [("model_dump", "model_dump"), ("__fields_set__", "dict")] {
        if object.hasattr(mark)? {
            let options = PyDict::new(object.py());
            options.set_item("by_alias", true)?;
            options.set_item("exclude_unset", true)?;
            return convert(&object.call_method(method, (), Some(&options))?, depth + 1);
        }
    }
    // Lists of records.
    if object.hasattr("to_dicts")? {
        return convert(&object.call_method0("to_dicts")?, depth + 1);
    }
    if object.hasattr("to_dict")? {
        return convert(&object.call_method0("to_dict")?, depth + 1);
    }
    if object.hasattr("__dataclass_fields__")? && !object.is_instance_of::<pyo3::types::PyType>() {
        let dataclasses = object.py().import("dataclasses")?;
        return convert(&dataclasses.call_method1("asdict", (object,))?, depth + 1);
    }
    if object.hasattr("isoformat")? {
        return Err(InvalidValue::new(format!(
            "cannot be {}: pass a string, such as its isoformat()",
            kind_of(object)
        )));
    }
    // Scalars and arrays of numpy.
    if object.hasattr("dtype")? && object.hasattr("tolist")? {
        let dtype = object.getattr("dtype")?;
        // As a number, a time would lose its unit.
        if let Ok(kind) = dtype.getattr("kind")
            && (kind.eq("M")? || kind.eq("m")?)
        {
            return Err(InvalidValue::new(format!(
                "cannot be {}: pass a string, such as str(value)",
                with_article(&dtype.str()?.to_string())
            )));
        }
        return convert(&object.call_method0("tolist")?, depth + 1);
    }
    if object.hasattr("__index__")? {
        return convert_integer(&object.call_method0("__index__")?);
    }
    if let Some(dict) = mapping(object)? {
        return convert_dict(&dict, depth).map(Value::Object);
    }
    if object.hasattr("read")? {
        return Err(InvalidValue::new("cannot be an open file: pass its path or its content"));
    }
    if object.hasattr("__iter__")? {
        return convert_items(object, depth);
    }
    if object.hasattr("__float__")? {
        return convert_float(object);
    }
    Err(InvalidValue::new(format!("cannot be {}", kind_of(object))))
}

/// Returns whether an object has a class of a module that the program has imported.
fn is_instance(object: &Bound<'_, PyAny>, module: &str, class: &str) -> PyResult<bool> {
    match loaded(object.py(), module)? {
        Some(module) => object.is_instance(&module.getattr(class)?),
        None => Ok(false),
    }
}

/// Converts a time zone with a fixed offset as the API writes offsets. A zone with summer time
/// becomes its name, which the core explains.
fn convert_time_zone(zone: &Bound<'_, PyAny>) -> Result<Value> {
    let offset = zone.call_method1("utcoffset", (zone.py().None(),))?;
    if offset.is_none() {
        return Ok(Value::String(zone.str()?.to_string()));
    }
    let seconds = offset.getattr("days")?.extract::<i64>()? * 86_400 + offset.getattr("seconds")?.extract::<i64>()?;
    let minutes = seconds.abs() / 60;
    if seconds % 60 != 0 || offset.getattr("microseconds")?.is_truthy()? {
        return Err(InvalidValue::new(format!("the offset of {} must be whole minutes", zone.str()?)));
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    Ok(Value::String(format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)))
}

fn convert_integer(object: &Bound<'_, PyAny>) -> Result<Value> {
    let py = object.py();
    if let Some(number) = unless_interrupted(py, object.extract::<i64>())? {
        return Ok(Value::from(number));
    }
    let number = unless_interrupted(py, object.extract::<u64>())?;
    number.map(Value::from).ok_or_else(beyond_64_bits)
}

/// Converts a `Decimal` if JSON can hold it exactly.
fn convert_decimal(object: &Bound<'_, PyAny>) -> Result<Value> {
    if !object.call_method0("is_finite")?.is_truthy()? {
        return convert_float(object);
    }
    if !object.call_method0("to_integral_value")?.eq(object)? {
        let value = convert_float(object)?;
        // The shortest digits of the float must be those of the decimal.
        let decimal = object.get_type().call1((value.to_string(),))?;
        let exact = decimal.eq(object)?;
        let reason = "has more digits than a number can hold exactly: pass a string, or round it";
        return if exact { Ok(value) } else { Err(InvalidValue::new(reason)) };
    }
    // As an `int`, a decimal with an exponent of a billion would fill the memory.
    if object.is_truthy()? && object.call_method0("adjusted")?.extract::<i64>()? > MAX_DIGITS {
        return Err(beyond_64_bits());
    }
    convert_integer(&object.call_method0("__int__")?)
}

fn beyond_64_bits() -> InvalidValue {
    InvalidValue::new("an integer must fit in 64 bits")
}

fn convert_float(object: &Bound<'_, PyAny>) -> Result<Value> {
    let number = unless_interrupted(object.py(), object.extract::<f64>())?.and_then(Number::from_f64);
    number.map(Value::Number).ok_or_else(|| InvalidValue::new("a number must be finite"))
}

fn convert_items(items: &Bound<'_, PyAny>, depth: usize) -> Result<Value> {
    let items = items.try_iter()?.enumerate();
    let converted =
        items.map(|(index, item)| convert(&item?, depth + 1).map_err(|error| error.within(&format!("[{index}]"))));
    converted.collect::<Result<_>>().map(Value::Array)
}

fn convert_dict(dict: &Bound<'_, PyDict>, depth: usize) -> Result<Map<String, Value>> {
    let mut fields = Map::new();
    for (name, value) in snapshot(dict)?.iter() {
        let name = name.extract::<String>().map_err(|_| InvalidValue::new("the keys of a dict must be strings"))?;
        let value = convert(&value, depth + 1).map_err(|error| error.within(&format!(".{name}")))?;
        fields.insert(name, value);
    }
    Ok(fields)
}

/// Returns the content of a bytes-like object, or `None` for other objects.
pub(crate) fn bytes(object: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Some(bytes.as_bytes().to_vec()));
    }
    if object.is_instance_of::<PyByteArray>() || object.is_instance_of::<PyMemoryView>() {
        return bytes(&object.py().get_type::<PyBytes>().call1((object,))?);
    }
    Ok(None)
}

/// Returns the content of the file that a path object names, as base64.
fn file_content(path: &Bound<'_, PyAny>) -> Result<Value> {
    let path: std::path::PathBuf = path.extract()?;
    let content = std::fs::read(&path)
        .map_err(|error| InvalidValue::new(format!("{} cannot be read: {error}", path.display())))?;
    Ok(Value::String(base64::engine::general_purpose::STANDARD.encode(content)))
}
