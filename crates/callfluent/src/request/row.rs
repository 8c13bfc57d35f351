//! Decodes rows of strings, such as lines of a CSV file, to arguments. A cell is a string: its
//! field decides the type, so that a phone number keeps its plus and its zeros.

use serde_json::{Map, Value};

use crate::decode::DecodeScalar as _;
use crate::error::FieldError;
use crate::schema::{Field, Kind, similar};

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
            (Value::String(cell), Some(field)) => decode(&field.kind, &cell).unwrap_or_else(|expected| {
                errors.push(FieldError::of_given_name(&*name, format!("expected {expected}, got the string {cell:?}")));
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

/// Decodes a cell.
///
/// # Errors
/// The expected form, if the cell does not have it.
fn decode(kind: &Kind, cell: &str) -> Result<Value, String> {
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
            let items: Result<Vec<_>, _> = parts.map(|part| decode(kind, part)).collect();
            items.map(Value::from).map_err(|_| format!("a list, such as {}", example(kind)))
        }
        _ => Ok(Value::from(cell)),
    }
}

fn example(kind: &Kind) -> &'static str {
    if matches!(kind, Kind::Integer | Kind::Number | Kind::Id) { "1,2" } else { "a,b" }
}
