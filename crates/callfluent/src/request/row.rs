//! Decodes rows of strings, such as lines of a CSV file, to arguments. A cell is a string: its
//! field decides the type, so that a phone number keeps its plus and its zeros.

use serde_json::{Map, Value};

use super::known_values::{not_listed, numbers_in};
use crate::decode::DecodeScalar as _;
use crate::error::FieldError;
use crate::schema::{Accepts, Field, Kind};

/// Decodes the cells of a row. `field_of` returns the documented field of a column, if there is
/// one; other columns keep their strings. Returns the arguments by the names of the columns.
///
/// Spaces around a name and a byte order mark are ignored. An empty cell is an omitted field.
/// Values that are not strings stay unchanged.
pub(crate) fn decode_cells(
    row: impl IntoIterator<Item = (String, Value)>,
    field_of: impl Fn(&str) -> Option<&'static Field>,
    errors: &mut Vec<FieldError>,
) -> Map<String, Value> {
    let mut arguments = Map::new();
    for (name, cell) in row {
        let name = name.trim_start_matches('\u{feff}').trim().to_owned();
        let value = match (cell, field_of(&name)) {
            (Value::Null, _) => continue,
            (Value::String(cell), _) if cell.trim().is_empty() => continue,
            (Value::String(cell), Some(field)) => decode_cell(field, &cell).unwrap_or_else(|reason| {
                errors.push(FieldError::of_given_name(&*name, reason));
                Value::String(cell)
            }),
            (cell, _) => cell,
        };
        if arguments.insert(name.clone(), value).is_some() {
            errors.push(FieldError::of_given_name(name, "is the name of two columns; rename one"));
        }
    }
    arguments
}

/// Decodes a cell of a field.
///
/// # Errors
/// The reason why the cell is invalid.
fn decode_cell(field: &Field, cell: &str) -> Result<Value, String> {
    match field.values {
        Some(known) if matches!(known.accepts, Accepts::Numbers) && !cell.trim_start().starts_with('[') => {
            numbers_in(known, cell).map(Value::from)
        }
        _ => decode(&field.kind, cell),
    }
}

/// Decodes a cell.
///
/// # Errors
/// The reason why the cell is invalid.
fn decode(kind: &Kind, cell: &str) -> Result<Value, String> {
    let unless = |value: Option<Value>, expected: &str| {
        value.ok_or_else(|| format!("expected {expected}, got the string {cell:?}"))
    };
    let a_list = |kind: &Kind| format!("a list, such as {}", example(kind));
    match kind {
        Kind::Integer => unless(i64::decode_str(cell).map(Value::from), "an integer"),
        Kind::Number => unless(f64::decode_str(cell).map(Value::from), "a number"),
        Kind::Boolean => unless(bool::decode_str(cell).map(Value::from), "true or false, yes or no, 1 or 0"),
        Kind::Enumeration(enumeration) => {
            let values = || enumeration.values.iter().map(|value| value.value);
            let found = values().find(|value| value.eq_ignore_ascii_case(cell.trim()));
            found.map(Value::from).ok_or_else(|| not_listed(values(), cell.trim()))
        }
        Kind::List(Kind::Record(_) | Kind::Union(_)) => {
            unless(serde_json::from_str(cell).ok().filter(Value::is_array), "a JSON list")
        }
        Kind::List(kind) if cell.trim_start().starts_with('[') => {
            let items: Option<Vec<Value>> = serde_json::from_str(cell).ok();
            unless(items.map(Value::from), &a_list(kind))
        }
        Kind::List(kind) => {
            let parts = cell.split(',').map(str::trim).filter(|part| !part.is_empty());
            let items: Result<Vec<_>, _> = parts.map(|part| decode(kind, part)).collect();
            unless(items.ok().map(Value::from), &a_list(kind))
        }
        _ => Ok(Value::from(cell)),
    }
}

fn example(kind: &Kind) -> &'static str {
    if matches!(kind, Kind::Integer | Kind::Number | Kind::Id) { "1,2" } else { "a,b" }
}
