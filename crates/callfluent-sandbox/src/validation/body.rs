//! The outer form of a JSON body: an object, with or without the documented wrapper.
//! The wrappers differ between endpoints (`Payload`, `payload`, `data`), so a wrong one is reported
//! by name.

use serde_json::{Map, Value};

use super::field::is_same_name;
use crate::errors::FieldErrors;

/// Returns the body as an object.
pub(crate) fn object<'a>(body: Option<&'a Value>, errors: &mut FieldErrors) -> Option<&'a Map<String, Value>> {
    match body {
        Some(Value::Object(object)) => Some(object),
        Some(_) => {
            errors.add("body", "must be a JSON object");
            None
        }
        // Reading the body has already reported why it is missing.
        None => None,
    }
}

/// Returns the object inside the wrapper, and reports all keys beside the wrapper.
pub(crate) fn unwrap<'a>(
    body: Option<&'a Value>,
    wrapper: &str,
    errors: &mut FieldErrors,
) -> Option<&'a Map<String, Value>> {
    let outer = object(body, errors)?;
    let inner = match outer.get(wrapper) {
        Some(Value::Object(inner)) => Some(inner),
        Some(_) => {
            errors.add(wrapper, "must be an object");
            None
        }
        None => {
            errors.add(wrapper, format!("required: an object named `{wrapper}` that contains the fields"));
            None
        }
    };
    reject_other_keys(outer, wrapper, errors);
    inner
}

/// Reports each key other than the documented one.
pub(crate) fn reject_other_keys(outer: &Map<String, Value>, only: &str, errors: &mut FieldErrors) {
    for name in outer.keys().filter(|name| *name != only) {
        if is_same_name(name, only) {
            errors.add(name, format!("unknown field; the documented name is `{only}`, and its case matters"));
        } else {
            errors.add(name, format!("unknown field; only `{only}` is documented here"));
        }
    }
}

/// Renames fields in another spelling of a documented name, such as `phoneNumber`.
pub(crate) fn with_documented_names<'a>(
    fields: &Map<String, Value>,
    documented: &(impl Iterator<Item = &'a str> + Clone),
) -> Map<String, Value> {
    fields
        .iter()
        .map(|(name, value)| {
            let json_name = documented.clone().find(|known| is_same_name(known, name)).unwrap_or(name);
            (json_name.to_owned(), value.clone())
        })
        .collect()
}
