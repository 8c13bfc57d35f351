//! The wire form of those fields of a record that are not written the way they came: `"3"` for 3, `null`, another name,
//! or something that could not be read at all. It makes reading lossless.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Readable, Reader};

/// Wire forms, by field; empty for nearly all records.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin(Vec<Kept>);

/// What stood on the wire for a field that holds nothing.
pub(crate) enum Unheld {
    /// `null`, or an empty list.
    Nothing,
    /// Something that could not be read as documented.
    Odd(Value),
}

#[derive(Debug, Clone)]
struct Kept {
    /// The field's documented name on the wire, or the name of an undocumented field.
    field: Box<str>,
    /// The name that the answer used, where it is another.
    key: Option<Box<str>>,
    raw: Box<RawValue>,
    /// Whether the value could not be read as documented.
    unread: bool,
}

impl Origin {
    pub(crate) fn keep(&mut self, field: &str, key: &str, raw: &RawValue, unread: bool) {
        self.0.push(Kept { field: field.into(), key: (key != field).then(|| key.into()), raw: raw.to_owned(), unread });
    }

    /// The name and value to write for `field`, where they are other than the documented ones and `value` was not changed.
    pub(crate) fn written<T: Readable + PartialEq>(&self, field: &str, value: &T) -> Option<(&str, &RawValue)> {
        let kept = self.0.iter().find(|kept| &*kept.field == field)?;
        let unchanged = if kept.unread {
            value.is_absent()
        } else {
            T::read(&kept.raw, &mut Reader::silent()).is_some_and(|reading| reading.value == *value)
        };
        unchanged.then(|| (kept.key.as_deref().unwrap_or(&kept.field), &*kept.raw))
    }

    /// The wire form of an undocumented field that a [`Value`] cannot hold exactly, while the value is still the one it was.
    pub(crate) fn exact(&self, key: &str, value: &Value) -> Option<&RawValue> {
        let kept = self.0.iter().find(|kept| &*kept.field == key)?;
        let same = serde_json::from_str::<Value>(kept.raw.get()).is_ok_and(|held| held == *value);
        same.then_some(&*kept.raw)
    }

    /// What stood on the wire for a field that holds nothing; `None` where the answer did not have the field.
    pub(crate) fn unheld(&self, field: &str) -> Option<Unheld> {
        let kept = self.0.iter().find(|kept| &*kept.field == field)?;
        Some(if kept.unread {
            Unheld::Odd(serde_json::from_str(kept.raw.get()).unwrap_or_default())
        } else {
            Unheld::Nothing
        })
    }

    /// What no field of `shape` and no [`Value`] could hold.
    pub(crate) fn beyond<'a>(
        &'a self,
        shape: &'a crate::schema::Shape,
    ) -> impl Iterator<Item = (&'a str, &'a RawValue)> {
        self.0
            .iter()
            .filter(|kept| kept.unread && !shape.fields.iter().any(|field| field.wire == &*kept.field))
            .map(|kept| (&*kept.field, &*kept.raw))
    }

    /// The documented fields whose value could not be read as documented, as they came.
    pub(crate) fn unread(&self) -> Map<String, Value> {
        self.0
            .iter()
            .filter(|kept| kept.unread)
            .map(|kept| {
                let value = serde_json::from_str(kept.raw.get());
                let text = || Value::String(kept.raw.get().to_owned());
                (kept.field.to_string(), value.unwrap_or_else(|_| text()))
            })
            .collect()
    }
}

/// Records are equal where they say the same; how a readable value stood on the wire does not matter.
impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        (self.0.is_empty() && other.0.is_empty()) || self.unread() == other.unread()
    }
}

/// Whether a [`Value`] holds this JSON exactly: not where a number has more digits than a `u64` or `f64` carries.
pub(crate) fn value_is_exact(raw: &RawValue) -> bool {
    const SAFE_DIGITS: usize = 15;
    let mut digits = 0;
    for byte in raw.get().bytes() {
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

/// The value, with whole numbers that no 64 bits hold as text, so that none of their digits is lost.
pub(crate) fn with_digits_as_text(raw: &RawValue) -> Option<Value> {
    let mut written = String::with_capacity(raw.get().len() + 2);
    let mut rest = raw.get();
    while let Some(start) =
        rest.find(|character: char| character == '"' || character == '-' || character.is_ascii_digit())
    {
        let (before, token) = rest.split_at(start);
        written.push_str(before);
        let length = if token.starts_with('"') { text_length(token) } else { number_length(token) };
        let (token, after) = token.split_at(length);
        let digits = token.strip_prefix('-').unwrap_or(token);
        let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_whole && token.parse::<i64>().is_err() && token.parse::<u64>().is_err() {
            written.push('"');
            written.push_str(token);
            written.push('"');
        } else {
            written.push_str(token);
        }
        rest = after;
    }
    written.push_str(rest);
    serde_json::from_str(&written).ok()
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
