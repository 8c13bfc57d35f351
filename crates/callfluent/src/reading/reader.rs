//! Keeps the place while an answer is read, and notes what differs from the documentation there.

use std::collections::HashMap;

use crate::drift::{Difference, DriftKind};

/// Follows the reading of one answer.
#[derive(Debug)]
pub struct Reader<'a> {
    /// `None` where nobody asks for drift.
    found: Option<&'a mut HashMap<(String, DriftKind), Difference>>,
    place: String,
    /// The field that is being read. It becomes part of the place where there is more inside it, or something to note:
    /// most fields are simply read.
    field: Option<&'static str>,
}

impl<'a> Reader<'a> {
    /// Reads without noting anything.
    pub fn silent() -> Self {
        Self { found: None, place: String::new(), field: None }
    }

    /// Reads the answer of `operation` and notes into `found` what differs.
    pub(crate) fn noting(operation: &str, found: &'a mut HashMap<(String, DriftKind), Difference>) -> Self {
        Self { found: Some(found), place: operation.to_owned(), field: None }
    }

    /// Reads a record; what differs in it is told by the record's own name, wherever it stands.
    pub(crate) fn record<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        if self.found.is_none() {
            return read(self);
        }
        let outside = (std::mem::replace(&mut self.place, name.to_owned()), self.field.take());
        let value = read(self);
        (self.place, self.field) = outside;
        value
    }

    /// Reads what is inside the field `name`.
    pub(crate) fn inside<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.deeper(Some(name), read)
    }

    /// Reads an element of a list.
    pub(crate) fn element<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.deeper(None, |reader| {
            let length = reader.place.len();
            if reader.found.is_some() {
                reader.place.push_str("[]");
            }
            let value = read(reader);
            reader.place.truncate(length);
            value
        })
    }

    fn deeper<T>(&mut self, field: Option<&'static str>, read: impl FnOnce(&mut Self) -> T) -> T {
        let outside = (self.place.len(), self.field);
        if let Some(name) = std::mem::replace(&mut self.field, field)
            && self.found.is_some()
        {
            self.place.push('.');
            self.place.push_str(name);
        }
        let value = read(self);
        self.place.truncate(outside.0);
        self.field = outside.1;
        value
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
    pub(crate) fn unreadable(&mut self) {
        self.note(None, DriftKind::UnreadableValue, None);
    }

    fn note(&mut self, inside: Option<&str>, kind: DriftKind, value: Option<&str>) {
        let Some(found) = self.found.as_deref_mut() else {
            return;
        };
        let mut place = self.place.clone();
        for name in self.field.into_iter().chain(inside) {
            place.push('.');
            place.push_str(name);
        }
        let difference = || Difference::new(&place, kind, value);
        found.entry((place.clone(), kind)).or_insert_with(difference).count += 1;
    }
}
