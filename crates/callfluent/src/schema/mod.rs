//! The vocabulary that describes the API, as plain data: records, their fields, and the kind of
//! each value. Validation, encoding, decoding, generated types and OpenAPI derive from these
//! tables.

mod certainty;
mod constraints;
mod enumeration;
mod naming;
mod record;
mod similar;

pub use certainty::Certainty;
pub(crate) use certainty::certainty_of_value;
pub use constraints::{ListForm, Presence, Range};
pub use enumeration::{Accepts, Enumeration, EnumerationValue};
pub use naming::Naming;
pub(crate) use naming::{CamelName, PublicName, public_name};
pub use record::{Field, Kind, RecordType, Union, Variant};
pub(crate) use similar::{is_close, is_same_word};
pub use similar::{is_misspelled, similar};

/// The place of a description in the API's documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A numbered section of the Agent Services documentation.
    Section(&'static str),
    /// Not in the Agent Services documentation.
    Extension(Certainty),
}
