//! Tracks the position during decoding, and collects drift: differences from the documentation.

use crate::drift::{DriftEntry, DriftKind, FoundDrift};
use crate::schema::RecordType;

/// The state of decoding one response.
#[derive(Debug)]
pub struct DecodeContext<'a> {
    /// `None` if drift is not collected.
    drift: Option<&'a mut FoundDrift>,
    /// The names that lead to the current position. They are joined only if there is drift.
    path: Vec<&'static str>,
    /// Index of the name in `path` at which the innermost record begins.
    record_start: usize,
}

/// Number of names that lead to a field in most responses, at most.
const DEPTH: usize = 8;
/// The name of every element of a list.
const ELEMENT: &str = "[]";

impl<'a> DecodeContext<'a> {
    /// Creates a context that ignores drift.
    pub(crate) fn without_drift() -> Self {
        Self { drift: None, path: Vec::new(), record_start: 0 }
    }

    /// Creates a context for the response of `operation` that adds drift to `drift`.
    pub(crate) fn with_drift(operation: &'static str, drift: &'a mut FoundDrift) -> Self {
        let mut path = Vec::with_capacity(DEPTH);
        path.push(operation);
        Self { drift: Some(drift), path, record_start: 0 }
    }

    /// Decodes a record. Drift inside is reported by the name of the record, wherever it is nested.
    pub(crate) fn in_record<T>(&mut self, name: &'static str, decode: impl FnOnce(&mut Self) -> T) -> T {
        let outside = std::mem::replace(&mut self.record_start, self.path.len());
        let value = self.in_field(name, decode);
        self.record_start = outside;
        value
    }

    /// Decodes the content of the field `name`.
    pub(crate) fn in_field<T>(&mut self, name: &'static str, decode: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(name);
        let value = decode(self);
        self.path.pop();
        value
    }

    /// Decodes an element of a list.
    pub(crate) fn in_element<T>(&mut self, decode: impl FnOnce(&mut Self) -> T) -> T {
        self.in_field(ELEMENT, decode)
    }

    /// Adds a field that is not documented.
    pub(crate) fn unknown_field(&mut self, name: &str) {
        self.add(Some(name), DriftKind::UnknownField, None);
    }

    /// Adds a required field that the response omits.
    pub(crate) fn missing_field(&mut self, name: &str) {
        self.add(Some(name), DriftKind::MissingField, None);
    }

    /// Adds the required fields of a record that the response omits: those whose bit in `seen` is
    /// not set.
    pub(crate) fn missing_fields(&mut self, record: &RecordType, seen: u64) {
        let missing = record.required_bits() & !seen;
        for (position, field) in record.fields.iter().enumerate().filter(|_| missing != 0) {
            if missing & (1 << position) != 0 {
                self.missing_field(field.name);
            }
        }
    }

    /// Adds a value that the documentation does not list.
    pub(crate) fn unknown_value(&mut self, value: &str) {
        self.add(None, DriftKind::UnknownValue, Some(value));
    }

    /// Adds a value that cannot be decoded as documented.
    pub(crate) fn invalid_value(&mut self) {
        self.add(None, DriftKind::InvalidValue, None);
    }

    fn add(&mut self, field: Option<&str>, kind: DriftKind, value: Option<&str>) {
        let Some(drift) = self.drift.as_deref_mut() else {
            return;
        };
        let mut path = String::new();
        for name in self.path.iter().skip(self.record_start) {
            if !path.is_empty() && *name != ELEMENT {
                path.push('.');
            }
            path.push_str(name);
        }
        if let Some(field) = field {
            path.push('.');
            path.push_str(field);
        }
        let entry = || DriftEntry::new(&path, kind, value);
        drift.entry((path.clone(), kind)).or_insert_with(entry).count += 1;
    }
}
