//! The items of a bulk operation, and their results.

use serde_json::{Map, Value};

use super::operation::BulkOperation;
use crate::client::{CallFluent, Invocation};
use crate::error::{Error, FieldError};
use crate::id::Id;
use crate::request::Arguments;

/// The result of one item of a bulk operation.
#[derive(Debug)]
#[non_exhaustive]
pub struct BulkItem<T> {
    /// ID of the item: the agent, or your own ID. Without IDs of your own, the index.
    pub id: Id,
    /// The result of the operation. `None` after an error, in a dry run, and if an earlier run did
    /// the item and the journal does not keep its result, as after [`Resolution::Done`].
    ///
    /// [`Resolution::Done`]: super::Resolution::Done
    pub value: Option<T>,
    /// The error of the operation.
    pub error: Option<Error>,
    /// True if the item was not sent because of the journal: an earlier run did it, or its outcome
    /// is unknown.
    pub from_journal: bool,
}

impl<T> BulkItem<T> {
    pub(crate) fn new(id: Id) -> Self {
        Self { id, value: None, error: None, from_journal: false }
    }

    /// Returns whether the server may have processed the item although it failed.
    pub fn outcome_unknown(&self) -> bool {
        self.error.as_ref().is_some_and(Error::outcome_unknown)
    }

    /// Returns the value, or the error. The value is `None` in a dry run, and if the journal does
    /// not keep it.
    ///
    /// # Errors
    /// The error of the item.
    pub fn into_result(self) -> Result<Option<T>, Error> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.value),
        }
    }
}

/// An item to process.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: Id,
    pub(crate) arguments: Arguments,
    /// Additional fields of its request body.
    pub(crate) extra_body: Option<Map<String, Value>>,
    /// Errors that the arguments do not show, such as of a field that the ID replaces.
    pub(crate) errors: Vec<FieldError>,
    /// Names of the columns by the names of their fields, if the item is a row.
    pub(crate) columns: Vec<(&'static str, String)>,
}

impl Item {
    pub(crate) fn new(id: Id, arguments: Arguments) -> Self {
        Self { id, arguments, extra_body: None, errors: Vec::new(), columns: Vec::new() }
    }

    /// Returns the client with the options of this item.
    pub(super) fn client(&self, client: &CallFluent) -> CallFluent {
        match &self.extra_body {
            None => client.clone(),
            Some(extra) => client.with_options(|options| {
                let mut fields = options.extra_body.clone().unwrap_or_default();
                fields.extend(extra.clone());
                options.extra_body(fields)
            }),
        }
    }

    /// Returns the invocation that processes this item.
    pub(super) fn invocation(&self, operation: &BulkOperation) -> Invocation {
        Invocation::new(operation.item).with_fields(&self.arguments)
    }
}
