//! Personal data in exports: digits of phone numbers, and transcripts. Masks work on the JSON text
//! of a record, so that everything else stays as the server sent it.

use std::borrow::Cow;

use serde_json::Value;

use crate::json::{Document, Json};

/// Names of fields that hold a phone number, besides those that contain `phone`.
const NUMBER_NAMES: [&str; 4] = ["to", "from", "caller", "callee"];
/// Digits that stay readable.
const KEPT_DIGITS: usize = 4;
/// Characters between the first and the last digit of a number, at least.
const INNER_CHARACTERS: usize = 5;

/// Personal data that an export masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ExportMask {
    /// Keeps the last four digits of each phone number, also of numbers with a plus sign inside
    /// other texts.
    PhoneNumbers,
    /// Removes the values of fields whose name contains `transcript`.
    Transcripts,
}

impl ExportMask {
    /// All masks.
    pub(crate) const ALL: [Self; 2] = [Self::PhoneNumbers, Self::Transcripts];

    /// Returns the name in snake case.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PhoneNumbers => "phone_numbers",
            Self::Transcripts => "transcripts",
        }
    }
}

/// The masks of an export.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Masks {
    phone_numbers: bool,
    transcripts: bool,
}

impl Masks {
    pub(super) fn new(masks: &[ExportMask]) -> Self {
        Self {
            phone_numbers: masks.contains(&ExportMask::PhoneNumbers),
            transcripts: masks.contains(&ExportMask::Transcripts),
        }
    }

    /// Returns a record with masked values. Its ID stays, because a later run finds the call by it.
    pub(super) fn apply(self, record: &str) -> Cow<'_, str> {
        if !self.phone_numbers && !self.transcripts {
            return Cow::Borrowed(record);
        }
        let Ok(document) = Document::parse(record.as_bytes()) else {
            // The client wrote the record, so it is valid. Nothing of it is shown otherwise.
            return Cow::Borrowed("{}");
        };
        let mut masked = String::with_capacity(record.len());
        self.write(document.root(), "", 0, &mut masked);
        Cow::Owned(masked)
    }

    fn write(self, json: Json<'_>, name: &str, depth: usize, out: &mut String) {
        if let Some(entries) = json.entries() {
            out.push('{');
            for (index, entry) in entries.enumerate() {
                separate(index, out);
                out.push_str(entry.name.get());
                out.push(':');
                let key = entry.key();
                if depth == 0 && key == "id" {
                    out.push_str(entry.raw.get());
                } else if self.transcripts && key.to_lowercase().contains("transcript") {
                    out.push_str("null");
                } else {
                    self.write(entry.raw, &key, depth + 1, out);
                }
            }
            out.push('}');
        } else if let Some(elements) = json.elements() {
            out.push('[');
            for (index, element) in elements.enumerate() {
                separate(index, out);
                // Items of a list have the name of the list.
                self.write(element, name, depth + 1, out);
            }
            out.push(']');
        } else if self.phone_numbers {
            write_without_numbers(json, name, out);
        } else {
            out.push_str(json.get());
        }
    }
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

fn write_without_numbers(json: Json<'_>, name: &str, out: &mut String) {
    let holds_number = is_name_of_number(name);
    let masked = match json.first() {
        b'"' => match json.as_string() {
            Some(text) => match without_numbers(&text, holds_number) {
                Cow::Borrowed(_) => None,
                Cow::Owned(masked) => Some(masked),
            },
            // Half of a surrogate pair: the text cannot be searched.
            None => Some("***".to_owned()),
        },
        // A number without a plus sign can be an integer.
        b'-' | b'0'..=b'9' if holds_number => integer_digits(json).map(|digits| masked_digits(&digits)),
        _ => None,
    };
    match masked {
        Some(masked) => out.push_str(&Value::String(masked).to_string()),
        None => out.push_str(json.get()),
    }
}

