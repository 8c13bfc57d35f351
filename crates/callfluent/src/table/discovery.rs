//! Finds the columns of records whose fields are not documented, such as calls, from their values.

use super::cell;
use super::column::{Column, ColumnType};
use crate::json::{Document, Json};

/// Maximum number of columns that are found. A server could send a new name with each record.
const MAX_COLUMNS: usize = 256;

/// Returns a column for each field, in the order of first appearance. A field without any value, or
/// with values of several types, has no column.
pub(super) fn discover<'a>(records: impl Iterator<Item = &'a str>) -> Vec<Column> {
    let mut found: Vec<(String, Found)> = Vec::new();
    for record in records {
        let Ok(document) = Document::parse(record.as_bytes()) else {
            continue;
        };
        for entry in document.root().entries().into_iter().flatten() {
            let name = entry.key();
            let value = Found::of(&name, entry.raw);
            if let Some((_, before)) = found.iter_mut().find(|(known, _)| *known == name) {
                *before = before.and(value);
            } else if found.len() < MAX_COLUMNS {
                found.push((name.into_owned(), value));
            }
        }
    }
    found.into_iter().filter_map(|(name, found)| Some(Column::new(name, found.column_type()?))).collect()
}

/// The values of a field so far.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Found {
    Nothing,
    Type(ColumnType),
    Several,
}

impl Found {
    fn of(name: &str, json: Json<'_>) -> Self {
        Self::Type(match json.first() {
            b'n' => return Self::Nothing,
            b't' | b'f' => ColumnType::Boolean,
            b'{' | b'[' => ColumnType::Json,
            b'"' if cell::is_iso_timestamp(json) => ColumnType::Timestamp,
            _ if is_name_of_time(name) && cell::timestamp(json).is_some() => ColumnType::Timestamp,
            _ if is_name_of_duration(name) && cell::number(json).is_some() => ColumnType::Float64,
            b'"' => ColumnType::String,
            _ if cell::integer(json).is_some() => ColumnType::Int64,
            _ => ColumnType::Float64,
        })
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, other) => other,
            (known, Self::Nothing) => known,
            (Self::Type(one), Self::Type(other)) => both(one, other).map_or(Self::Several, Self::Type),
            _ => Self::Several,
        }
    }

    fn column_type(self) -> Option<ColumnType> {
        match self {
            Self::Type(column_type) => Some(column_type),
            Self::Nothing | Self::Several => None,
        }
    }
}

/// Returns the type that holds values of both types.
fn both(one: ColumnType, other: ColumnType) -> Option<ColumnType> {
    use ColumnType::{Float64, Int64, String, Timestamp};
    match (one, other) {
        _ if one == other => Some(one),
        (Int64, Float64) | (Float64, Int64) => Some(Float64),
        // Not all strings of the field are times.
        (String, Timestamp) | (Timestamp, String) => Some(String),
        _ => None,
    }
}

fn is_name_of_time(name: &str) -> bool {
    name.ends_with("_at") || name.ends_with("At")
}

fn is_name_of_duration(name: &str) -> bool {
    name.to_ascii_lowercase().contains("duration")
}
