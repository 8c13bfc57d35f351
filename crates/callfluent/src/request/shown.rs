//! Values in error messages.

use serde_json::Value;

/// Maximum number of characters of a value in an error.
const MAX_SHOWN: usize = 40;

/// Returns the JSON of a value, cut if it is long.
pub(super) fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= MAX_SHOWN {
        return text;
    }
    text.chars().take(MAX_SHOWN).chain("...".chars()).collect()
}
