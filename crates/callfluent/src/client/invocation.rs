//! An operation with its arguments.

use serde_json::Value;

use crate::body::Attachment;
use crate::error::{FieldError, FieldErrors, Result};
use crate::operation::Operation;
use crate::request::{Arguments, integer, to_argument, to_arguments};

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
    /// Fields of a record that have the name of an argument beside it, which would replace them.
    pub(crate) replaced: Vec<FieldError>,
    /// Arguments that cannot be converted to JSON. They are not among the arguments.
    pub(crate) unencodable: Vec<FieldError>,
}

impl Invocation {
    pub(crate) fn new(operation: &'static Operation) -> Self {
        Self {
            operation,
            arguments: Arguments::new(),
            attachments: Vec::new(),
            unchecked: false,
            replaced: Vec::new(),
            unencodable: Vec::new(),
        }
    }

    /// Adds an argument.
    pub(crate) fn with(mut self, name: &str, value: impl serde::Serialize) -> Self {
        let value = match to_argument(name, &value) {
            Ok(value) => value,
            Err(mut errors) => {
                self.unencodable.append(&mut errors);
                return self;
            }
        };
        // A record of a response may repeat the ID.
        if self.arguments.get(name).is_some_and(|field| !is_same_id(field, &value)) {
            let reason = format!("is an argument of {}, so it is not sent as a field; remove it", self.operation.name);
            self.replaced.push(FieldError::of_given_name(name, reason));
        }
        self.arguments.insert(name.to_owned(), value);
        self
    }

    /// Adds each field of a record as an argument.
    pub(crate) fn with_fields(mut self, fields: &impl serde::Serialize) -> Self {
        let (arguments, mut errors) = to_arguments(fields);
        self.arguments.extend(arguments);
        self.unencodable.append(&mut errors);
        self
    }

    /// Checks that every argument can be sent, and that none replaces a field.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::Error::InvalidRequest) with each field that would vanish.
    pub(crate) fn check(&mut self) -> Result<()> {
        FieldErrors::new(self.operation.name, self.take_errors()).into_result()
    }

    /// Takes the errors that the arguments do not show.
    pub(crate) fn take_errors(&mut self) -> Vec<FieldError> {
        let mut errors = std::mem::take(&mut self.unencodable);
        let replaced = std::mem::take(&mut self.replaced);
        if !self.unchecked {
            errors.extend(replaced);
        }
        errors
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

/// Returns whether two arguments are the same ID: a string of digits is the number.
pub(crate) fn is_same_id(one: &Value, other: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => integer(number).unwrap_or_else(|| number.clone()).to_string(),
        other => other.to_string(),
    };
    text(one) == text(other)
}
