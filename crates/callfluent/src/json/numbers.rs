//! What JSON text can be handed on as it is, and what would lose digits or not be parsed at all.

use serde_json::Value;

/// Beyond this depth a value is no longer parsed: the parsers of all languages end somewhere.
pub(super) const DEEPEST: usize = 64;
/// So many digits are exact in every language's numbers.
pub(super) const SAFE_DIGITS: usize = 15;

/// Whether a parser takes this value, with some of its digits lost perhaps.
pub(crate) fn is_value(json: &str) -> bool {
    serde_json::from_str::<Value>(json).is_ok_and(|value| is_shallow(&value, DEEPEST))
}

fn is_shallow(value: &Value, deepest: usize) -> bool {
    let Some(deeper) = deepest.checked_sub(1) else {
        return false;
    };
    match value {
        Value::Array(items) => items.iter().all(|item| is_shallow(item, deeper)),
        Value::Object(fields) => fields.values().all(|item| is_shallow(item, deeper)),
        _ => true,
    }
}

/// Whether no number has more digits than a `u64` or `f64` carries.
pub(crate) fn has_only_short_numbers(json: &str) -> bool {
    let mut digits = 0;
    for byte in json.bytes() {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'.' | b'e' | b'E' | b'+' | b'-' => {}
            _ => digits = 0,
        }
        if digits > SAFE_DIGITS {
            return false;
        }
    }
    true
}

/// Whether a [`Value`] holds this JSON exactly.
pub(crate) fn value_is_exact(json: &str) -> bool {
    has_only_short_numbers(json)
}

/// An undocumented value, with whole numbers that no 64 bits hold as text, and as text where no parser takes it.
pub(crate) fn undocumented_value(json: &str) -> Value {
    let as_text = || Value::String(json.to_owned());
    if !is_value(json) {
        return as_text();
    }
    serde_json::from_str(&digits_as_text(json, u64::MAX)).unwrap_or_else(|_| as_text())
}

/// The JSON text, with those whole numbers as text that are beyond `greatest` or, below zero, beyond 64 bits.
pub(crate) fn digits_as_text(json: &str, greatest: u64) -> String {
    let mut written = String::with_capacity(json.len() + 2);
    let mut rest = json;
    while let Some(start) =
        rest.find(|character: char| character == '"' || character == '-' || character.is_ascii_digit())
    {
        let (before, token) = rest.split_at(start);
        written.push_str(before);
        let length = if token.starts_with('"') { text_length(token) } else { number_length(token) };
        let (token, after) = token.split_at(length);
        if is_beyond(token, greatest) {
            written.push('"');
            written.push_str(token);
            written.push('"');
        } else {
            written.push_str(token);
        }
        rest = after;
    }
    written.push_str(rest);
    written
}

/// Whether this is a whole number that the language does not hold.
fn is_beyond(token: &str, greatest: u64) -> bool {
    let digits = token.strip_prefix('-').unwrap_or(token);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_whole
        && match token.parse::<i64>() {
            Ok(number) => number.unsigned_abs() > greatest,
            Err(_) => token.parse::<u64>().map_or(true, |number| number > greatest),
        }
}

/// The length of the text that begins here, with its quotation marks.
fn text_length(json: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    json.len()
}

fn number_length(json: &str) -> usize {
    let end = |byte: u8| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    json.bytes().position(end).unwrap_or(json.len())
}
