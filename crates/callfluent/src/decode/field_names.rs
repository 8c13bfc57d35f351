//! Maps the names in an object to documented fields. If several names stand for one field, the
//! documented one wins, then the first one; the others are kept like undocumented fields.

use std::borrow::Cow;

use crate::json::{Entries, Entry};
use crate::schema::{Field, RecordType};

/// The names of one object that is decoded as a record.
pub(crate) struct FieldNames<'a> {
    record: &'static RecordType,
    entries: Entries<'a>,
    /// The name that stands for each field. Computed once, and only if a name is not the documented
    /// one, since a server may send very many names.
    chosen: Option<Vec<Option<Cow<'a, str>>>>,
}

impl<'a> FieldNames<'a> {
    pub(crate) fn new(record: &'static RecordType, entries: Entries<'a>) -> Self {
        Self { record, entries, chosen: None }
    }

    /// Returns the position of the field that an entry's name stands for. Most responses have
    /// nearly the documented order, so the search begins at the position that the caller expects.
    pub(crate) fn position(&mut self, entry: Entry<'_>, expected: usize) -> Option<usize> {
        let fields = self.record.fields;
        let Some(name) = entry.plain_name() else {
            return self.find(&entry.key());
        };
        let (before, behind) = fields.split_at_checked(expected).unwrap_or((fields, &[]));
        let position = |fields: &[Field]| fields.iter().position(|field| field.json_name == name);
        let place = position(behind).map(|place| expected + place).or_else(|| position(before));
        place.or_else(|| self.find_other_name(name))
    }

    fn find(&mut self, name: &str) -> Option<usize> {
        let fields = self.record.fields;
        if let Some(position) = fields.iter().position(|field| field.json_name == name) {
            return Some(position);
        }
        self.find_other_name(name)
    }

    /// Returns the position of the field with this name, which is not the documented one.
    fn find_other_name(&mut self, name: &str) -> Option<usize> {
        let fields = self.record.fields;
        let position = fields.iter().position(|field| field.has_name(name))?;
        (self.chosen_name(position) == Some(name)).then_some(position)
    }

    /// Returns whether any name stands for the field at this position.
    pub(crate) fn is_present(&mut self, position: usize) -> bool {
        let name = self.chosen_name(position).map(str::to_owned);
        name.is_some_and(|name| self.find(&name) == Some(position))
    }

    fn chosen_name(&mut self, position: usize) -> Option<&str> {
        let chosen = self.chosen.get_or_insert_with(|| {
            let mut chosen = vec![None; self.record.fields.len()];
            for entry in self.entries.clone() {
                let key = entry.key();
                for (field, name) in self.record.fields.iter().zip(&mut chosen) {
                    if field.json_name == key || (name.is_none() && field.has_name(&key)) {
                        *name = Some(key.clone());
                    }
                }
            }
            chosen
        });
        chosen.get(position)?.as_deref()
    }
}
