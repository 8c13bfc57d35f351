//! The catalog: all resources with their operations, and lookup by name and by path.

use crate::bulk::BulkOperation;
use crate::documentation::CompositeMethod;
use crate::operation::{Idempotency, Method, Operation, Resource};
use crate::resources;
use crate::schema::{Kind, RecordType};

/// All resources.
pub const RESOURCES: &[Resource] = &[
    resources::Agents::RESOURCE,
    resources::Actions::RESOURCE,
    resources::Calls::RESOURCE,
    resources::CustomFields::RESOURCE,
    resources::Knowledge::RESOURCE,
    resources::PhoneNumbers::RESOURCE,
    resources::User::RESOURCE,
    resources::Workspaces::RESOURCE,
];

/// All bulk operations.
pub static BULK_OPERATIONS: &[&BulkOperation] = &resources::BULK_OPERATIONS;

/// The operation that creates agents from rows of strings. It is a second form of an operation, so
/// it is not in [`BULK_OPERATIONS`].
pub static CREATE_MANY_FROM_ROWS: &BulkOperation = &resources::CREATE_MANY_FROM_ROWS;

/// All methods that send requests of other operations.
pub static COMPOSITE_METHODS: &[&CompositeMethod] = &resources::COMPOSITE_METHODS;

/// The method that waits for the end of a call.
pub static CALLS_WAIT: &CompositeMethod = &resources::WAIT;

/// The method that finds new and changed calls.
pub static CALLS_WATCH: &CompositeMethod = &resources::WATCH;

/// The method that writes the call history to a file.
pub static CALLS_EXPORT: &CompositeMethod = &resources::EXPORT;

/// Returns the bulk operation with this name, such as `agents.get_many`.
pub fn find_bulk(name: &str) -> Option<&'static BulkOperation> {
    BULK_OPERATIONS.iter().copied().chain([CREATE_MANY_FROM_ROWS]).find(|operation| operation.name == name)
}

/// Returns all operations.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    RESOURCES.iter().flat_map(|resource| resource.operations.iter().copied())
}

/// Returns the operation with this name, such as `agents.get`.
pub fn find(name: &str) -> Option<&'static Operation> {
    operations().find(|operation| operation.name == name)
}

/// Returns the operation that a server may route this method and path below the base URL to. If two
/// match, the one that is not idempotent wins, so that retries are safe for both.
pub(crate) fn find_by_path(method: Method, path: &str) -> Option<&'static Operation> {
    let is_idempotent = |operation: &&Operation| operation.idempotency == Idempotency::Idempotent;
    operations().filter(|operation| operation.matches(method, path)).min_by_key(is_idempotent)
}

/// Returns the record with this name, such as `Call`, if a response contains it.
pub fn record_type(name: &str) -> Option<&'static RecordType> {
    record_types().into_iter().find(|record| record.name == name)
}

/// Returns the records that responses contain.
pub fn record_types() -> Vec<&'static RecordType> {
    let mut records = Vec::new();
    operations().for_each(|operation| add_records(&operation.output, &mut records));
    records
}

fn add_records(kind: &Kind, records: &mut Vec<&'static RecordType>) {
    match kind {
        Kind::Record(record) | Kind::Page(record) if !records.iter().any(|known| known.name == record.name) => {
            records.push(record);
            record.fields.iter().for_each(|field| add_records(&field.kind, records));
        }
        Kind::List(kind) | Kind::Map(kind) => add_records(kind, records),
        _ => {}
    }
}
