//! JSON text without a schema: scan it, open one level, look up one field, keep numbers exact.

mod deserializer;
mod document;
mod lookup;
mod numbers;
mod scanner;
mod serializer;
mod verbatim;

pub(crate) use deserializer::to_exact_value;
pub(crate) use document::{Document, Entries, Entry, Json};
pub(crate) use lookup::find_field;
#[cfg(feature = "table")]
pub(crate) use numbers::MAX_EXACT_INTEGER;
pub(crate) use numbers::{has_only_short_numbers, is_parsable, quote_large_integers, whole_integer};
pub(crate) use verbatim::VerbatimSpan;
