//! JSON text with public names, for the bindings. This is the writer; `codec` decides what is
//! copied from the response and what is decoded first.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::context::DecodeContext;
use crate::json::{Document, Json, find_field, has_only_short_numbers, is_parsable, quote_large_integers};
use crate::pagination::invalid_item_key;
use crate::schema::Naming;

/// A response as JSON text with public names.
///
/// Documented fields have their decoded value, all others are unchanged. Integers that the numbers
/// of the target language do not represent exactly are strings, and so are values that no parser
/// accepts, such as extremely nested ones.
#[derive(Debug, Clone)]
pub struct PublicJson {
    /// The whole response, or the record of a list that is being written.
    text: String,
    naming: Naming,
    /// The records of a list, each in its own allocation: a long list is never one long text.
    records: Option<Vec<Arc<str>>>,
    /// Hashes of the items of that list that are not records.
    invalid_items: Vec<u64>,
}

impl PublicJson {
    pub(crate) fn new(naming: Naming) -> Self {
        Self { text: String::new(), naming, records: None, invalid_items: Vec::new() }
    }

    /// Returns a list of records, each as its JSON text.
    pub(crate) fn of_records(naming: Naming, records: impl IntoIterator<Item = Self>) -> Self {
        let records = records.into_iter().map(|record| Arc::from(record.into_text())).collect();
        Self { records: Some(records), ..Self::new(naming) }
    }

    /// Returns a list of the JSON texts of records.
    pub(crate) fn from_records(naming: Naming, records: Vec<Arc<str>>) -> Self {
        Self { records: Some(records), ..Self::new(naming) }
    }

    /// Returns one record from its JSON text.
    pub(crate) fn from_record(naming: Naming, record: &str) -> Self {
        Self { text: record.to_owned(), ..Self::new(naming) }
    }

    /// Returns the JSON text.
    #[must_use]
    pub fn into_text(self) -> String {
        match self.records {
            Some(records) => {
                let length: usize = records.iter().map(|record| record.len() + 1).sum();
                let mut text = String::with_capacity(length + 2);
                text.push('[');
                for record in &records {
                    if text.len() > 1 {
                        text.push(',');
                    }
                    text.push_str(record);
                }
                text.push(']');
                text
            }
            None => self.text,
        }
    }

    /// Parses the JSON text.
    #[must_use]
    pub fn into_value(self) -> Value {
        // The text contains only what a parser accepts.
        let text = self.into_text();
        Document::parse(text.as_bytes()).and_then(|document| document.root().deserialize()).unwrap_or_default()
    }

    /// Returns the JSON text of each record of a list.
    ///
    /// # Errors
    /// Returns itself if the response is not a list of records.
    pub fn into_records(self) -> Result<Vec<Arc<str>>, Self> {
        match self.records {
            Some(records) => Ok(records),
            None => Err(self),
        }
    }

    /// Returns the JSON text of the last field with this name in a record that this type wrote,
    /// without parsing the others.
    pub fn field_of<'a>(record: &'a str, name: &str) -> Option<&'a str> {
        find_field(record, name)
    }

    pub(crate) fn naming(&self) -> Naming {
        self.naming
    }

    /// The records of a list; none if the response is not a list.
    pub(crate) fn records(&self) -> &[Arc<str>] {
        self.records.as_deref().unwrap_or_default()
    }

    /// Adds the records of another list.
    pub(crate) fn append(&mut self, other: Self) {
        if let (Some(records), Some(mut more)) = (&mut self.records, other.records) {
            records.append(&mut more);
        }
    }

    /// Keeps the records of a list at which `keep` is true.
    pub(crate) fn retain_records(&mut self, keep: &[bool]) {
        let mut keep = keep.iter();
        if let Some(records) = &mut self.records {
            records.retain(|_| keep.next().copied().unwrap_or(true));
        }
    }

    /// Hashes of the items of a list that are not records.
    pub(crate) fn invalid_items(&self) -> &[u64] {
        &self.invalid_items
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn reserve(&mut self, additional: usize) {
        self.text.reserve(additional);
    }

    /// Writes text that is valid JSON at this position.
    pub(super) fn push(&mut self, json: &str) {
        self.text.push_str(json);
    }

    /// Writes a comma, except before the first field or element.
    pub(super) fn separate(&mut self) {
        if !matches!(self.text.as_bytes().last(), Some(b'{' | b'[')) {
            self.text.push(',');
        }
    }

    /// Quotes the text from `start` if it is a number.
    pub(super) fn quote_number(&mut self, start: usize) {
        if matches!(self.text.as_bytes().get(start), Some(b'-' | b'0'..=b'9')) {
            self.text.insert(start, '"');
            self.text.push('"');
        }
    }

    /// Writes a decoded value.
    pub(crate) fn value(&mut self, value: &impl Serialize) {
        // A value that was decoded from JSON can be encoded as JSON.
        self.exact(&serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()));
    }

    /// Writes a value unchanged.
    pub(crate) fn copy(&mut self, raw: Json<'_>) {
        self.text.push_str(raw.get());
    }

    /// Writes a value whose kind is not documented.
    pub(crate) fn undocumented(&mut self, raw: Json<'_>) {
        if raw.is_lossless() {
            self.copy(raw);
        } else if is_parsable(raw.get()) {
            self.exact(raw.get());
        } else {
            self.value(&raw.get());
        }
    }

    /// Writes a whole response whose kind is not documented; returns `false` if no parser accepts
    /// it.
    pub(crate) fn undocumented_response(&mut self, raw: Json<'_>) -> bool {
        let accepted = raw.is_lossless() || serde_json::from_str::<Value>(raw.get()).is_ok();
        if accepted {
            self.exact(raw.get());
        }
        accepted
    }

    /// Writes a list of records. Items that are not records are omitted and reported as drift.
    pub(crate) fn list<E>(
        &mut self,
        elements: impl Iterator<Item = E>,
        context: &mut DecodeContext<'_>,
        write: impl Fn(&E, &mut DecodeContext<'_>, &mut Self) -> bool,
        source: impl Fn(&E) -> &str,
    ) {
        if self.text.is_empty() {
            let mut records = Vec::new();
            for element in elements {
                context.in_element(|context| {
                    if write(&element, context, self) {
                        records.push(Arc::from(self.text.as_str()));
                    } else {
                        context.invalid_value();
                        self.add_invalid_item(source(&element));
                    }
                });
                self.text.clear();
            }
            self.records = Some(records);
            return;
        }
        self.text.push('[');
        for element in elements {
            let before = self.text.len();
            self.separate();
            context.in_element(|context| {
                if !write(&element, context, self) {
                    context.invalid_value();
                    self.text.truncate(before);
                }
            });
        }
        self.text.push(']');
    }

    /// Adds an item of a list that is not a record.
    pub(crate) fn add_invalid_item(&mut self, json: &str) {
        self.invalid_items.push(invalid_item_key(json));
    }

    /// Writes JSON text with integers quoted that the target language does not represent exactly.
    fn exact(&mut self, json: &str) {
        if has_only_short_numbers(json) {
            self.text.push_str(json);
        } else {
            self.text.push_str(&quote_large_integers(json, self.naming.max_exact_integer()));
        }
    }
}
