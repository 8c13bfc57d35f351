//! A row of the documentation's field tables, and the check of an object against a table.
//! Unknown fields pass, because the API is open; a documented name in another spelling does not, because it is a slip.

use serde_json::{Map, Value};

use super::{Kind, Problems};

/// Whether a field must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Required {
    Always,
    Never,
    OfOutboundAgents,
}

/// One row: the name on the wire, what the value must be, and whether it must be there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: Required,
}

/// A field that must be there.
pub(crate) const fn required(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: Required::Always }
}

/// A field that may be missing or null.
pub(crate) const fn optional(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: Required::Never }
}

/// A field that only an outbound agent must have.
pub(crate) const fn required_of_outbound_agents(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: Required::OfOutboundAgents }
}

/// Holds an object against a table and adds every difference to the problems.
pub(crate) fn check_object(table: &[Field], object: &Map<String, Value>, problems: &mut Problems) {
    check_values(table, object, problems);
    for name in object.keys() {
        if let Some(documented) = misspelt(table, name) {
            problems.add(name, format!("unknown; the documented name is `{documented}`"));
        }
    }
}

/// Checks what the table names, and leaves every other name to the caller.
pub(crate) fn check_values(table: &[Field], object: &Map<String, Value>, problems: &mut Problems) {
    let outbound = object.get("format").and_then(Value::as_str) == Some("outbound");
    for field in table {
        let missing_is_wrong = match field.required {
            Required::Always => Some("required"),
            Required::OfOutboundAgents if outbound => Some("required for outbound agents"),
            Required::Never | Required::OfOutboundAgents => None,
        };
        match (object.get(field.name), missing_is_wrong) {
            (None | Some(Value::Null), None) => {}
            (None, Some(reason)) => problems.add(field.name, reason),
            (Some(Value::Null), Some(reason)) => problems.add(field.name, format!("{reason}, but is null")),
            (Some(value), _) => {
                if let Some(reason) = field.kind.complaint(value) {
                    problems.add(field.name, reason);
                }
            }
        }
    }
}

/// The documented name that this unknown one differs from only in case and underscores.
fn misspelt(table: &[Field], name: &str) -> Option<&'static str> {
    if table.iter().any(|field| field.name == name) {
        return None;
    }
    table.iter().map(|field| field.name).find(|documented| same_letters(documented, name))
}

/// Whether two names are the same but for case and underscores.
pub(crate) fn same_letters(one: &str, other: &str) -> bool {
    let letters = |text: &str| {
        text.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>()
    };
    letters(one) == letters(other)
}
