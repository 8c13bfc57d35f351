//! Keeps the place while an answer is read, and notes what differs from the documentation there.

use std::collections::HashMap;

use crate::drift::{DriftEntry, DriftKind};

/// Follows the reading of one answer.
#[derive(Debug)]
pub struct Reader<'a> {
    /// `None` where nobody asks for drift.
    found: Option<&'a mut HashMap<(String, DriftKind), DriftEntry>>,
    /// The names that lead to the place, which are put together only where there is something to note.
    place: Vec<&'static str>,
    /// From which of them on: where the innermost record begins.
    record: usize,
}

/// The name of every element of a list.
const ELEMENT: &str = "[]";

impl<'a> Reader<'a> {
    /// Reads without noting anything.
    pub fn silent() -> Self {
        Self { found: None, place: Vec::new(), record: 0 }
    }

    /// Reads the answer of `operation` and notes into `found` what differs.
    pub(crate) fn noting(operation: &'static str, found: &'a mut HashMap<(String, DriftKind), DriftEntry>) -> Self {
        Self { found: Some(found), place: vec![operation], record: 0 }
    }

    /// Reads a record; what differs in it is told by the record's own name, wherever it stands.
    pub(crate) fn record<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Self) -> T) -> T {
        let outside = std::mem::replace(&mut self.record, self.place.len());
        let value = self.inside(name, read);
        self.record = outside;
        value
    }

    /// Reads what is inside the field `name`.
    pub(crate) fn inside<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.place.push(name);
        let value = read(self);
        self.place.pop();
        value
    }

    /// Reads an element of a list.
    pub(crate) fn element<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.inside(ELEMENT, read)
    }

    /// Notes a field that the documentation does not list.
    pub(crate) fn unknown_field(&mut self, name: &str) {
        self.note(Some(name), DriftKind::UnknownField, None);
    }

    /// Notes a field that the documentation promises and the answer does not have.
    pub(crate) fn missing_field(&mut self, name: &str) {
        self.note(Some(name), DriftKind::MissingField, None);
    }

    /// Notes a value that the documentation does not list.
    pub(crate) fn unknown_value(&mut self, value: &str) {
        self.note(None, DriftKind::UnknownValue, Some(value));
    }

    /// Notes a value that cannot be read as what the documentation says.
    pub(crate) fn invalid_items(&mut self) {
        self.note(None, DriftKind::UnreadableValue, None);
    }

    fn note(&mut self, inside: Option<&str>, kind: DriftKind, value: Option<&str>) {
        let Some(found) = self.found.as_deref_mut() else {
            return;
        };
        let mut place = String::new();
        for name in self.place.iter().skip(self.record) {
            if !place.is_empty() && *name != ELEMENT {
                place.push('.');
            }
            place.push_str(name);
        }
        if let Some(name) = inside {
            place.push('.');
            place.push_str(name);
        }
        let difference = || DriftEntry::new(&place, kind, value);
        found.entry((place.clone(), kind)).or_insert_with(difference).count += 1;
    }
}
