//! Fields of a record as types of the program, whether the API documents them or not.

use serde::de::DeserializeOwned;

use crate::decode::{Extra, Record, decode_json};
use crate::json::Document;

/// Returns the value of a field.
pub(crate) fn get<R: Record, T: DeserializeOwned>(record: &R, extra: &Extra, name: &str) -> Option<T> {
    if let Some(json) = extra.get_json(name) {
        return decode_json(json);
    }
    let field = R::RECORD_TYPE.fields.iter().find(|field| field.has_name(name))?;
    let json = serde_json::to_string(record).ok()?;
    let document = Document::parse(json.as_bytes()).ok()?;
    let entry = document.root().entries()?.find(|entry| field.has_name(&entry.key()))?;
    entry.raw.deserialize().ok()
}

/// Decodes a record into another type.
///
/// # Errors
/// The record does not have the fields of the type.
pub(crate) fn parse<R: Record, T: DeserializeOwned>(record: &R) -> serde_json::Result<T> {
    let json = serde_json::to_string(record)?;
    Document::parse(json.as_bytes())?.root().deserialize()
}
