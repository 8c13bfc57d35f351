//! Encodes arguments as the API expects them: JSON names, lists as strings, ids as documented.

use serde_json::{Map, Number, Value};

use super::known_values;
use super::phone_number::to_e164;
use crate::decode::ShortestNumber;
use crate::json::whole_integer;
use crate::schema::{Field, Kind, ListForm, RecordType};

/// Encodes the value of a field.
pub(crate) fn encode(field: &Field, value: Value) -> Value {
    let encoded = encode_kind(&field.kind, known_values::encode(field, value));
    match (field.list_form, &encoded) {
        (ListForm::CommaSeparated, Value::Array(items)) => {
            Value::String(items.iter().map(to_string).collect::<Vec<_>>().join(","))
        }
        (ListForm::JsonString, Value::Array(_)) => Value::String(encoded.to_string()),
        _ => encoded,
    }
}

fn encode_kind(kind: &Kind, value: Value) -> Value {
    match (kind, value) {
        (Kind::Record(record), Value::Object(fields)) => Value::Object(encode_record(record, fields)),
        (Kind::Union(union), Value::Object(mut fields)) => {
            let tag = union.tag.take(&mut fields);
            let variant = tag.as_ref().and_then(Value::as_str).and_then(|tag| union.variant(tag));
            let mut encoded = match variant {
                Some(variant) => encode_record(variant.record, fields),
                None => fields,
            };
            if let Some(tag) = tag {
                encoded.insert(union.tag.json_name.to_owned(), tag);
            }
            Value::Object(encoded)
        }
        (Kind::List(kind), Value::Array(items)) => {
            Value::Array(items.into_iter().map(|item| encode_kind(kind, item)).collect())
        }
        // An invalid number is sent unchanged if validation is disabled.
        (Kind::PhoneNumber, Value::String(number)) => Value::String(to_e164(&number).unwrap_or(number)),
        (Kind::StringId, Value::Number(number)) => Value::String(integer(&number).unwrap_or(number).to_string()),
        (Kind::Id, Value::Number(number)) => Value::Number(integer(&number).unwrap_or(number)),
        (Kind::Id, Value::String(digits)) => match digits.parse::<i64>() {
            Ok(number) => Value::from(number),
            Err(_) => Value::String(digits),
        },
        (Kind::Integer | Kind::Number, Value::Number(number)) => Value::Number(shortest_number(number)),
        (_, value) => value,
    }
}

/// Encodes the fields of a record with their JSON names. Undocumented fields keep their name.
pub(super) fn encode_record(record: &RecordType, mut fields: Map<String, Value>) -> Map<String, Value> {
    let mut encoded = Map::new();
    for field in record.fields {
        if let Some(value) = field.take(&mut fields) {
            encoded.insert(field.json_name.to_owned(), encode(field, value));
        }
    }
    encoded.append(&mut fields);
    encoded
}

/// Encodes `3.0` as `3`, as in the documentation's examples.
fn shortest_number(number: Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() => serde_json::to_value(ShortestNumber(float))
            .ok()
            .and_then(|value| match value {
                Value::Number(number) => Some(number),
                _ => None,
            })
            .unwrap_or(number),
        _ => number,
    }
}

/// Converts a single value to a string, for a query or a comma-separated list.
pub(super) fn to_string(value: &Value) -> String {
    match value {
        Value::String(string) => string.clone(),
        other => other.to_string(),
    }
}

/// Returns the integer that a number is, such as 3 for `3.0`; `None` for a fraction.
pub(crate) fn integer(number: &Number) -> Option<Number> {
    match number.as_f64() {
        Some(float) if number.is_f64() => whole_integer(float).map(Number::from),
        _ => Some(number.clone()),
    }
}
