//! Decides which JSON text can be copied unchanged, and quotes integers that would lose digits.

use serde_json::Value;

/// Maximum depth of a value that is parsed; the parsers of all languages have a limit.
pub(super) const MAX_DEPTH: usize = 64;
/// Number of digits that the numbers of every language represent exactly.
pub(super) const EXACT_DIGITS: usize = 15;

/// The integer up to which a float of 64 bits represents every integer.
pub(crate) const MAX_EXACT_INTEGER: i64 = 1 << 53;

/// Returns the integer that a float without a fraction is, such as 3 for `3.0`. Returns `None` from
/// 2^53 on: the float may be a rounded integer then.
pub(crate) fn whole_integer(number: f64) -> Option<i64> {
    #[allow(clippy::cast_possible_truncation)] // Below the limit, nothing is lost.
    let integer = number as i64;
    (number.fract() == 0.0 && integer.abs_diff(0) < MAX_EXACT_INTEGER.unsigned_abs()).then_some(integer)
}

/// Returns whether a parser accepts this value, possibly with a loss of digits.
pub(crate) fn is_parsable(json: &str) -> bool {
    serde_json::from_str::<Value>(json).is_ok_and(|value| is_shallow(&value, MAX_DEPTH))
}

fn is_shallow(value: &Value, max_depth: usize) -> bool {
    let Some(max_depth) = max_depth.checked_sub(1) else {
        return false;
    };
    match value {
        Value::Array(items) => items.iter().all(|item| is_shallow(item, max_depth)),
        Value::Object(fields) => fields.values().all(|item| is_shallow(item, max_depth)),
        _ => true,
    }
}

/// Returns whether a [`Value`] represents every number in this JSON exactly.
pub(crate) fn has_only_short_numbers(json: &str) -> bool {
    let mut digits = 0;
    for byte in json.bytes() {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'.' | b'e' | b'E' | b'+' | b'-' => {}
            _ => digits = 0,
        }
        if digits > EXACT_DIGITS {
            return false;
        }
    }
    true
}

/// Returns the JSON text with those integers quoted that are above `max`, or negative and beyond 64
/// bits.
pub(crate) fn quote_large_integers(json: &str, max: u64) -> String {
    let mut quoted = String::with_capacity(json.len() + 2);
    let mut rest = json;
    while let Some(start) =
        rest.find(|character: char| character == '"' || character == '-' || character.is_ascii_digit())
    {
        let (before, token) = rest.split_at(start);
        quoted.push_str(before);
        let length = if token.starts_with('"') { string_length(token) } else { number_length(token) };
        let (token, after) = token.split_at(length);
        if is_large_integer(token, max) {
            quoted.push('"');
            quoted.push_str(token);
            quoted.push('"');
        } else {
            quoted.push_str(token);
        }
        rest = after;
    }
    quoted.push_str(rest);
    quoted
}

fn is_large_integer(token: &str, max: u64) -> bool {
    let digits = token.strip_prefix('-').unwrap_or(token);
    let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_integer
        && match token.parse::<i64>() {
            Ok(number) => number.unsigned_abs() > max,
            Err(_) => token.parse::<u64>().map_or(true, |number| number > max),
        }
}

/// Returns the length of the string at the beginning of `json`, including its quotes.
fn string_length(json: &str) -> usize {
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
    let is_end = |byte: u8| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    json.bytes().position(is_end).unwrap_or(json.len())
}
