//! Known values of fields: offsets from UTC, and values that the API numbers. Other sets accept any
//! string.

use serde_json::Value;

use super::zone_offset::offset_today;
use crate::error::FieldError;
use crate::schema::{Accepts, Enumeration, Field, is_same_word, similar};
use crate::shorten::shortened_json;

/// Number of known values that an error about a missing field lists.
const MAX_LISTED: usize = 5;
/// Hours of the greatest offset from UTC.
const MAX_HOURS: u8 = 14;

/// Returns an offset as the API expects it, or `None` if the string is not an offset. `UTC` is what
/// Python calls the offset of zero.
pub(super) fn to_utc_offset(offset: &str) -> Option<String> {
    if offset == "UTC" {
        return Some("UTC+00:00".to_owned());
    }
    let digits = offset.strip_prefix("UTC+").or_else(|| offset.strip_prefix("UTC-"))?;
    let (hours, minutes) = digits.split_once(':')?;
    let number = |text: &str| text.parse::<u8>().ok().filter(|_| text.len() == 2 && !text.starts_with('+'));
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let is_offset = minutes < 60 && (hours < MAX_HOURS || (hours == MAX_HOURS && minutes == 0));
    is_offset.then(|| offset.to_owned())
}

/// Validates the value of a field against its known values. Returns whether the value needs no
/// other check.
pub(super) fn check(field: &Field, value: &Value, path: &str, errors: &mut Vec<FieldError>) -> bool {
    match (field.values.map(|known| (known, known.accepts)), value) {
        (Some((_, Accepts::UtcOffset)), Value::String(offset)) => {
            if to_utc_offset(offset).is_none() {
                let got = shortened_json(value);
                let reason =
                    format!("expected an offset from UTC such as UTC+01:00 (not the name of a zone), got {got}");
                errors.push(match offset_today(offset) {
                    Some(today) => FieldError::new(path, format!("{reason}, which is {today} today")),
                    None => FieldError::of_time_zone(path, reason, offset),
                });
            }
            true
        }
        (Some((known, Accepts::Numbers)), Value::String(list)) => {
            for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                check_numbered(known, name, path, errors);
            }
            true
        }
        (Some((known, Accepts::Numbers)), Value::Array(items)) if items.iter().any(Value::is_string) => {
            for (index, item) in items.iter().enumerate() {
                let path = format!("{path}[{index}]");
                match item {
                    Value::String(name) => check_numbered(known, name.trim(), &path, errors),
                    item if item.is_i64() || item.is_u64() => {}
                    item => {
                        let reason = format!("expected a name or a number, got {}", shortened_json(item));
                        errors.push(FieldError::new(path, reason));
                    }
                }
            }
            true
        }
        _ => false,
    }
}

fn check_numbered(known: &Enumeration, name: &str, path: &str, errors: &mut Vec<FieldError>) {
    if to_number(known, name).is_none() {
        errors.push(FieldError::new(path, not_numbered(known, name)));
    }
}

/// Decodes names and numbers, separated by commas, to numbers.
///
/// # Errors
/// The reason against the first name that is unknown.
pub(super) fn numbers_in(known: &Enumeration, list: &str) -> Result<Vec<i64>, String> {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| to_number(known, name).ok_or_else(|| not_numbered(known, name))).collect()
}

/// Returns the reason against a name that has no number.
pub(crate) fn not_numbered(known: &Enumeration, name: &str) -> String {
    unlisted("a number, or one of", known.values.iter().map(|value| value.value), name)
}

/// Returns the number of a known value, or the number that a string contains.
fn to_number(known: &Enumeration, name: &str) -> Option<i64> {
    known.number_of(name).or_else(|| name.parse().ok())
}

/// Converts a value to the form of the API: names to numbers, and `UTC` to an offset. An invalid
/// value is sent unchanged if validation is disabled.
pub(super) fn encode(field: &Field, value: Value) -> Value {
    match (field.values.map(|known| (known, known.accepts)), value) {
        (Some((_, Accepts::UtcOffset)), Value::String(offset)) => {
            Value::String(to_utc_offset(&offset).unwrap_or(offset))
        }
        (Some((known, Accepts::Numbers)), Value::String(list)) if list.contains(char::is_alphabetic) => {
            let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
            Value::Array(names.map(|name| numbered(known, Value::String(name.to_owned()))).collect())
        }
        (Some((known, Accepts::Numbers)), Value::Array(items)) => {
            Value::Array(items.into_iter().map(|item| numbered(known, item)).collect())
        }
        (_, value) => value,
    }
}

fn numbered(known: &Enumeration, item: Value) -> Value {
    let number = item.as_str().and_then(|name| to_number(known, name.trim()));
    number.map_or(item, Value::from)
}

/// Returns the reason against a required field that is missing, with values that it can have.
pub(super) fn missing(field: &Field) -> String {
    let Some(known) = field.values else {
        return "is required".to_owned();
    };
    let quoted: Vec<_> = known.values.iter().map(|value| format!("\"{}\"", value.value)).collect();
    let listed = match (known.accepts, quoted.as_slice()) {
        // The first ones would not help: each program needs its own offset.
        (Accepts::UtcOffset, _) => "\"UTC+00:00\" or \"UTC+01:00\"".to_owned(),
        (_, [only]) => only.clone(),
        (_, [most @ .., last]) if quoted.len() <= MAX_LISTED => format!("{} or {last}", most.join(", ")),
        _ => quoted.iter().take(MAX_LISTED).cloned().collect::<Vec<_>>().join(", "),
    };
    format!("is required, e.g. {listed}")
}

/// Returns the reason against a value that is not in a closed list.
pub(super) fn not_listed(values: impl Iterator<Item = &'static str>, given: &str) -> String {
    unlisted("one of", values, given)
}

fn unlisted(wanted: &str, values: impl Iterator<Item = &'static str>, given: &str) -> String {
    let values: Vec<_> = values.collect();
    let lower = given.to_lowercase();
    let same = values.iter().copied().find(|value| is_same_word(value, given));
    let near = same.map_or_else(|| similar(&lower, values.iter().copied()), |same| vec![same]);
    let got = shortened_json(&Value::from(given));
    let expected = values.join(", ");
    if near.is_empty() {
        format!("expected {wanted} {expected}, got {got}")
    } else {
        format!("expected {wanted} {expected}, got {got}; did you mean {}?", near.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::to_utc_offset;

    #[test]
    fn accepts_offsets_and_nothing_else() {
        for offset in ["UTC+00:00", "UTC-11:00", "UTC+05:45", "UTC+14:00"] {
            assert_eq!(to_utc_offset(offset).as_deref(), Some(offset));
        }
        assert_eq!(to_utc_offset("UTC").as_deref(), Some("UTC+00:00"));
        let others = ["Europe/Berlin", "CET", "UTC+1", "UTC+14:01", "UTC+15:00", "UTC+01:60", "UTC++1:00", "utc+01:00"];
        for other in others {
            assert_eq!(to_utc_offset(other), None, "{other}");
        }
    }
}
