//! Keeps the place while an answer is read, and notes what differs from the documentation there.

use std::collections::HashMap;

use crate::drift::{Difference, DriftKind};

/// Follows the reading of one answer.
#[derive(Debug)]
pub struct Reader<'a> {
    /// `None` where nobody asks for drift.
    found: Option<&'a mut HashMap<(String, DriftKind), Difference>>,
    place: String,
}

impl<'a> Reader<'a> {
    /// Reads without noting anything.
    pub fn silent() -> Self {
        Self { found: None, place: String::new() }
    }

    /// Reads the answer of `operation` and notes into `found` what differs.
    pub(crate) fn noting(operation: &str, found: &'a mut HashMap<(String, DriftKind), Difference>) -> Self {
        Self { found: Some(found), place: operation.to_owned() }
    }

    /// Reads a record; what differs in it is told by the record's own name, wherever it stands.
    pub(crate) fn record<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        if self.found.is_none() {
            return read(self);
        }
        let outside = std::mem::replace(&mut self.place, name.to_owned());
        let value = read(self);
        self.place = outside;
        value
    }

    /// Reads what is inside the field `name`.
    pub(crate) fn inside<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.place.len();
        if self.found.is_some() {
            self.place.push('.');
            self.place.push_str(name);
        }
        let value = read(self);
        self.place.truncate(length);
        value
    }

    /// Reads an element of a list.
    pub(crate) fn element<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.place.len();
        if self.found.is_some() {
            self.place.push_str("[]");
        }
        let value = read(self);
        self.place.truncate(length);
        value
    }

    /// Notes a field that the documentation does not list.
    pub(crate) fn unknown_field(&mut self, name: &str) {
        self.inside(name, |reader| reader.note(DriftKind::UnknownField, None));
    }

    /// Notes a field that the documentation promises and the answer does not have.
    pub(crate) fn missing_field(&mut self, name: &str) {
        self.inside(name, |reader| reader.note(DriftKind::MissingField, None));
    }

    /// Notes a value that the documentation does not list.
    pub(crate) fn unknown_value(&mut self, value: &str) {
        self.note(DriftKind::UnknownValue, Some(value));
    }

    /// Notes a value that cannot be read as what the documentation says.
    pub(crate) fn unreadable(&mut self) {
        self.note(DriftKind::UnreadableValue, None);
    }

    fn note(&mut self, kind: DriftKind, value: Option<&str>) {
        let Some(found) = self.found.as_deref_mut() else {
            return;
        };
        found.entry((self.place.clone(), kind)).or_insert_with(|| Difference::new(&self.place, kind, value)).count += 1;
    }
}
