//! The interface for the Python and Node bindings, and for the generators. Not part of the public
//! API: it can change in any release.

/// All operations.
pub mod catalog {
    pub use crate::bulk::{BULK_CHANGE_OPTIONS, BULK_OPTIONS, BulkOperation, Key};
    pub use crate::catalog::{
        BULK_OPERATIONS, CALLS_EXPORT, CALLS_WAIT, CALLS_WATCH, COMPOSITE_METHODS, CREATE_MANY_FROM_ROWS, RESOURCES,
        find, find_bulk, operations, record_type, record_types,
    };
    pub use crate::documentation::{ArgumentKind, CompositeMethod, DefaultValue, MethodArgument};
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

/// Names of the options of clients and requests, which tests compare with those of the packages.
pub mod options {
    pub use crate::request::{client_options, request_options};
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

/// Returns the result that an error has, such as that of a patch with dropped fields.
pub fn error_result(error: &crate::Error, naming: schema::Naming) -> Option<PublicJson> {
    error.patch_result().map(|result| crate::decode::encode_public(result, naming))
}

/// Returns the consequence of an operation whose outcome is unknown; `None` if repeating it is
/// safe.
pub fn unknown_outcome(operation: &str, naming: schema::Naming) -> Option<String> {
    let operation = catalog::find(operation)?;
    let is_idempotent = operation.idempotency == operation::Idempotency::Idempotent;
    operation.documentation.unknown_outcome_message(naming).filter(|_| !is_idempotent)
}

/// Returns whether an operation, of one item or of many, has an argument of this name, in either
/// naming.
pub fn has_argument(operation: &str, name: &str) -> bool {
    let bulk = catalog::BULK_OPERATIONS.iter().find(|bulk| bulk.name == operation);
    let composite = catalog::COMPOSITE_METHODS.iter().find(|method| method.name == operation);
    let is_named = |argument: &str| argument == name || schema::Naming::Camel.convert(argument) == name;
    bulk.map(|bulk| bulk.item)
        .or_else(|| catalog::find(operation))
        .is_some_and(|operation| crate::request::has_argument(operation, name))
        || bulk.is_some_and(|bulk| is_named(bulk.items))
        || composite.is_some_and(|method| {
            method.arguments.iter().any(|argument| !argument.is_option && is_named(argument.name))
        })
}

/// The future of an attempt's preparation, as [`Hooks`](crate::Hooks) of bindings return it.
pub use futures_util::future::BoxFuture;

pub use crate::bulk::{BulkChunk, BulkOptions, Work};
pub use crate::decode::PublicJson;
pub use crate::dynamic::{
    BulkRequest, BulkRequestItem, Export, Pages, Wait, Watch, bulk, decode_row, invoke, request, start_bulk,
    unknown_outcome_of_request,
};
pub use crate::error::classes::ERROR_CLASSES;
pub use crate::hooks::{LOG_TARGET as HOOKS_LOG_TARGET, TooLate, failed as hook_failed, within_hook};
pub use crate::resources::{WaitOptions, WatchOptions};
pub use crate::transport::is_offline;
