//! Bodies of control requests and of their responses.

use serde_json::{Map, Value, json};

use crate::errors::FieldErrors;

pub(super) fn success() -> Value {
    json!({"status": true})
}

pub(super) fn parse(body: &[u8]) -> Result<Value, FieldErrors> {
    serde_json::from_slice(body).map_err(|error| FieldErrors::single("body", format!("must be JSON: {error}")))
}

/// Decodes an object of overrides; an empty body has none.
pub(super) fn parse_object(body: &[u8]) -> Result<Map<String, Value>, FieldErrors> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match parse(body)? {
        Value::Object(object) => Ok(object),
        _ => Err(FieldErrors::single("body", "must be a JSON object")),
    }
}
