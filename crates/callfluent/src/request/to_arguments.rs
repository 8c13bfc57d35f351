//! Converts what a program passes into arguments, without loss. The undocumented fields of a copied
//! record are the JSON text of a server, which can hold values that cannot be sent.

use serde::Serialize;
use serde_json::Value;

use super::encoder::Arguments;
use crate::error::FieldError;
use crate::json::{Document, Json, has_only_short_numbers, quote_large_integers};

/// Converts each field of a record into an argument. Returns the errors of those that cannot be
/// sent, too: a field that vanished would not be noticed.
pub(crate) fn to_arguments(fields: &impl Serialize) -> (Arguments, Vec<FieldError>) {
    let (mut arguments, mut errors) = (Arguments::new(), Vec::new());
    let json = serde_json::to_string(fields);
    let document = json.as_ref().map_err(reason).and_then(|json| Document::parse(json.as_bytes()).map_err(reason));
    match document {
        Ok(document) => {
            for entry in document.root().entries().into_iter().flatten() {
                let name = entry.key().into_owned();
                match to_value(entry.raw) {
                    Ok(value) => drop(arguments.insert(name, value)),
                    Err(reason) => errors.push(FieldError::of_given_name(name, reason)),
                }
            }
        }
        Err(reason) => errors.push(FieldError::new("", reason)),
    }
    (arguments, errors)
}

/// Converts one argument.
///
/// # Errors
/// Those of its fields, if it is an object; otherwise its own.
pub(crate) fn to_argument(name: &str, value: &impl Serialize) -> Result<Value, Vec<FieldError>> {
    match serde_json::to_value(value) {
        Ok(value) if !value.is_object() => return Ok(value),
        Err(error) if !matches!(serde_json::to_string(value), Ok(json) if json.starts_with('{')) => {
            return Err(vec![FieldError::new(name, reason(error))]);
        }
        _ => {}
    }
    let (fields, errors) = to_arguments(value);
    if errors.is_empty() {
        return Ok(Value::Object(fields));
    }
    let within = |error: FieldError| FieldError::of_given_name(format!("{name}.{}", error.field), error.reason);
    Err(errors.into_iter().map(within).collect())
}

/// Decodes a value. An integer beyond 64 bits would become a float, and lose its last digits.
fn to_value(json: Json<'_>) -> Result<Value, String> {
    let text = json.get();
    if !has_only_short_numbers(text) && quote_large_integers(text, u64::MAX) != text {
        return Err("contains an integer that does not fit in 64 bits; pass it as a string".to_owned());
    }
    json.deserialize().map_err(reason)
}

fn reason(error: impl std::borrow::Borrow<serde_json::Error>) -> String {
    format!("cannot be encoded as JSON: {}", error.borrow())
}
