//! Columns and their types.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnType {
    /// An integer of 64 bits.
    Int64,
    /// A number, such as a duration in seconds.
    Float64,
    /// True or false.
    Boolean,
    /// A string.
    String,
    /// A moment in microseconds since 1970-01-01, in UTC.
    Timestamp,
    /// Any value, as JSON text.
    Json,
}

impl ColumnType {
    /// All types, as users name them.
    const NAMES: [(&'static str, Self); 6] = [
        ("int64", Self::Int64),
        ("float64", Self::Float64),
        ("boolean", Self::Boolean),
        ("string", Self::String),
        ("timestamp", Self::Timestamp),
        ("json", Self::Json),
    ];

    /// Returns the name, such as `float64`.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Returns the type in the format strings of Arrow's C data interface.
    pub fn arrow_format(self) -> &'static str {
        match self {
            Self::Int64 => "l",
            Self::Float64 => "g",
            Self::Boolean => "b",
            Self::String | Self::Json => "u",
            Self::Timestamp => "tsu:UTC",
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is not the name of a column type.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown column type {0:?}; expected int64, float64, boolean, string, timestamp or json")]
pub struct UnknownColumnType(String);

impl FromStr for ColumnType {
    type Err = UnknownColumnType;

    fn from_str(name: &str) -> Result<Self, UnknownColumnType> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, kind)| *kind).ok_or_else(|| UnknownColumnType(name.to_owned()))
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// The name of the field that it holds.
    pub name: String,
    /// The type of its values.
    pub column_type: ColumnType,
}

impl Column {
    /// Describes a column.
    pub fn new(name: impl Into<String>, column_type: ColumnType) -> Self {
        Self { name: name.into(), column_type }
    }
}
