//! Writes arguments the way the API wants them: wire names, lists as text, ids as documented.

use serde_json::{Map, Number, Value};

use crate::schema::{Field, Kind, ListForm, Shape};

/// Writes the value of a field.
pub(crate) fn encode(field: &Field, value: Value) -> Value {
    let encoded = encode_kind(&field.kind, value);
    match (field.list_form, &encoded) {
        (ListForm::CommaText, Value::Array(items)) => {
            Value::String(items.iter().map(text).collect::<Vec<_>>().join(","))
        }
        (ListForm::JsonText, Value::Array(_)) => Value::String(encoded.to_string()),
        _ => encoded,
    }
}

fn encode_kind(kind: &Kind, value: Value) -> Value {
    match (kind, value) {
        (Kind::Record(shape), Value::Object(fields)) => Value::Object(record(shape, fields)),
        (Kind::Union(union), Value::Object(mut fields)) => {
            let tag = union.tag.take(&mut fields);
            let variant = tag.as_ref().and_then(Value::as_str).and_then(|tag| union.variant(tag));
            let mut encoded = match variant {
                Some(variant) => record(variant.shape, fields),
                None => fields,
            };
            if let Some(tag) = tag {
                encoded.insert(union.tag.wire.to_owned(), tag);
            }
            Value::Object(encoded)
        }
        (Kind::List(kind), Value::Array(items)) => {
            Value::Array(items.into_iter().map(|item| encode_kind(kind, item)).collect())
        }
        (Kind::TextId, Value::Number(number)) => Value::String(number.to_string()),
        (Kind::Id, Value::String(digits)) => match digits.parse::<i64>() {
            Ok(number) => Value::from(number),
            Err(_) => Value::String(digits),
        },
        (Kind::Integer | Kind::Number, Value::Number(number)) => Value::Number(whole_or_fraction(number)),
        (_, value) => value,
    }
}

/// Writes the fields of a record under their wire names; fields that the documentation does not list keep their own.
pub(crate) fn record(shape: &Shape, mut fields: Map<String, Value>) -> Map<String, Value> {
    let mut encoded = Map::new();
    for field in shape.fields {
        if let Some(value) = field.take(&mut fields) {
            encoded.insert(field.wire.to_owned(), encode(field, value));
        }
    }
    encoded.append(&mut fields);
    encoded
}

/// Writes `3.0` as `3`, as the documentation's examples are.
fn whole_or_fraction(number: Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() => serde_json::to_value(crate::decode::WholeOrFraction(float))
            .ok()
            .and_then(|value| match value {
                Value::Number(number) => Some(number),
                _ => None,
            })
            .unwrap_or(number),
        _ => number,
    }
}

/// A single value as text, for a query or a list with commas.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
