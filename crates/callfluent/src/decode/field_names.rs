//! Maps the names in an object to documented fields. If several names stand for one field, the
//! documented one wins, then the first one; the others are kept like undocumented fields.

use std::borrow::Cow;

use super::field_order::FieldOrder;
use crate::json::{Entries, Entry};
use crate::schema::{Field, RecordType};

/// The names of one object that is decoded as a record.
pub(crate) struct FieldNames<'a> {
    record: &'static RecordType,
    order: &'static FieldOrder,
    entries: Entries<'a>,
    /// Position of the field that was found last.
    before: Option<usize>,
    /// The name that stands for each field. Computed once, and only if a name is not the documented
    /// one, since a server may send very many names.
    chosen: Option<Vec<Option<Cow<'a, str>>>>,
}

/// A documented field that an entry of an object stands for.
#[derive(Clone, Copy)]
pub(crate) struct NamedField {
    pub(crate) position: usize,
    pub(crate) field: &'static Field,
    /// The entry has the documented name.
    pub(crate) has_documented_name: bool,
}

impl<'a> FieldNames<'a> {
    pub(crate) fn new(record: &'static RecordType, order: &'static FieldOrder, entries: Entries<'a>) -> Self {
        Self { record, order, entries, before: None, chosen: None }
    }

    /// Returns the field that an entry's name stands for. Called for each entry in turn: the field
    /// that followed in the last response is checked first.
    pub(crate) fn field(&mut self, entry: Entry<'_>) -> Option<NamedField> {
        let expected = self.order.after(self.before);
        let fields = self.record.fields;
        if let Some(field) = fields.get(expected).filter(|field| entry.is_named(field.json_name)) {
            self.before = Some(expected);
            return Some(NamedField { position: expected, field, has_documented_name: true });
        }
        let position = self.find(&entry.key())?;
        self.order.learn(self.before, position);
        self.before = Some(position);
        let field = fields.get(position)?;
        Some(NamedField { position, field, has_documented_name: entry.is_named(field.json_name) })
    }

    fn find(&mut self, name: &str) -> Option<usize> {
        let fields = self.record.fields;
        if let Some(position) = fields.iter().position(|field| field.json_name == name) {
            return Some(position);
        }
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
