//! The kinds of value in the documentation's tables, with their documented ranges.

use serde_json::Value;

use super::string_format;

/// The type and range of a field's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// Any string.
    String,
    /// `true` or `false`.
    Boolean,
    /// A number without a documented range.
    Number,
    /// A number in an inclusive range.
    NumberBetween(f64, f64),
    /// A number with a minimum.
    NumberFrom(f64),
    /// A non-negative integer: an ID.
    Id,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// Either 1 or 2.
    OneOrTwo,
    /// A phone number in E.164 format.
    PhoneNumber,
    /// A public image URL or a base64 image.
    Avatar,
    /// An offset from UTC.
    UtcOffset,
    /// A string of integers separated by commas.
    CommaList,
    /// A string that contains a JSON array of value/label pairs.
    JsonPairs,
    /// An `http` or `https` URL.
    HttpUrl,
    /// An email address.
    EmailAddress,
    /// A UUID.
    Uuid,
    /// An array of web origins.
    Origins,
}

impl Kind {
    /// Checks a value; the error is the reason.
    pub(crate) fn validate(self, value: &Value) -> Result<(), String> {
        match self {
            Self::String => self.validate_string(value, |_| true, ""),
            Self::Boolean => accept(value.is_boolean(), "true or false", value),
            Self::Number => accept(value.is_number(), "a number", value),
            Self::NumberBetween(least, most) => {
                validate_number(value, &format!("a number from {least} to {most}"), |number| {
                    (least..=most).contains(&number)
                })
            }
            Self::NumberFrom(least) => {
                validate_number(value, &format!("a number, at least {least}"), |number| number >= least)
            }
            Self::Id => match value {
                _ if decode_id(value).is_some() => Ok(()),
                Value::Number(number) if number.is_i64() || number.is_u64() => {
                    Err(format!("must be an integer of at least 0, but is {number}"))
                }
                _ => Err(unexpected("an integer", value)),
            },
            Self::OneOf(choices) => self.validate_string(
                value,
                |string| choices.contains(&string),
                &format!("one of {}", choices.join(", ")),
            ),
            Self::OneOrTwo => validate_number(value, "1 or 2", |number| [1.0, 2.0].contains(&number)),
            Self::PhoneNumber => self.validate_string(
                value,
                string_format::is_phone_number,
                "a phone number in E.164 format: + and 7 to 15 digits, the first not 0",
            ),
            Self::Avatar => {
                self.validate_string(value, string_format::is_avatar, "a public image URL or a base64 image")
            }
            Self::UtcOffset => {
                self.validate_string(value, string_format::is_utc_offset, "an offset from UTC such as UTC+01:00")
            }
            Self::CommaList => {
                self.validate_string(value, string_format::is_comma_list, "integers separated by commas, such as 1,2,3")
            }
            Self::JsonPairs => match value.as_str() {
                Some(string) => string_format::validate_pairs(string),
                None => Err(unexpected("a string that contains JSON", value)),
            },
            Self::HttpUrl => self.validate_string(value, string_format::is_http_url, "an http or https URL"),
            Self::EmailAddress => self.validate_string(value, string_format::is_email_address, "an email address"),
            Self::Uuid => self.validate_string(value, string_format::is_uuid, "a UUID"),
            Self::Origins => validate_origins(value),
        }
    }

    /// Checks a string's format. A wrong type is reported first, as it is the more likely mistake.
    fn validate_string(self, value: &Value, fits: impl Fn(&str) -> bool, format: &str) -> Result<(), String> {
        match value.as_str() {
            Some(string) if fits(string) => Ok(()),
            Some(string) => Err(format!("must be {format}, but is {}", shortened(string))),
            None if self == Self::CommaList => Err(unexpected("a string with commas", value)),
            None => Err(unexpected("a string", value)),
        }
    }
}

/// The greatest integer up to which every integer is an exact `f64`, as all JSON decoders have it.
pub(super) const GREATEST_EXACT: u64 = 9_007_199_254_740_991;

/// Decodes an ID. As in JSON Schema, `7.0` is an integer.
pub(crate) fn decode_id(value: &Value) -> Option<u64> {
    // Exact by definition.
    #[expect(clippy::cast_precision_loss)]
    let range = 0.0..=GREATEST_EXACT as f64;
    let whole = |number: &f64| number.fract() == 0.0 && range.contains(number);
    // Whole and in range, so the conversion is exact.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    value.as_u64().or_else(|| value.as_f64().filter(whole).map(|number| number as u64))
}

fn accept(fits: bool, expected: &str, value: &Value) -> Result<(), String> {
    if fits { Ok(()) } else { Err(unexpected(expected, value)) }
}

fn validate_number(value: &Value, expected: &str, fits: impl Fn(f64) -> bool) -> Result<(), String> {
    match value.as_f64() {
        Some(number) if fits(number) => Ok(()),
        Some(_) => Err(format!("must be {expected}, but is {value}")),
        None => Err(unexpected(expected, value)),
    }
}

fn validate_origins(value: &Value) -> Result<(), String> {
    let Value::Array(origins) = value else {
        return Err(unexpected("an array of origins", value));
    };
    let is_origin = |origin: &&Value| origin.as_str().is_some_and(string_format::is_origin);
    match origins.iter().find(|origin| !is_origin(origin)) {
        None => Ok(()),
        Some(Value::String(string)) => {
            Err(format!("must be an array of origins such as https://google.com, but contains {}", shortened(string)))
        }
        Some(other) => Err(format!("must be an array of strings, but contains {}", json_type(other))),
    }
}

fn unexpected(expected: &str, value: &Value) -> String {
    format!("must be {expected}, but is {}", json_type(value))
}

/// Returns the reason that rejects a value, with the beginning of the value.
pub(crate) fn unlike(expected: &str, value: &Value) -> String {
    let found = match value {
        Value::String(string) => shortened(string),
        other => {
            let json = other.to_string();
            beginning(&json).map_or_else(|| json.clone(), |beginning| format!("{beginning}..."))
        }
    };
    format!("must be {expected}, but is {found}")
}

/// The JSON type of a value, with its article.
fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal number",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Quotes a string and truncates it: an error message need not repeat a whole image.
pub(crate) fn shortened(string: &str) -> String {
    match beginning(string) {
        Some(beginning) => format!("{beginning:?}..."),
        None => format!("{string:?}"),
    }
}

/// Returns the beginning of a text that is too long for an error message.
fn beginning(text: &str) -> Option<&str> {
    const LIMIT: usize = 40;
    text.char_indices().nth(LIMIT).and_then(|(end, _)| text.get(..end))
}
