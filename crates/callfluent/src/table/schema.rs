//! The columns of a table: documented fields first, then those that the user names or that the
//! first page contains, then `extra`.

use std::collections::HashMap;
use std::sync::Arc;

use thiserror::Error;

use super::column::{Column, ColumnType};
use super::discovery::discover;
use crate::schema::{Kind, Naming, RecordType};

/// The last column of each table: a JSON object of all fields that have no column, and of values
/// that do not fit their column.
pub const EXTRA: &str = "extra";
/// Lines of a file from which the columns of undocumented fields are found.
pub const LINES_FOR_COLUMNS: usize = 1_000;

/// A column that a table cannot have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("column {name:?} {reason}")]
pub struct InvalidColumn {
    /// The name of the column.
    pub name: String,
    reason: &'static str,
}

/// The columns of a table.
///
/// # Example
/// ```
/// # use callfluent::bindings::table::{BatchBuilder, Column, ColumnType, TableSchema};
/// let columns = vec![Column::new("id", ColumnType::Int64), Column::new("duration", ColumnType::Float64)];
/// let schema = TableSchema::from_columns(columns)?;
/// let mut builder = BatchBuilder::new(&schema);
/// builder.push(r#"{"id": 1, "duration": 63.5, "mood": "good"}"#);
/// assert_eq!(builder.finish().columns.len(), 3); // with `extra`, which holds the mood
/// # Ok::<(), callfluent::bindings::table::InvalidColumn>(())
/// ```
#[derive(Debug, Clone)]
pub struct TableSchema {
    columns: Arc<[Column]>,
    positions: Arc<HashMap<String, usize>>,
}

impl TableSchema {
    /// Creates a schema from columns without `extra`, which is added.
    ///
    /// # Errors
    /// [`InvalidColumn`] if a name is used twice or is `extra`.
    pub fn from_columns(columns: Vec<Column>) -> Result<Self, InvalidColumn> {
        let mut positions = HashMap::with_capacity(columns.len());
        for (position, column) in columns.iter().enumerate() {
            let invalid = |reason| InvalidColumn { name: column.name.clone(), reason };
            if column.name == EXTRA {
                return Err(invalid("is added to each table"));
            }
            if positions.insert(column.name.clone(), position).is_some() {
                return Err(invalid("is listed twice"));
            }
        }
        let extra = Column::new(EXTRA, ColumnType::Json);
        let columns: Vec<_> = columns.into_iter().chain([extra]).collect();
        Ok(Self { columns: columns.into(), positions: positions.into() })
    }

    /// Returns the columns of the documented fields of a record.
    pub fn documented(record: &RecordType, naming: Naming) -> Vec<Column> {
        record.fields.iter().map(|field| Column::new(field.public_name(naming), column_type(&field.kind))).collect()
    }

    /// Adds the columns that records have beyond `columns`, with the types of their values.
    pub fn discovered<'a, R: AsRef<str> + ?Sized + 'a>(
        mut columns: Vec<Column>,
        records: impl IntoIterator<Item = &'a R>,
    ) -> Vec<Column> {
        let found = discover(records.into_iter().map(AsRef::as_ref));
        let is_new = |column: &Column| column.name != EXTRA && !columns.iter().any(|known| known.name == column.name);
        let new: Vec<_> = found.into_iter().filter(is_new).collect();
        columns.extend(new);
        columns
    }

    /// Returns the columns, with `extra`.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the position of the column that holds a field; `None` if it goes to `extra`.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }
}

fn column_type(kind: &Kind) -> ColumnType {
    match kind {
        Kind::Id | Kind::Integer => ColumnType::Int64,
        Kind::Number => ColumnType::Float64,
        Kind::Boolean => ColumnType::Boolean,
        Kind::StringId | Kind::String | Kind::PhoneNumber | Kind::Image | Kind::Enumeration(_) => ColumnType::String,
        Kind::List(_)
        | Kind::Map(_)
        | Kind::Record(_)
        | Kind::Union(_)
        | Kind::Page(_)
        | Kind::Files
        | Kind::Any
        | Kind::Nothing => ColumnType::Json,
    }
}
