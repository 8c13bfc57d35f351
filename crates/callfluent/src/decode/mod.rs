//! Decodes JSON into typed values and into public JSON. Decoding is lenient, since the API may send
//! a string for a number or `null` for anything, and lossless, since a value in another form than
//! the documented one keeps its source text.

mod codec;
mod context;
mod extra;
mod field_names;
mod field_order;
mod list;
mod public_json;
mod raw_fields;
mod record;
mod scalar;
mod traits;

pub(crate) use codec::{FieldCodec, decode_public, encode_public, write_record};
pub(crate) use context::DecodeContext;
pub use extra::Extra;
pub(crate) use extra::{ExtraFields, decode as decode_json};
pub(crate) use field_names::{FieldNames, NamedField};
pub(crate) use field_order::FieldOrder;
pub use list::{InvalidItem, List};
pub use public_json::PublicJson;
pub(crate) use raw_fields::{RawFields, Undecoded};
pub use record::Record;
pub(crate) use scalar::{Scalar, ShortestNumber, parse_scalar};
pub(crate) use traits::{Decode, DecodeScalar, Decoded, Encoded, HasKind};
