//! Shortens values and texts in messages. Servers and users can send any number of characters, and
//! programs log every message.

use serde_json::Value;

/// Maximum number of characters of a value in an error.
const MAX_VALUE_CHARACTERS: usize = 40;

/// Returns the first characters of a text.
pub(crate) fn first_characters(text: &str, max: usize) -> &str {
    text.char_indices().nth(max).map_or(text, |(end, _)| text.split_at(end).0)
}

/// Returns the first characters of a text, and "..." if it has more.
pub(crate) fn shortened(text: String, max: usize) -> String {
    let first = first_characters(&text, max);
    if first.len() == text.len() { text } else { format!("{first}...") }
}

/// Returns the JSON of a value, shortened.
pub(crate) fn shortened_json(value: &Value) -> String {
    shortened(value.to_string(), MAX_VALUE_CHARACTERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(first_characters("\u{e9}\u{e9}\u{e9}", 2), "\u{e9}\u{e9}");
        assert_eq!(shortened("abc".to_owned(), 3), "abc");
        assert_eq!(shortened("\u{e9}bcd".to_owned(), 3), "\u{e9}bc...");
        assert_eq!(shortened_json(&Value::from("a")), "\"a\"");
    }
}
