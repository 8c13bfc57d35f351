//! Builds the columns of some rows from records.

use serde_json::Value;

use super::cell::decode;
use super::schema::{EXTRA, TableSchema};
use super::values::{Cell, ColumnValues};
use crate::json::{Document, Entry, Json};

/// Rows of a full batch. Arrow consumers write one row group or chunk for each batch; a batch of
/// one page makes files of many small pieces.
const MAX_ROWS: usize = 65_536;
/// A batch with more text than this is full, so that offsets of 32 bits are large enough.
const MAX_STRING_BYTES: usize = 1 << 28;

/// Some rows of a table, by column.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Batch {
    /// The number of rows.
    pub rows: usize,
    /// The values of each column of the schema.
    pub columns: Vec<ColumnValues>,
}

/// Collects records as rows.
#[derive(Debug)]
pub struct BatchBuilder {
    schema: TableSchema,
    batch: Batch,
}

impl BatchBuilder {
    /// Starts an empty batch.
    pub fn new(schema: &TableSchema) -> Self {
        let columns = schema.columns().iter().map(|column| ColumnValues::new(column.column_type)).collect();
        Self { schema: schema.clone(), batch: Batch { rows: 0, columns } }
    }

    /// Adds a record, given as a JSON object, as a row. Any other JSON is a row of nulls whose
    /// `extra` holds it.
    pub fn push(&mut self, record: &str) {
        self.push_with(record, None);
    }

    /// Adds a record as [`push`](Self::push) does. `shared` is the name of a column and a value, as
    /// JSON, that the record belongs to, such as the agent of a call. Another value that the record
    /// itself has under this name goes to `extra`.
    pub fn push_with(&mut self, record: &str, shared: Option<(&str, &str)>) {
        let document = Document::parse(record.as_bytes());
        let root = document.as_ref().ok().map(Document::root);
        let entries = root.and_then(Json::entries);
        let mut row: Vec<Option<Json<'_>>> = vec![None; self.schema.columns().len()];
        let mut extra = String::new();
        let shared =
            shared.and_then(|(name, json)| Some((self.schema.position(name)?, Document::parse(json.as_bytes()).ok()?)));
        if let Some((position, value)) = &shared
            && let Some(slot) = row.get_mut(*position)
        {
            *slot = Some(value.root());
        }
        match entries {
            Some(entries) => self.assign(entries, &mut row, &mut extra),
            None => add(&mut extra, "value", root.map_or("null", Json::get)),
        }
        let columns = self.schema.columns().iter().zip(&mut self.batch.columns).zip(&row);
        for ((column, values), json) in columns {
            // `extra` is last: when its turn comes, all values that do not fit are in it.
            if column.name == EXTRA {
                let cell = (!extra.is_empty()).then(|| Cell::String(format!("{{{extra}}}").into()));
                values.push(cell.as_ref());
                continue;
            }
            let json = json.filter(|json| !json.is_null());
            let cell = json.and_then(|json| decode(json, column.column_type));
            if let (None, Some(json)) = (&cell, json) {
                add(&mut extra, &column.name, json.get());
            }
            values.push(cell.as_ref());
        }
        self.batch.rows += 1;
    }

    /// Gives each value its column; values without one go to `extra`, except nulls.
    fn assign<'a>(&self, entries: impl Iterator<Item = Entry<'a>>, row: &mut [Option<Json<'a>>], extra: &mut String) {
        for entry in entries {
            let name = entry.key();
            let slot = self.schema.position(&name).and_then(|position| row.get_mut(position));
            match slot {
                // A server can send a name twice, or another value than the shared one.
                Some(Some(known)) if known.get() != entry.raw.get() => add(extra, &name, entry.raw.get()),
                Some(slot) => *slot = Some(entry.raw),
                None if entry.raw.is_null() => {}
                None => add(extra, &name, entry.raw.get()),
            }
        }
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.batch.rows
    }

    /// Returns whether the batch is large enough.
    pub fn is_full(&self) -> bool {
        self.batch.rows >= MAX_ROWS || self.batch.columns.iter().any(|column| column.string_bytes() >= MAX_STRING_BYTES)
    }

    /// Returns the size of the strings of the column that has most of them, in bytes.
    pub fn longest_strings(&self) -> usize {
        self.batch.columns.iter().map(ColumnValues::string_bytes).max().unwrap_or_default()
    }

    /// Returns the rows.
    pub fn finish(self) -> Batch {
        self.batch
    }
}

/// Adds a field to a JSON object without its braces.
fn add(object: &mut String, name: &str, json: &str) {
    if !object.is_empty() {
        object.push(',');
    }
    object.push_str(&Value::from(name).to_string());
    object.push(':');
    object.push_str(json);
}
