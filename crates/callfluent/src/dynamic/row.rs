//! Decodes rows of strings, such as lines of a CSV file, to the arguments of an operation.

use serde_json::{Map, Value};

use super::invoke::find;
use crate::client::CallFluent;
use crate::decode::DecodeScalar as _;
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::operation::{Location, Operation};
use crate::request::{check_names, encode_request};
use crate::schema::{Field, Kind, similar};

/// Decodes the cells of a row as the values of responses are decoded: `"3"` as an integer, `"yes"`
/// as a boolean, `"1, 2"` as a list. An empty cell is an omitted field. Values that are not strings
/// stay unchanged.
///
/// Column names may be in either naming. Spaces around a name and a byte order mark are ignored.
///
/// # Errors
/// [`Error::InvalidRequest`] with all problems: cells that cannot be decoded, missing and unknown
/// columns, and values that the operation does not accept.
///
/// # Example
/// ```no_run
/// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
/// use callfluent::bindings::decode_row;
///
/// let row = [("name", "Sales"), ("call_recording", "yes"), ("welcome_msg_delay", "3")];
/// let row = row.map(|(name, cell)| (name.to_owned(), cell.into())).into_iter().collect();
/// let arguments = decode_row(&client, "agents.create", row)?;
/// # Ok(()) }
/// ```
pub fn decode_row(client: &CallFluent, operation: &str, row: Map<String, Value>) -> Result<Map<String, Value>> {
    let operation = find(operation)?;
    let mut errors = Vec::new();
    let mut arguments = Map::new();
    for (name, cell) in row {
        let name = name.trim_start_matches('\u{feff}').trim().to_owned();
        let value = match (cell, field_of(operation, &name)) {
            (Value::Null, _) => continue,
            (Value::String(cell), _) if cell.trim().is_empty() => continue,
            (Value::String(cell), Some(field)) => decode(&field.kind, &cell).unwrap_or_else(|expected| {
                errors.push(FieldError::new(field.name, format!("expected {expected}, got the string {cell:?}")));
                Value::String(cell)
            }),
            (cell, _) => cell,
        };
        arguments.insert(name, value);
    }
    let options = client.options();
    if options.validate {
        errors.extend(check_names(operation, &arguments, options.naming));
    }
    let encoded = encode_request(operation, arguments.clone(), Vec::new(), None, options.validate).err();
    for error in encoded.iter().flat_map(Error::field_errors) {
        if errors.iter().all(|known| known.field != error.field) {
            errors.push(error.clone());
        }
    }
    if errors.is_empty() { Ok(arguments) } else { Err(Error::InvalidRequest(FieldErrors::new(operation.name, errors))) }
}

/// Returns the documented field with this name, in either naming.
fn field_of(operation: &Operation, name: &str) -> Option<&'static Field> {
    let named = Map::from_iter([(name.to_owned(), Value::Null)]);
    operation.parameters.iter().find_map(|parameter| match (parameter.location, &parameter.field.kind) {
        (Location::Fields, Kind::Record(record)) => record.fields.iter().find(|field| field.get(&named).is_some()),
        _ => parameter.field.get(&named).map(|_| &parameter.field),
    })
}

/// Decodes a cell.
///
/// # Errors
/// The expected form, if the cell does not have it.
fn decode(kind: &Kind, cell: &str) -> std::result::Result<Value, String> {
    let scalar = |value: Option<Value>, expected: &str| value.ok_or_else(|| expected.to_owned());
    match kind {
        Kind::Integer => scalar(i64::decode_str(cell).map(Value::from), "an integer"),
        Kind::Number => scalar(f64::decode_str(cell).map(Value::from), "a number"),
        Kind::Boolean => scalar(bool::decode_str(cell).map(Value::from), "true or false, yes or no, 1 or 0"),
        Kind::Enumeration(enumeration) => {
            let values = || enumeration.values.iter().map(|value| value.value);
            let found = values().find(|value| value.eq_ignore_ascii_case(cell.trim()));
            found.map(Value::from).ok_or_else(|| {
                let near = similar(&cell.trim().to_ascii_lowercase(), values());
                if near.is_empty() { values().collect() } else { near }.join(" or ")
            })
        }
        Kind::List(Kind::Record(_) | Kind::Union(_)) => {
            scalar(serde_json::from_str(cell).ok().filter(Value::is_array), "a JSON list")
        }
        Kind::List(kind) if cell.trim_start().starts_with('[') => {
            let items: Option<Vec<Value>> = serde_json::from_str(cell).ok();
            items.map(Value::from).ok_or_else(|| format!("a list, such as {}", example(kind)))
        }
        Kind::List(kind) => {
            let parts = cell.split(',').map(str::trim).filter(|part| !part.is_empty());
            let items: std::result::Result<Vec<_>, _> = parts.map(|part| decode(kind, part)).collect();
            items.map(Value::from).map_err(|_| format!("a list, such as {}", example(kind)))
        }
        _ => Ok(Value::from(cell)),
    }
}

fn example(kind: &Kind) -> &'static str {
    if matches!(kind, Kind::Integer | Kind::Number | Kind::Id) { "1,2" } else { "a,b" }
}