/// Returns the digits of a number without a fraction, such as `15551234567` or `1.5551234567e10`.
fn integer_digits(json: Json<'_>) -> Option<Cow<'_, str>> {
    if json.is_integer() {
        return Some(Cow::Borrowed(json.get()));
    }
    let number: f64 = json.get().parse().ok()?;
    (number.is_finite() && number.fract() == 0.0).then(|| Cow::Owned(format!("{number:.0}")))
}

fn is_name_of_number(name: &str) -> bool {
    let name = name.to_lowercase();
    name.contains("phone") || NUMBER_NAMES.contains(&&*name)
}

/// Masks the phone numbers in a text: a digit, at least five digits, spaces, parentheses, dots or
/// hyphens, and a digit. In texts of other fields, a number begins with a plus sign.
fn without_numbers(text: &str, holds_number: bool) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut rest = text;
    let mut copied = text;
    while let Some(start) = rest.find(|character: char| character == '+' || character.is_numeric()) {
        let (_, from_start) = rest.split_at(start);
        let digits = from_start.strip_prefix('+').unwrap_or(from_start);
        let has_plus = digits.len() < from_start.len();
        let run = digits.find(|character| !is_inside_number(character)).unwrap_or(digits.len());
        let (run, _) = digits.split_at(run);
        let length = if has_plus || holds_number { number_length(run) } else { None };
        match length {
            Some(length) => {
                let (before, number_on) = copied.split_at(copied.len() - from_start.len());
                let (number, behind) = number_on.split_at(from_start.len() - digits.len() + length);
                masked.push_str(before);
                masked.push_str(&masked_digits(number));
                (rest, copied) = (behind, behind);
            }
            // No later part of the run is a number if the whole is not: each is shorter.
            None if run.starts_with(char::is_numeric) => rest = digits.split_at(run.len()).1,
            // A plus sign without a digit.
            None => rest = digits,
        }
    }
    if masked.is_empty() && copied.len() == text.len() {
        return Cow::Borrowed(text);
    }
    masked.push_str(copied);
    Cow::Owned(masked)
}

fn is_inside_number(character: char) -> bool {
    character.is_numeric() || matches!(character, ' ' | '(' | ')' | '.' | '-')
}

/// Returns the length of the number at the start of a run of digits, spaces and punctuation.
fn number_length(run: &str) -> Option<usize> {
    if !run.starts_with(char::is_numeric) {
        return None;
    }
    let last = run.char_indices().rfind(|(_, character)| character.is_numeric())?;
    let inner = run.get(..last.0)?.chars().count().checked_sub(1)?;
    (inner >= INNER_CHARACTERS).then_some(last.0 + last.1.len_utf8())
}

/// Returns a number of which only the last four digits can be read.
fn masked_digits(number: &str) -> String {
    let digits = number.chars().filter(|character| character.is_numeric()).count();
    let mut hidden = digits.saturating_sub(KEPT_DIGITS);
    let mask = |character: char| {
        if character.is_numeric() && hidden > 0 {
            hidden -= 1;
            return '*';
        }
        character
    };
    number.chars().map(mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_numbers_as_their_pattern_describes() {
        for (text, in_field, in_text) in [
            ("+15551234567", "+*******4567", "+*******4567"),
            ("15551234567", "*******4567", "15551234567"),
            ("123456", "123456", "123456"),
            ("1234567", "***4567", "1234567"),
            ("+1-2", "+1-2", "+1-2"),
            ("call +15551234567, or +1 (555) 765-4321.", "call +*******4567, or +* (***) ***-4321.", ""),
            ("++15551234567", "++*******4567", "++*******4567"),
            ("+ 15551234567", "+ *******4567", "+ 15551234567"),
            ("12 34 +4915112345678 or 1", "12 34 +*********5678 or 1", "12 34 +*********5678 or 1"),
            ("+\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}\u{667}\u{668}", "+****\u{665}\u{666}\u{667}\u{668}", ""),
            ("é+15551234567é", "é+*******4567é", "é+*******4567é"),
            ("+", "+", "+"),
            ("", "", ""),
        ] {
            assert_eq!(without_numbers(text, true), in_field, "{text}");
            let in_text = if in_text.is_empty() { in_field } else { in_text };
            assert_eq!(without_numbers(text, false), in_text, "{text}");
        }
    }
}
