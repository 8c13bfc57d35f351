//! The kinds of value that the documentation's tables name, with their printed ranges.
//! A kind answers one question: what, if anything, is wrong with this JSON value?

use serde_json::Value;

use super::text;

/// What a field's value must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A number without a printed range.
    Number,
    /// A number from the first to the second, both included.
    NumberBetween(f64, f64),
    /// A number that is at least this.
    NumberFrom(f64),
    /// A whole number, zero or more: an id.
    Identifier,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// Either 1 or 2.
    OneOrTwo,
    /// A phone number in E.164.
    PhoneNumber,
    /// A public image URL or an image in base64.
    Avatar,
    /// One text with integers and commas.
    CommaList,
    /// One text that holds a JSON list of value/label pairs.
    JsonPairs,
    /// An `http` or `https` URL.
    WebAddress,
    /// An e-mail address.
    EmailAddress,
    /// A UUID.
    Uuid,
    /// A list of web origins.
    Origins,
}

impl Kind {
    /// What is wrong with the value, or `None` where it is as documented.
    pub(crate) fn complaint(self, value: &Value) -> Option<String> {
        match self {
            Self::Text => self.complaint_about_text(value, |_| true, ""),
            Self::Boolean => (!value.is_boolean()).then(|| unexpected("true or false", value)),
            Self::Number => (!value.is_number()).then(|| unexpected("a number", value)),
            Self::NumberBetween(least, most) => {
                complaint_about_number(value, &format!("a number from {least} to {most}"), |number| {
                    (least..=most).contains(&number)
                })
            }
            Self::NumberFrom(least) => {
                complaint_about_number(value, &format!("a number, at least {least}"), |number| number >= least)
            }
            Self::Identifier => (!value.is_u64()).then(|| unexpected("a whole number", value)),
            Self::OneOf(choices) => self.complaint_about_text(
                value,
                |text| choices.contains(&text),
                &format!("one of {}", choices.join(", ")),
            ),
            Self::OneOrTwo => complaint_about_number(value, "1 or 2", |number| [1.0, 2.0].contains(&number)),
            Self::PhoneNumber => {
                self.complaint_about_text(value, text::is_phone_number, "a phone number in E.164: + and 7 to 15 digits")
            }
            Self::Avatar => {
                self.complaint_about_text(value, text::is_avatar, "a public image URL or an image in base64")
            }
            Self::CommaList => self.complaint_about_text(
                value,
                text::is_comma_list,
                "integers with commas between them, such as 1,2,3",
            ),
            Self::JsonPairs => match value.as_str() {
                Some(text) => text::complaint_about_pairs(text),
                None => Some(unexpected("text that holds JSON", value)),
            },
            Self::WebAddress => self.complaint_about_text(value, text::is_web_address, "an http or https URL"),
            Self::EmailAddress => self.complaint_about_text(value, text::is_email_address, "an e-mail address"),
            Self::Uuid => self.complaint_about_text(value, text::is_uuid, "a UUID"),
            Self::Origins => complaint_about_origins(value),
        }
    }

    /// Text of a certain form; the type is named first, because a list where text belongs is the commoner mistake.
    fn complaint_about_text(self, value: &Value, fits: impl Fn(&str) -> bool, form: &str) -> Option<String> {
        match value.as_str() {
            Some(text) if fits(text) => None,
            Some(text) => Some(format!("must be {form}, but is {}", shortened(text))),
            None if self == Self::CommaList => Some(unexpected("one text with commas", value)),
            None => Some(unexpected("text", value)),
        }
    }
}

fn complaint_about_number(value: &Value, form: &str, fits: impl Fn(f64) -> bool) -> Option<String> {
    match value.as_f64() {
        Some(number) if fits(number) => None,
        Some(_) => Some(format!("must be {form}, but is {value}")),
        None => Some(unexpected(form, value)),
    }
}

fn complaint_about_origins(value: &Value) -> Option<String> {
    let Value::Array(origins) = value else {
        return Some(unexpected("a list of origins", value));
    };
    origins.iter().find(|origin| !origin.as_str().is_some_and(text::is_origin)).map(|origin| match origin.as_str() {
        Some(text) => format!("must be a list of origins such as https://google.com, but holds {}", shortened(text)),
        None => format!("must be a list of text, but holds {}", name_of(origin)),
    })
}

fn unexpected(wanted: &str, value: &Value) -> String {
    format!("must be {wanted}, but is {}", name_of(value))
}

/// The JSON type of a value, in words for a reader.
fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a fraction",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The text in quotes, cut where it is long: an answer need not repeat a whole image.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST).and_then(|(end, _)| text.get(..end)) {
        Some(beginning) => format!("{beginning:?}..."),
        None => format!("{text:?}"),
    }
}
