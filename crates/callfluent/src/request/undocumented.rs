//! Undocumented fields of a request body. The server ignores a misspelled name, so a change would
//! be lost unnoticed: a name close to that of a documented field without a value is an error.

use crate::schema::{Field, is_close};

/// Reason against a field without a name.
pub(crate) const EMPTY_NAME: &str = "the name of a field must not be empty";

/// Returns the reason against an undocumented field with this name. `known` are the documented
/// fields, each with whether it has a value. `is_change` is true if no agent that was read is
/// passed: its undocumented fields may have the names that other voice APIs use.
pub(super) fn reason<'a>(
    name: &str,
    known: impl IntoIterator<Item = (&'a Field, bool)>,
    is_change: bool,
) -> Option<String> {
    if name.trim().is_empty() {
        return Some(EMPTY_NAME.to_owned());
    }
    for (field, has_value) in known {
        if field.is_given_as(name) {
            return has_value.then(|| format!("is given twice, also as {}", field.name));
        }
        let is_near = is_close(name, field.name) || is_close(name, field.json_name);
        if !has_value && (is_near || (is_change && field.is_called(name))) {
            let meant = field.name;
            return Some(format!("is not a documented field; did you mean {meant}? (extra_body sends any field)"));
        }
    }
    None
}
