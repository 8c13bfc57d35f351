//! The catalog: all resources with their operations, and lookup by name and by path.

use crate::operation::{Idempotency, Method, Operation, Resource};
use crate::resources;

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

/// Returns all operations.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    RESOURCES.iter().flat_map(|resource| resource.operations.iter().copied())
}

/// Returns the operation with this name, such as `agents.get`.
pub fn find(name: &str) -> Option<&'static Operation> {
    operations().find(|operation| operation.name == name)
}

/// Returns the operation with this method and path below the base URL. If two share a path, the one
/// that is not idempotent wins, so that retries are safe for both.
pub(crate) fn find_by_path(method: Method, path: &str) -> Option<&'static Operation> {
    let is_idempotent = |operation: &&Operation| operation.idempotency == Idempotency::Idempotent;
    operations().filter(|operation| operation.matches(method, path)).min_by_key(is_idempotent)
}
