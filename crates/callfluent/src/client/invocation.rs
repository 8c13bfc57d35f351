//! An operation with its arguments.

use serde_json::Value;

use crate::body::Attachment;
use crate::operation::Operation;
use crate::request::Arguments;

/// An operation with its arguments.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) operation: &'static Operation,
    pub(crate) arguments: Arguments,
    pub(crate) attachments: Vec<Attachment>,
    /// True if the program chose a value outside of a closed list, such as an [`OtherAction`].
    ///
    /// [`OtherAction`]: crate::OtherAction
    pub(crate) unchecked: bool,
}

impl Invocation {
    pub(crate) fn new(operation: &'static Operation) -> Self {
        Self { operation, arguments: Arguments::new(), attachments: Vec::new(), unchecked: false }
    }

    /// Adds an argument.
    pub(crate) fn with(mut self, name: &str, value: impl serde::Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.arguments.insert(name.to_owned(), value);
        }
        self
    }

    /// Adds each field of a record as an argument.
    pub(crate) fn with_fields(mut self, fields: &impl serde::Serialize) -> Self {
        if let Ok(Value::Object(fields)) = serde_json::to_value(fields) {
            self.arguments.extend(fields);
        }
        self
    }

    /// Sends the arguments as they are, if `unchecked` is true.
    pub(crate) fn unchecked(mut self, unchecked: bool) -> Self {
        self.unchecked = unchecked;
        self
    }

    /// Adds files.
    pub(crate) fn with_files<A: Into<Attachment>>(mut self, files: impl IntoIterator<Item = A>) -> Self {
        self.attachments.extend(files.into_iter().map(Into::into));
        self
    }
}
