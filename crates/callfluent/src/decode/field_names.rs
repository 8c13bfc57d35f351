//! Which of an answer's names stand for which documented field. Of several names for one field the documented one counts, else
//! the first; the others are kept like unknown fields.

use std::borrow::Cow;

use crate::json::{Entries, Entry};
use crate::schema::Shape;

/// The names of one object, read as a record.
pub(crate) struct Names<'a> {
    shape: &'static Shape,
    entries: Entries<'a>,
    /// For each field the name that stands for it; found once, where any name is another than the documented one, since a
    /// server may send very many.
    speakers: Option<Vec<Option<Cow<'a, str>>>>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(shape: &'static Shape, entries: Entries<'a>) -> Self {
        Self { shape, entries, speakers: None }
    }

    /// The position of the field that an entry's name stands for. Most answers have their fields in the documented order, so
    /// that the next one is where it is `expected`.
    pub(crate) fn position(&mut self, entry: Entry<'_>, expected: usize) -> Option<usize> {
        if self.shape.fields.get(expected).is_some_and(|field| entry.is_named(field.wire)) {
            return Some(expected);
        }
        self.find(&entry.key())
    }

    fn find(&mut self, name: &str) -> Option<usize> {
        let fields = self.shape.fields;
        if let Some(position) = fields.iter().position(|field| field.wire == name) {
            return Some(position);
        }
        let position = fields.iter().position(|field| field.answers_to(name))?;
        (self.speaker(position) == Some(name)).then_some(position)
    }

    /// Whether any name stands for the field at this position.
    pub(crate) fn is_taken(&mut self, position: usize) -> bool {
        let speaker = self.speaker(position).map(str::to_owned);
        speaker.is_some_and(|name| self.find(&name) == Some(position))
    }

    fn speaker(&mut self, position: usize) -> Option<&str> {
        let speakers = self.speakers.get_or_insert_with(|| {
            let mut speakers = vec![None; self.shape.fields.len()];
            for entry in self.entries.clone() {
                let key = entry.key();
                for (field, speaker) in self.shape.fields.iter().zip(&mut speakers) {
                    if field.wire == key || (speaker.is_none() && field.answers_to(&key)) {
                        *speaker = Some(key.clone());
                    }
                }
            }
            speakers
        });
        speakers.get(position)?.as_deref()
    }
}
