//! The description of a bulk operation: an operation of the catalog, applied to many items.

use crate::operation::Operation;
use crate::schema::Naming;

/// An operation that applies an operation of the catalog to many items.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct BulkOperation {
    /// Public name, such as `agents.get_many`.
    pub name: &'static str,
    /// The operation of each item.
    pub operation: &'static Operation,
    /// The argument that holds the items, such as `agent_ids`.
    pub items: &'static str,
    /// The meaning of an item's ID.
    pub key: Key,
    /// The argument that all items share, if there is one.
    pub shared: Option<&'static str>,
    /// True if the result of an item is not kept, because it is a list of all other objects.
    pub discards_result: bool,
    /// Documentation, in Markdown.
    pub documentation: &'static str,
    /// Documentation of the items, in Markdown.
    pub items_documentation: &'static str,
    /// Documentation of the value of each result, in Markdown.
    pub value_documentation: &'static str,
}

/// The meaning of an item's ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Key {
    /// It is this argument of the operation.
    Argument(&'static str),
    /// It is chosen by the user, and not sent.
    Own,
}

impl BulkOperation {
    /// Splits the name into resource and verb: `("agents", "get_many")`.
    pub fn resource_and_verb(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').unwrap_or((self.name, ""))
    }

    /// Returns whether the operation changes something: if so, it takes a journal and a dry run.
    pub fn is_change(&self) -> bool {
        self.operation.method != crate::operation::Method::Get
    }

    /// Returns whether an item consists of its ID alone.
    pub fn takes_only_ids(&self) -> bool {
        matches!(self.key, Key::Argument(_))
            && self.operation.parameters.iter().all(|parameter| {
                matches!(parameter.location, crate::operation::Location::Path | crate::operation::Location::Query)
            })
    }

    /// Returns the path of a field of an item, as in `calls[lead-1].phone_number`.
    pub(crate) fn path(&self, id: &str, field: Option<&str>, naming: Naming) -> String {
        let items = naming.convert(self.items);
        match field {
            Some(field) => format!("{items}[{id}].{field}"),
            None => format!("{items}[{id}]"),
        }
    }
}
