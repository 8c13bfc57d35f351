//! Decodes one value of a record for a column.

use std::borrow::Cow;

use speedate::DateTime;

use super::column::ColumnType;
use super::values::Cell;
use crate::json::{Json, MAX_EXACT_INTEGER};

/// Digits of a fraction of a second that a timestamp keeps.
const FRACTION_DIGITS: usize = 6;
const MICROSECONDS: i64 = 1_000_000;

/// Decodes a value for a column of this type; `None` if it does not fit without loss.
pub(super) fn decode(json: Json<'_>, column_type: ColumnType) -> Option<Cell<'_>> {
    match column_type {
        ColumnType::Int64 => integer(json).map(Cell::Int64),
        ColumnType::Float64 => number(json).map(Cell::Float64),
        ColumnType::Boolean => boolean(json).map(Cell::Boolean),
        ColumnType::String => json.as_string().map(Cell::String),
        ColumnType::Timestamp => timestamp(json).map(Cell::Int64),
        ColumnType::Json => Some(Cell::String(Cow::Borrowed(json.get()))),
    }
}

pub(super) fn boolean(json: Json<'_>) -> Option<bool> {
    match json.get() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Decodes an integer, or a string that holds one.
pub(super) fn integer(json: Json<'_>) -> Option<i64> {
    let digits = digits(json)?;
    let value: i64 = digits.parse().ok()?;
    // A string such as "007" holds more than a number.
    (value.to_string() == digits).then_some(value)
}

/// Decodes a number, or a string that holds one.
pub(super) fn number(json: Json<'_>) -> Option<f64> {
    let digits = digits(json)?;
    if let Ok(integer) = digits.parse::<i64>() {
        #[allow(clippy::cast_precision_loss)] // Within the limit, none is lost.
        return (-MAX_EXACT_INTEGER..=MAX_EXACT_INTEGER).contains(&integer).then_some(integer as f64);
    }
    digits.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Decodes a moment as microseconds since 1970: a date and time in ISO 8601, or a number of seconds
/// or milliseconds. A time without an offset is in UTC.
pub(super) fn timestamp(json: Json<'_>) -> Option<i64> {
    let text = if json.first() == b'"' { json.as_string()? } else { digits(json)? };
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    if fraction.bytes().take_while(u8::is_ascii_digit).count() > FRACTION_DIGITS {
        return None;
    }
    // A number is milliseconds if it is too large for seconds of this age.
    let moment = DateTime::parse_str(text.trim()).ok()?;
    moment.timestamp_tz().checked_mul(MICROSECONDS)?.checked_add(moment.time.microsecond.into())
}

/// Returns whether a value is a date and time as ISO 8601 writes it.
pub(super) fn is_iso_timestamp(json: Json<'_>) -> bool {
    let has_year = |text: &str| text.as_bytes().get(4) == Some(&b'-');
    json.as_string().is_some_and(|text| has_year(&text)) && timestamp(json).is_some()
}

/// Returns the digits of a number, or of a string that starts like one.
fn digits(json: Json<'_>) -> Option<Cow<'_, str>> {
    let text = if json.first() == b'"' { json.as_string()? } else { Cow::Borrowed(json.get()) };
    text.starts_with(|first: char| first == '-' || first.is_ascii_digit()).then_some(text)
}
