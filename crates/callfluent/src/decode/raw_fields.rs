//! The wire form of those fields of a record that are not written the way they came: `"3"` for 3, `null`, another name,
//! or something that could not be read at all. It makes reading lossless.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Readable, Reader};
use crate::json::{Document, undocumented_value};

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
    pub(crate) fn keep(&mut self, field: &str, key: &str, raw: Box<RawValue>, unread: bool) {
        self.0.push(Kept { field: field.into(), key: (key != field).then(|| key.into()), raw, unread });
    }

    /// The name and value to write for `field`, where they are other than the documented ones and `value` was not changed.
    pub(crate) fn written<T: Readable + PartialEq>(&self, field: &str, value: &T) -> Option<(&str, &RawValue)> {
        let kept = self.0.iter().find(|kept| &*kept.field == field)?;
        let unchanged = if kept.unread {
            value.is_absent()
        } else {
            Document::of(&kept.raw)
                .ok()
                .and_then(|document| T::read(document.root(), &mut Reader::silent()))
                .is_some_and(|reading| reading.value == *value)
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
        Some(if kept.unread { Unheld::Odd(undocumented_value(kept.raw.get())) } else { Unheld::Nothing })
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
