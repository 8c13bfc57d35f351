//! Arguments from rows of strings, such as lines of a CSV file. A cell stays the string that it is:
//! a guess of its type would remove the plus and the leading zeros of a phone number.

use std::any::type_name;
use std::fmt;

use serde::Deserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::Value;

use crate::decode::Extra;
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::request::decode_cells;
use crate::schema::{RecordType, similar};

/// Arguments that can be read from an object.
pub(crate) trait FromFields: Sized {
    /// # Errors
    /// All fields that cannot be decoded.
    fn from_fields(fields: &Extra) -> std::result::Result<Self, String>;
}

/// Returns the cells of a row by the names of their columns.
pub(crate) fn cells<N: AsRef<str>, C: AsRef<str>>(row: impl IntoIterator<Item = (N, C)>) -> Vec<(String, Value)> {
    row.into_iter().map(|(name, cell)| (name.as_ref().to_owned(), Value::from(cell.as_ref()))).collect()
}

/// Reads arguments from the cells of a row. `ignored` are columns of records that are never sent.
///
/// # Errors
/// [`Error::InvalidRequest`] with all cells that cannot be decoded and all unknown columns.
pub(crate) fn from_row<T: FromFields>(
    record: &'static RecordType,
    ignored: &[&str],
    row: Vec<(String, Value)>,
) -> Result<T> {
    let mut errors = Vec::new();
    let field_of = |name: &str| record.fields.iter().find(|field| field.is_given_as(name));
    let fields = decode_cells(row, field_of, &mut errors);
    let is_unknown = |name: &&String| field_of(name).is_none() && !ignored.contains(&name.as_str());
    let unknown = fields.keys().filter(|_| record.documented).filter(is_unknown);
    errors.extend(unknown.map(|name| FieldError::of_given_name(name, unknown_column(record, name))));
    FieldErrors::new(record.name, errors).into_result()?;
    T::from_fields(&Extra::from(fields)).map_err(|reason| Error::invalid(record.name, "row", reason))
}

fn unknown_column(record: &RecordType, name: &str) -> String {
    let called = record.fields.iter().find(|field| field.is_called(name)).map(|field| field.name);
    let near = called.map_or_else(|| similar(name, record.fields.iter().map(|field| field.name)), |field| vec![field]);
    if near.is_empty() {
        "is not a documented field; remove the column, or add its value by the method with".to_owned()
    } else {
        format!("is not a documented field; did you mean {}? (the method with adds any field)", near.join(" or "))
    }
}

/// Reads the fields of arguments from any serde format.
///
/// # Errors
/// Errors of the format.
pub(crate) fn deserialize_fields<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Extra, D::Error> {
    struct Fields;
    impl<'de> Visitor<'de> for Fields {
        type Value = Extra;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Extra, A::Error> {
            let mut extra = Extra::new();
            while let Some(name) = fields.next_key::<String>()? {
                let value = match Cells::of::<A>() {
                    Cells::Strings => Value::String(fields.next_value()?),
                    Cells::Guessed => guessed(&name, fields.next_value()?).map_err(A::Error::custom)?,
                    Cells::Typed => fields.next_value()?,
                };
                let is_empty_cell =
                    Cells::of::<A>() != Cells::Typed && value.as_str().is_some_and(|cell| cell.trim().is_empty());
                if !is_empty_cell {
                    extra.push(&name, &value.to_string());
                }
            }
            Ok(extra)
        }
    }
    deserializer.deserialize_map(Fields)
}

/// The values of a format.
#[derive(PartialEq, Eq)]
enum Cells {
    /// They have types, as in JSON.
    Typed,
    /// The crate `csv` gives each cell as the string that it is, if a string is wanted.
    Strings,
    /// The cells of the crate `csv` within `#[serde(flatten)]`: those that look like numbers are
    /// numbers.
    Guessed,
}

impl Cells {
    /// Nothing but the names of its types tells the crate `csv`. Under other names, a phone number
    /// that became a number is an error still.
    fn of<'de, A: MapAccess<'de>>() -> Self {
        if !type_name::<A::Error>().starts_with("csv::") {
            Self::Typed
        } else if type_name::<A>().trim_start_matches("&mut ").starts_with("csv::") {
            Self::Strings
        } else {
            Self::Guessed
        }
    }
}

/// Returns a cell if it is still a string.
///
/// # Errors
/// The way to read the string that it was.
fn guessed(name: &str, cell: Value) -> std::result::Result<Value, String> {
    if cell.is_string() {
        return Ok(cell);
    }
    Err(format!(
        "{name}: got {cell}, which may have lost a plus or leading zeros: serde(flatten) makes the crate csv guess \
         types; read the row of strings with from_row"
    ))
}
