//! All operations of the API. Each stands in the file of its resource; this is how to find one.

use crate::operation::{Method, Operation};
use crate::resources;

/// A resource of the client, such as `agents`, with its operations.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Resource {
    /// The public name, in snake case.
    pub name: &'static str,
    /// What it is, in Markdown.
    pub documentation: &'static str,
    /// Its operations.
    pub operations: &'static [&'static Operation],
}

impl Resource {
    pub(crate) const fn new(
        name: &'static str,
        documentation: &'static str,
        operations: &'static [&'static Operation],
    ) -> Self {
        Self { name, documentation, operations }
    }
}

/// Every resource.
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

/// Every operation.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    RESOURCES.iter().flat_map(|resource| resource.operations.iter().copied())
}

/// The operation with this public name, such as `agents.get`.
pub fn find(name: &str) -> Option<&'static Operation> {
    operations().find(|operation| operation.name == name)
}

/// The operation with this method and a path below the base URL. Where two share a path, the one that is the more
/// careful to repeat.
pub(crate) fn find_by_path(method: Method, path: &str) -> Option<&'static Operation> {
    let careful = |operation: &&Operation| operation.idempotency == crate::operation::Idempotency::Idempotent;
    operations().filter(|operation| operation.matches(method, path)).min_by_key(careful)
}
