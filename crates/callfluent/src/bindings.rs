//! The interface for the Python and Node bindings, and for the generators. Not part of the public
//! API: it can change in any release.

/// All operations.
pub mod catalog {
    pub use crate::catalog::{RESOURCES, find, operations, record_type};
    pub use crate::operation::Resource;
}

/// Environment variables that a client reads.
pub mod environment {
    pub use crate::environment::VARIABLES;
}

/// Root certificates for machines without any.
pub mod certificates {
    pub use crate::transport::set_fallback;
}

/// Descriptions of operations.
pub mod operation {
    pub use crate::operation::{
        API_REFERENCE, Documentation, ErrorCase, Idempotency, Location, Method, Operation, Parameter,
    };
}

/// The runtime that clients share outside of tokio.
pub mod runtime {
    pub use crate::runtime::*;
}

/// Descriptions of records and fields.
pub mod schema {
    pub use crate::schema::{
        Accepts, Certainty, Enumeration, EnumerationValue, Field, Kind, ListForm, Naming, Presence, Range, RecordType,
        Source, Union, Variant, is_misspelled, similar,
    };
}

/// Lists as tables in Arrow's memory layout.
#[cfg(feature = "table")]
pub mod table {
    pub use crate::table::*;
}

pub use crate::decode::PublicJson;
pub use crate::dynamic::{Pages, decode_row, invoke, request};
