//! The API key: it goes into one header and is shown nowhere.

use std::fmt;

use http::header::HeaderValue;

/// The most bytes in which one byte of the key may be written.
const LONGEST_FORM: usize = 11;
/// What is shown in place of the key.
const REDACTED: &str = "[redacted]";
/// A shorter key would make innocent text unreadable when it is taken out of a server's message.
const SHORTEST_TO_REDACT: usize = 6;

/// An API key. Its `Debug` shows no part of it.
#[derive(Clone)]
pub(crate) struct ApiKey {
    key: Box<str>,
    authorization: HeaderValue,
}

impl ApiKey {
    /// Takes a key as the user gives it; `None` where it is empty or cannot stand in a header.
    pub(crate) fn new(key: &str) -> Option<Self> {
        let key = key.trim();
        if key.is_empty() || key.chars().any(|character| character.is_control() || character.is_whitespace()) {
            return None;
        }
        let mut authorization = HeaderValue::from_str(&format!("Bearer {key}")).ok()?;
        authorization.set_sensitive(true);
        Some(Self { key: key.into(), authorization })
    }

    /// The value of the `Authorization` header, marked as sensitive.
    pub(crate) fn authorization(&self) -> HeaderValue {
        self.authorization.clone()
    }

    /// Takes the key out of a text that a server or a library wrote, in whatever way it is written there.
    pub(crate) fn redact(&self, text: String) -> String {
        if self.key.len() < SHORTEST_TO_REDACT {
            return text;
        }
        let mut shown = String::new();
        let (mut from, mut at) = (0, 0);
        while let Some(rest) = text.as_bytes().get(at..).filter(|rest| !rest.is_empty()) {
            match written(&self.key, rest) {
                Some(length) => {
                    shown.push_str(text.get(from..at).unwrap_or_default());
                    shown.push_str(REDACTED);
                    at += length;
                    from = at;
                }
                None => at += 1,
            }
        }
        if from == 0 {
            return text;
        }
        shown.push_str(text.get(from..).unwrap_or_default());
        shown
    }
}

impl ApiKey {
    /// The first bytes of what a server wrote, as text without the key.
    pub(crate) fn redact_beginning(&self, text: &[u8], most: usize) -> String {
        // A key that is cut in two would not be found, so what the cut may have left of one is dropped.
        let margin = self.key.len() * LONGEST_FORM;
        let beginning = text.get(..most + 2 * margin).unwrap_or(text);
        let mut shown = self.redact(String::from_utf8_lossy(beginning).into_owned());
        let whole = beginning.len() == text.len();
        let length = most.min(if whole { shown.len() } else { shown.len().saturating_sub(margin) });
        shown.truncate((0..=length).rev().find(|end| shown.is_char_boundary(*end)).unwrap_or_default());
        shown
    }
}

/// How many bytes the key takes where a text begins with it.
fn written(key: &str, text: &[u8]) -> Option<usize> {
    if text.starts_with(key.as_bytes()) {
        return Some(key.len());
    }
    let mut at = 0;
    for byte in key.bytes() {
        at += written_as(byte, text.get(at..)?)?;
    }
    Some(at)
}

/// How many bytes a text takes to say `byte` at its beginning: plainly, or as URLs, JSON and HTML write it.
fn written_as(byte: u8, text: &[u8]) -> Option<usize> {
    match text {
        [first, ..] if *first == byte && byte != b'&' && byte != b'\\' => Some(1),
        [b'%', high, low, ..] if number(&[*high, *low], 16) == Some(byte) => Some(3),
        [b'\\', b'u', digits @ ..] if number(digits.get(..4)?, 16) == Some(byte) => Some(6),
        [b'\\', escaped, ..] if *escaped == byte && byte.is_ascii_punctuation() => Some(2),
        [b'&', b'#', b'x' | b'X', rest @ ..] => reference(rest, 16, byte).map(|length| length + 3),
        [b'&', b'#', rest @ ..] => reference(rest, 10, byte).map(|length| length + 2),
        [b'&', ..] => {
            let named = NAMED.iter().find(|(named, name)| *named == byte && text.starts_with(name.as_bytes()));
            named.map(|(_, name)| name.len()).or((byte == b'&').then_some(1))
        }
        [b'\\', ..] if byte == b'\\' => Some(1),
        _ => None,
    }
}

/// What HTML has names for.
const NAMED: [(u8, &str); 6] =
    [(b'&', "&amp;"), (b'<', "&lt;"), (b'>', "&gt;"), (b'"', "&quot;"), (b'\'', "&apos;"), (b'\'', "&#39;")];

/// How long a reference by number is, with its semicolon, if it stands for `byte`.
fn reference(text: &[u8], radix: u32, byte: u8) -> Option<usize> {
    let end = text.iter().take(8).position(|byte| *byte == b';')?;
    (number(text.get(..end)?, radix) == Some(byte)).then_some(end + 1)
}

fn number(digits: &[u8], radix: u32) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u8::from_str_radix(digits, radix).ok()
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
    fn the_key_is_taken_out_however_it_is_written() {
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
    fn a_key_that_looks_like_another_way_of_writing_is_taken_out_where_it_stands_plainly() {
        for key in ["abc&#def", "abcdef\\uxy", "abc\\\\def", "abc&amp;def"] {
            let secret = ApiKey::new(key).unwrap();
            assert_eq!(secret.redact(format!("a {key}")), "a [redacted]", "{key}");
        }
    }

    #[test]
    fn a_beginning_shows_no_part_of_the_key() {
        let key = ApiKey::new("secret-key").unwrap();
        let text = "secret-key ".repeat(100);
        for most in 0..text.len() {
            let shown = key.redact_beginning(text.as_bytes(), most);
            assert!(shown.len() <= most && !shown.contains("secr"), "{most}: {shown}");
        }
        assert_eq!(key.redact_beginning("a\u{e9}".as_bytes(), 2), "a");
        assert_eq!(key.redact_beginning(b"short secret-key", 64), "short [redacted]");
    }

    #[test]
    fn what_is_not_the_key_stays_as_it_is() {
        let key = ApiKey::new("secret-key").unwrap();
        for text in
            ["", "secret-ke", "secret-keY", "&", "%", "%7", "\\u00", "&#x;", "&#99999999999;", "s\u{e9}cret-key"]
        {
            assert_eq!(key.redact(text.to_owned()), text);
        }
    }
}
