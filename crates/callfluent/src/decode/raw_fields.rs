//! The source text of fields that would be encoded differently: `"3"` for 3, `null`, another name,
//! or a value that cannot be decoded. It makes decoding lossless.

use serde_json::Value;
use serde_json::value::RawValue;

use super::context::DecodeContext;
use super::extra::Extra;
use super::traits::Decode;
use crate::json::{Document, to_exact_value};

/// Source texts by field; empty for nearly all records.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawFields(Vec<RawField>);

/// The source of a field whose decoded value is absent.
pub(crate) enum Undecoded {
    /// `null`, or an empty list.
    Empty,
    /// A value that cannot be decoded as documented.
    Invalid(Value),
}

#[derive(Debug, Clone)]
struct RawField {
    /// The documented JSON name of the field.
    field: Box<str>,
    /// The name in the response, if it is another.
    key: Option<Box<str>>,
    raw: Box<RawValue>,
    /// True if the value cannot be decoded as documented.
    invalid: bool,
}

impl RawFields {
    pub(crate) fn keep(&mut self, field: &str, key: &str, raw: Box<RawValue>, invalid: bool) {
        self.0.push(RawField { field: field.into(), key: (key != field).then(|| key.into()), raw, invalid });
    }

    fn get(&self, field: &str) -> Option<&RawField> {
        self.0.iter().find(|kept| &*kept.field == field)
    }

    /// Returns the name and the source text of `field`, if they differ from what encoding `value`
    /// gives, and `value` was not changed since.
    pub(crate) fn source_of<T: Decode + PartialEq>(&self, field: &str, value: &T) -> Option<(&str, &RawValue)> {
        let kept = self.get(field)?;
        let unchanged = if kept.invalid {
            value.is_absent()
        } else {
            Document::from_raw(&kept.raw)
                .ok()
                .and_then(|document| T::decode(document.root(), &mut DecodeContext::without_drift()))
                .is_some_and(|decoded| decoded.value == *value)
        };
        unchanged.then(|| (kept.key.as_deref().unwrap_or(&kept.field), &*kept.raw))
    }

    /// Returns the source of a field without a decoded value; `None` if the response omitted the
    /// field.
    pub(crate) fn undecoded(&self, field: &str) -> Option<Undecoded> {
        let kept = self.get(field)?;
        Some(if kept.invalid { Undecoded::Invalid(to_exact_value(kept.raw.get())) } else { Undecoded::Empty })
    }

    /// Returns the fields whose value cannot be decoded as documented.
    pub(crate) fn invalid_fields(&self) -> Extra {
        let mut fields = Extra::new();
        for kept in self.0.iter().filter(|kept| kept.invalid) {
            fields.push(&kept.field, kept.raw.get());
        }
        fields
    }
}

/// Records are equal if their values are; the source text of decoded values does not matter.
impl PartialEq for RawFields {
    fn eq(&self, other: &Self) -> bool {
        (self.0.is_empty() && other.0.is_empty()) || self.invalid_fields() == other.invalid_fields()
    }
}
