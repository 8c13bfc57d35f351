//! The API key: it is sent in one header and never shown.

use std::fmt;

use http::header::HeaderValue;

use crate::redaction::{MIN_LENGTH_IN_WORDS, encoded_length, replace};

/// Maximum number of bytes that encode one byte of the key.
const MAX_ENCODED_LENGTH: usize = 11;
/// The text that replaces the key.
const REDACTED: &str = "[redacted]";

/// An API key. Its `Debug` output contains no part of it.
#[derive(Clone)]
pub(crate) struct ApiKey {
    key: Box<str>,
    authorization: HeaderValue,
}

impl ApiKey {
    /// Trims and validates a key; `None` if it is empty, not ASCII, or not valid in a header.
    pub(crate) fn new(key: &str) -> Option<Self> {
        let key = key.trim();
        if key.is_empty()
            || !key.is_ascii()
            || key.chars().any(|character| character.is_control() || character.is_whitespace())
        {
            return None;
        }
        let mut authorization = HeaderValue::from_str(&format!("Bearer {key}")).ok()?;
        authorization.set_sensitive(true);
        Some(Self { key: key.into(), authorization })
    }

    /// Returns the value of the `Authorization` header, marked as sensitive.
    pub(crate) fn authorization(&self) -> HeaderValue {
        self.authorization.clone()
    }

    /// Redacts the key in a text of a server or a library, in plain and encoded forms.
    pub(crate) fn redact(&self, text: String) -> String {
        // Removing a shorter one would garble unrelated text.
        if self.key.len() < MIN_LENGTH_IN_WORDS {
            return text;
        }
        replace(&text, REDACTED, |_, rest| encoded_length(&self.key, rest)).unwrap_or(text)
    }
}

impl ApiKey {
    /// Returns at most `max` bytes of a body as text without the key.
    pub(crate) fn redact_beginning(&self, text: &[u8], max: usize) -> String {
        // A key that is cut in two would not be found, so the possible rest of one is dropped.
        let margin = self.key.len() * MAX_ENCODED_LENGTH;
        let beginning = text.get(..max + 2 * margin).unwrap_or(text);
        let mut shown = self.redact(String::from_utf8_lossy(beginning).into_owned());
        let whole = beginning.len() == text.len();
        let length = max.min(if whole { shown.len() } else { shown.len().saturating_sub(margin) });
        shown.truncate((0..=length).rev().find(|end| shown.is_char_boundary(*end)).unwrap_or_default());
        shown
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn redacts_the_key_in_all_encodings() {
        let key = ApiKey::new("12|ab/cd&ef_\"g\\h").unwrap();
        let each = |form: fn(u8) -> String| key.key.bytes().map(form).collect::<Vec<_>>().concat();
        let percent = each(|byte| format!("%{byte:02X}"));
        let unicode = each(|byte| format!("\\u{byte:04x}"));
        let decimal = each(|byte| format!("&#{byte};"));
        let hexadecimal = each(|byte| format!("&#x{byte:x};"));
        for written in [
            &*key.key,
            &percent,
            &percent.to_lowercase(),
            "12%7Cab/cd&ef_%22g%5Ch",
            &unicode,
            &unicode.to_uppercase().replace("\\U", "\\u"),
            "12|ab\\/cd&ef_\\\"g\\\\h",
            &decimal,
            &hexadecimal,
            "12|ab&#x2F;cd&amp;ef_&quot;g\\h",
        ] {
            let text = format!("\u{e9}before {written}{written} after\u{e9}");
            assert_eq!(key.redact(text), "\u{e9}before [redacted][redacted] after\u{e9}", "{written}");
        }
    }

    #[test]
    fn redacts_a_plain_key_that_looks_encoded() {
        for key in ["abc&#def", "abcdef\\uxy", "abc\\\\def", "abc&amp;def"] {
            let secret = ApiKey::new(key).unwrap();
            assert_eq!(secret.redact(format!("a {key}")), "a [redacted]", "{key}");
        }
    }

    #[test]
    fn a_cut_text_contains_no_part_of_the_key() {
        let key = ApiKey::new("secret-key").unwrap();
        let text = "secret-key ".repeat(100);
        for max in 0..text.len() {
            let shown = key.redact_beginning(text.as_bytes(), max);
            assert!(shown.len() <= max && !shown.contains("secr"), "{max}: {shown}");
        }
        assert_eq!(key.redact_beginning("a\u{e9}".as_bytes(), 2), "a");
        assert_eq!(key.redact_beginning(b"short secret-key", 64), "short [redacted]");
    }

    #[test]
    fn keeps_text_that_is_not_the_key() {
        let key = ApiKey::new("secret-key").unwrap();
        for text in
            ["", "secret-ke", "secret-keY", "&", "%", "%7", "\\u00", "&#x;", "&#99999999999;", "s\u{e9}cret-key"]
        {
            assert_eq!(key.redact(text.to_owned()), text);
        }
    }
}
