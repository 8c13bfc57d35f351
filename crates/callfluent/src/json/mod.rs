//! JSON text without a schema: scan it, open one level, look up one field, keep numbers exact.

mod document;
mod lookup;
mod numbers;
mod scanner;
mod verbatim;

pub(crate) use document::{Document, Entries, Entry, Json};
pub(crate) use lookup::find;
pub(crate) use numbers::{digits_as_text, has_only_short_numbers, is_value, undocumented_value, value_is_exact};
pub(crate) use verbatim::Run;
