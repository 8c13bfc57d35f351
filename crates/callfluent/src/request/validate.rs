//! Validates arguments against the documentation before a request is sent, and reports all errors
//! at once.

use serde_json::{Map, Value};

use super::encode::integer;
use super::phone_number::{NUMBER_AS_PHONE_NUMBER, remedy, to_e164};
use super::{known_values, undocumented};
use crate::error::FieldError;
use crate::schema::{Field, Kind, ListForm, Presence, RecordType, Union};
use crate::shorten::shortened_json;

/// Validates the value of a field.
pub(super) fn check_field(field: &Field, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if value.is_null() {
        if field.presence == Presence::Required {
            errors.push(FieldError::new(path, known_values::missing(field)));
        }
        return;
    }
    if known_values::check(field, value, path, errors) {
        return;
    }
    if let Some(reason) = empty_text(field, value) {
        errors.push(FieldError::new(path, reason));
        return;
    }
    if let Some(meant) = value.as_str().and_then(|value| field.misspelled(value)) {
        let reason =
            format!("got {}; did you mean {meant}? A JSON string as the list sends any value", shortened_json(value));
        errors.push(FieldError::new(path, reason));
        return;
    }
    // A list that is encoded as a string may be passed as that string.
    if matches!(field.kind, Kind::List(_)) && field.list_form != ListForm::Array && value.is_string() {
        return;
    }
    let before = errors.len();
    check_kind(&field.kind, value, path, errors);
    if field.secret && errors.len() > before {
        // The reason would contain the value.
        errors.truncate(before);
        errors.push(FieldError::new(path, format!("expected {}", field.kind.expectation())));
    }
    if let (Some(range), Some(number)) = (field.range, value.as_f64())
        && !range.contains(number)
    {
        errors.push(FieldError::new(path, format!("must be {range}, got {number}")));
    }
}

/// Returns the reason against a required text that is empty: it would erase a prompt, or leave the
/// agent without one. A password may consist of spaces.
pub(crate) fn empty_text(field: &Field, value: &Value) -> Option<String> {
    let text = value.as_str().filter(|_| field.presence == Presence::Required && matches!(field.kind, Kind::String))?;
    let is_empty = if field.secret { text.is_empty() } else { text.trim().is_empty() };
    is_empty.then(|| format!("must not be empty: it {}", known_values::missing(field)))
}

fn check_kind(kind: &Kind, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    match (kind, value) {
        (Kind::Record(record), Value::Object(fields)) => check_record(record, fields, path, errors),
        (Kind::Union(union), Value::Object(fields)) => check_union(union, fields, path, errors),
        (Kind::List(kind), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                check_kind(kind, item, &format!("{path}[{index}]"), errors);
            }
        }
        (Kind::Map(_), Value::Object(_)) | (Kind::Any | Kind::Files, _) => {}
        (Kind::Enumeration(known), Value::String(given)) if !known.allows(given) => {
            errors.push(FieldError::new(
                path,
                known_values::not_listed(known.values.iter().map(|value| value.value), given),
            ));
        }
        (kind, value) if is_of_kind(kind, value) => {}
        (kind, value) => {
            let mut reason = format!("expected {}, got {}", kind.expectation(), shortened_json(value));
            let remedy = match (kind, value) {
                (Kind::PhoneNumber, Value::String(number)) => remedy(number),
                (Kind::PhoneNumber, Value::Number(_)) => Some(NUMBER_AS_PHONE_NUMBER),
                _ => None,
            };
            if let Some(remedy) = remedy {
                reason = format!("{reason}; {remedy}");
            }
            errors.push(FieldError::new(path, reason));
        }
    }
}

/// Returns whether a single value is of this kind.
fn is_of_kind(kind: &Kind, value: &Value) -> bool {
    match kind {
        Kind::Id => is_integer(value) || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok()),
        Kind::StringId => is_integer(value) || value.as_str().is_some_and(|text| !text.trim().is_empty()),
        Kind::String | Kind::Enumeration(_) | Kind::Image => value.is_string(),
        Kind::PhoneNumber => value.as_str().is_some_and(|number| to_e164(number).is_some()),
        Kind::Integer => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Kind::Number => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        _ => false,
    }
}

/// Validates the fields of a record.
pub(super) fn check_record(record: &RecordType, fields: &Map<String, Value>, path: &str, errors: &mut Vec<FieldError>) {
    check_fields(record, fields, path, errors);
    check_undocumented(record, None, fields, path, errors);
}

fn check_fields(record: &RecordType, fields: &Map<String, Value>, path: &str, errors: &mut Vec<FieldError>) {
    for field in record.fields {
        let field_path = join(path, field.name);
        match field.get(fields) {
            Some(value) if !value.is_null() => check_field(field, value, &field_path, errors),
            _ => check_absent(field, fields, &field_path, errors),
        }
    }
}

/// Adds the errors of undocumented fields that are probably misspelled. `tag` is a field beside
/// those of the record.
fn check_undocumented(
    record: &RecordType,
    tag: Option<&Field>,
    fields: &Map<String, Value>,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    let known = || record.fields.iter().chain(tag);
    let is_undocumented = |name: &&String| known().all(|field| !field.is_given_as(name));
    for name in fields.keys().filter(is_undocumented) {
        let documented = known().map(|field| (field, field.get(fields).is_some()));
        if let Some(reason) = undocumented::reason(name, documented, false) {
            errors.push(FieldError::of_given_name(join(path, name), reason));
        }
    }
}

/// Returns the errors of required fields that are missing.
pub(crate) fn missing_fields(record: &RecordType, fields: &Map<String, Value>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for field in record.fields {
        if field.get(fields).is_none_or(Value::is_null) {
            check_absent(field, fields, field.name, &mut errors);
        }
    }
    errors
}

/// Returns the path of a field in the record at `path`; the path of the arguments is empty.
fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn check_absent(field: &Field, fields: &Map<String, Value>, path: &str, errors: &mut Vec<FieldError>) {
    match field.presence {
        Presence::Required => errors.push(FieldError::new(path, known_values::missing(field))),
        Presence::RequiredWhen { field: other, value } => {
            if fields.get(other).and_then(Value::as_str) == Some(value) {
                errors.push(FieldError::new(path, format!("is required when {other} is {value}")));
            }
        }
        Presence::Derived { .. } | Presence::Optional => {}
    }
}

fn check_union(union: &Union, fields: &Map<String, Value>, path: &str, errors: &mut Vec<FieldError>) {
    let tag = union.tag.get(fields).and_then(Value::as_str);
    let Some(tag) = tag else {
        let known: Vec<_> = union.variants.iter().map(|variant| variant.tag).collect();
        errors.push(FieldError::new(join(path, union.tag.name), format!("is required: one of {}", known.join(", "))));
        return;
    };
    match union.variant(tag) {
        Some(variant) => {
            check_fields(variant.record, fields, path, errors);
            check_undocumented(variant.record, Some(union.tag), fields, path, errors);
        }
        None => {
            let tags = union.variants.iter().map(|variant| variant.tag);
            errors.push(FieldError::new(join(path, union.tag.name), known_values::not_listed(tags, tag)));
        }
    }
}

/// Data frames and spreadsheets hold ids as floats.
fn is_integer(value: &Value) -> bool {
    value.as_number().is_some_and(|number| integer(number).is_some())
}
