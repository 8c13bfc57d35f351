//! Bodies of control requests and of their responses.

use serde_json::{Map, Value, json};

use crate::errors::FieldErrors;
use crate::names::{Naming, unknown_field};
use crate::validation::{unlike, with_documented_names};

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

/// The fields of a control request, and all errors in them.
pub(super) struct Fields {
    values: Map<String, Value>,
    naming: Naming,
    errors: FieldErrors,
}

impl Fields {
    /// Decodes an object that has only these fields, in snake case or in camel case.
    pub(super) fn parse(body: &[u8], known: &[&str], naming: Naming) -> Result<Self, FieldErrors> {
        let values = with_documented_names(&parse_object(body)?, &known.iter().copied());
        let mut errors = FieldErrors::default();
        for name in values.keys().filter(|name| !known.contains(&name.as_str())) {
            errors.add(name, unknown_field(name, known.iter().copied(), naming));
        }
        Ok(Self { values, naming, errors })
    }

    /// Rejects all fields: the request has none.
    pub(super) fn reject_all(body: &[u8], naming: Naming) -> Result<(), FieldErrors> {
        Self::parse(body, &[], naming)?.finish(Some(()))
    }

    /// Decodes a field that can be omitted or null. `expected` has its valid values in words.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        expected: &str,
        decode: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.values.get(name).filter(|value| !value.is_null())?;
        let decoded = decode(value);
        if decoded.is_none() {
            self.errors.add(self.naming.apply(name), unlike(expected, value));
        }
        decoded
    }

    /// Decodes a required field.
    pub(super) fn required<T>(
        &mut self,
        name: &str,
        expected: &str,
        decode: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        if self.values.get(name).is_none_or(Value::is_null) {
            self.errors.add(self.naming.apply(name), format!("required: {expected}"));
        }
        self.optional(name, expected, decode)
    }

    /// Returns the decoded required fields, or all errors.
    pub(super) fn finish<T>(self, required: Option<T>) -> Result<T, FieldErrors> {
        match required {
            Some(decoded) if self.errors.is_empty() => Ok(decoded),
            _ => Err(self.errors),
        }
    }
}
