//! A row of the documentation's field tables, and the check of an object against a table.
//! Unknown fields are accepted, because the API accepts them. A documented name in another spelling
//! is rejected, because it is most likely a typo.

use serde_json::{Map, Value};

use super::Kind;
use crate::errors::FieldErrors;

/// Condition under which a field is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Required {
    Always,
    Never,
    ForOutboundAgents,
}

/// One row: JSON name, kind of value, and whether the field is required.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: Required,
}

/// A required field.
pub(crate) const fn required(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: Required::Always }
}

/// A field that can be omitted or null.
pub(crate) const fn optional(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: Required::Never }
}

/// A field that only outbound agents require.
pub(crate) const fn required_for_outbound_agents(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: Required::ForOutboundAgents }
}

/// Checks an object against a table.
pub(crate) fn validate_object(table: &[Field], object: &Map<String, Value>, errors: &mut FieldErrors) {
    validate_values(table, object, errors);
    for name in object.keys() {
        if let Some(documented) = misspelled(table, name) {
            errors.add(name, format!("unknown field; the documented name is `{documented}`"));
        }
    }
}

/// Checks the fields in the table and ignores all other names.
pub(crate) fn validate_values(table: &[Field], object: &Map<String, Value>, errors: &mut FieldErrors) {
    let outbound = object.get("format").and_then(Value::as_str) == Some("outbound");
    for field in table {
        let required = match field.required {
            Required::Always => Some("required"),
            Required::ForOutboundAgents if outbound => Some("required for outbound agents"),
            Required::Never | Required::ForOutboundAgents => None,
        };
        match (object.get(field.name), required) {
            (None | Some(Value::Null), None) => {}
            (None, Some(reason)) => errors.add(field.name, reason),
            (Some(Value::Null), Some(reason)) => errors.add(field.name, format!("{reason}, but is null")),
            (Some(value), _) => {
                if let Err(reason) = field.kind.validate(value) {
                    errors.add(field.name, reason);
                }
            }
        }
    }
}

/// Returns the documented name that differs from an unknown one only in case and underscores.
fn misspelled(table: &[Field], name: &str) -> Option<&'static str> {
    if table.iter().any(|field| field.name == name) {
        return None;
    }
    table.iter().map(|field| field.name).find(|documented| is_same_name(documented, name))
}

/// Compares two names, ignoring case and underscores.
pub(crate) fn is_same_name(one: &str, other: &str) -> bool {
    let letters = |name: &str| {
        name.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>()
    };
    letters(one) == letters(other)
}
