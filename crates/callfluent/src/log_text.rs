//! Texts of others in log records. A line break of a server or a user would look like the end of a
//! record, and an escape sequence would control the terminal.

use std::borrow::Cow;

/// Escapes control characters and line separators.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    let is_unsafe = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_unsafe(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_several_lines_becomes_one_line() {
        assert_eq!(one_line("a\r\nb\u{1b}[31m\u{85}\u{2028}c"), "a\\r\\nb\\u{1b}[31m\\u{85}\\u{2028}c");
        assert!(matches!(one_line("M\u{fc}nchen \\n \u{1f511}"), Cow::Borrowed(_)));
    }
}
