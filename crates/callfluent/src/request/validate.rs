//! Checks arguments against the documentation before anything is sent, and finds every problem at once.

use serde_json::{Map, Value};

use crate::error::FieldError;
use crate::schema::{Field, Kind, Presence, Shape, Union};

/// The most characters of a value that a problem repeats.
const MOST_SHOWN: usize = 40;
/// The most digits of a phone number, by E.164.
const MOST_DIGITS: usize = 15;

/// Checks the value of a field.
pub(crate) fn check(field: &Field, value: &Value, path: &str, problems: &mut Vec<FieldError>) {
    if value.is_null() {
        if field.presence == Presence::Required {
            problems.push(FieldError::new(path, "is required"));
        }
        return;
    }
    // A list that is one text on the wire may be given as that text.
    if matches!(field.kind, Kind::List(_)) && field.list_form != crate::schema::ListForm::Array && value.is_string() {
        return;
    }
    check_kind(&field.kind, value, path, problems);
    if let (Some(range), Some(number)) = (field.range, value.as_f64())
        && !range.contains(number)
    {
        problems.push(FieldError::new(path, format!("must be {range}, is {number}")));
    }
}

fn check_kind(kind: &Kind, value: &Value, path: &str, problems: &mut Vec<FieldError>) {
    match (kind, value) {
        (Kind::Record(shape), Value::Object(fields)) => check_record(shape, fields, path, problems),
        (Kind::Union(union), Value::Object(fields)) => check_union(union, fields, path, problems),
        (Kind::List(kind), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                check_kind(kind, item, &format!("{path}[{index}]"), problems);
            }
        }
        (Kind::Map(_), Value::Object(_)) | (Kind::Any | Kind::Files, _) => {}
        (kind, value) if holds(kind, value) => {}
        (kind, value) => {
            problems.push(FieldError::new(path, format!("expected {}, got {}", kind.expectation(), shown(value))));
        }
    }
}

/// Whether a single value is of this kind.
fn holds(kind: &Kind, value: &Value) -> bool {
    match kind {
        Kind::Id => value.is_i64() || value.is_u64() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok()),
        Kind::TextId => value.is_i64() || value.is_u64() || value.as_str().is_some_and(|text| !text.trim().is_empty()),
        Kind::Text | Kind::Enumeration(_) | Kind::Image => value.is_string(),
        Kind::PhoneNumber => value.as_str().is_some_and(is_phone_number),
        Kind::Integer => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Kind::Number => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        _ => false,
    }
}

/// Checks the fields of a record.
pub(crate) fn check_record(shape: &Shape, fields: &Map<String, Value>, path: &str, problems: &mut Vec<FieldError>) {
    for field in shape.fields {
        let place = inside(path, field.name);
        match field.get(fields) {
            Some(value) if !value.is_null() => check(field, value, &place, problems),
            _ => check_absent(field, fields, &place, problems),
        }
    }
}

/// The fields of a record that have to be there and are not.
pub(crate) fn missing(shape: &Shape, fields: &Map<String, Value>) -> Vec<FieldError> {
    let mut problems = Vec::new();
    for field in shape.fields {
        if field.get(fields).is_none_or(Value::is_null) {
            check_absent(field, fields, field.name, &mut problems);
        }
    }
    problems
}

/// The path of a field in the record at `path`; arguments themselves have none.
fn inside(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn check_absent(field: &Field, fields: &Map<String, Value>, path: &str, problems: &mut Vec<FieldError>) {
    match field.presence {
        Presence::Required => problems.push(FieldError::new(path, "is required")),
        Presence::RequiredWhen { field: other, value } => {
            if fields.get(other).and_then(Value::as_str) == Some(value) {
                problems.push(FieldError::new(path, format!("is required when {other} is {value}")));
            }
        }
        Presence::Optional => {}
    }
}

fn check_union(union: &Union, fields: &Map<String, Value>, path: &str, problems: &mut Vec<FieldError>) {
    let tag = union.tag.get(fields).and_then(Value::as_str);
    let Some(tag) = tag else {
        let known: Vec<_> = union.variants.iter().map(|variant| variant.tag).collect();
        problems
            .push(FieldError::new(inside(path, union.tag.name), format!("is required: one of {}", known.join(", "))));
        return;
    };
    // A kind that the documentation does not list yet is sent as it is.
    if let Some(variant) = union.variant(tag) {
        check_record(variant.shape, fields, path, problems);
    }
}

/// Whether a text is a phone number in E.164 form.
fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        !digits.is_empty() && digits.len() <= MOST_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= MOST_SHOWN {
        return text;
    }
    text.chars().take(MOST_SHOWN).chain("...".chars()).collect()
}
