//! The description of a bulk operation: an operation of the catalog, applied to many items.

use crate::documentation::{ArgumentKind, DefaultValue, MethodArgument};
use crate::operation::Operation;
use crate::schema::Naming;

/// An operation that applies an operation of the catalog to many items.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct BulkOperation {
    /// Public name, such as `agents.get_many`.
    pub name: &'static str,
    /// The operation whose journal it shares, if the items are rows of strings.
    pub rows_of: Option<&'static BulkOperation>,
    /// The operation that processes one item.
    pub item: &'static Operation,
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

/// Number of items that are processed at once, unless the user sets it.
pub(crate) const DEFAULT_MAX_CONCURRENCY: usize = 10;

/// Options of all bulk operations.
pub static BULK_OPTIONS: [MethodArgument; 2] = [
    MethodArgument::option(
        "max_concurrency",
        ArgumentKind::Integer,
        "Maximum number of items that are processed at once, at least 1. The limits of the client apply, too.",
        DefaultValue::Integer(DEFAULT_MAX_CONCURRENCY),
    ),
    MethodArgument::option(
        "progress",
        ArgumentKind::Progress,
        "the numbers of completed and of all items",
        DefaultValue::Nothing,
    ),
];

/// Options of the bulk operations that change something.
pub static BULK_CHANGE_OPTIONS: [MethodArgument; 3] = [
    MethodArgument::option(
        "dry_run",
        ArgumentKind::Boolean,
        "Validate all items and compare them with the journal, but send nothing.",
        DefaultValue::Boolean(false),
    ),
    MethodArgument::option(
        "journal",
        ArgumentKind::Path,
        "File that records each item by its ID. Another run with the same file processes only the items that are \
         missing or failed.",
        DefaultValue::Nothing,
    ),
    MethodArgument::option(
        "resolve",
        ArgumentKind::Resolutions,
        "Decisions about items whose outcome is unknown in the journal, by ID: done or repeat.",
        DefaultValue::Nothing,
    ),
];

impl BulkOperation {
    /// Splits the name into resource and verb: `("agents", "get_many")`.
    pub fn resource_and_verb(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').unwrap_or((self.name, ""))
    }

    /// Returns whether the items are rows of strings.
    pub fn are_rows(&self) -> bool {
        self.rows_of.is_some()
    }

    /// Returns the name in the header of the journal.
    pub(crate) fn journal_name(&self) -> &'static str {
        self.rows_of.map_or(self.name, |operation| operation.name)
    }

    /// Returns whether the operation changes something: if so, it takes a journal and a dry run.
    pub fn is_change(&self) -> bool {
        self.item.method != crate::operation::Method::Get
    }

    /// Returns whether an item consists of its ID alone.
    pub fn takes_only_ids(&self) -> bool {
        matches!(self.key, Key::Argument(_))
            && self.item.parameters.iter().all(|parameter| {
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
