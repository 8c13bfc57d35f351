//! Errors of single fields, from the client's validation or from the server. Field names follow the
//! naming of the caller's language.

use std::borrow::Cow;
use std::fmt;

use crate::schema::Naming;

/// The name under which errors of the client's options are reported.
pub(crate) const CLIENT: &str = "client";

/// An error of one field of a request, from the client's validation or from the server.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct FieldError {
    /// Path of the field, such as `answer_creativity` or `action.fields[0].value`.
    pub field: String,
    /// Reason, and the expected value.
    pub reason: String,
    /// The field has the name that the caller gave it, in any naming.
    #[serde(skip)]
    is_given_name: bool,
    /// Name of a time zone that was passed instead of its offset, if the offset is not known here.
    #[serde(skip)]
    time_zone: Option<String>,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into(), is_given_name: false, time_zone: None }
    }

    /// Returns an error of a field that keeps its name in every naming: the caller must find it.
    pub(crate) fn of_given_name(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { is_given_name: true, ..Self::new(field, reason) }
    }

    /// Returns an error of a time zone that was passed by its name, and whose offset is not known.
    pub(crate) fn of_time_zone(field: impl Into<String>, reason: impl Into<String>, time_zone: &str) -> Self {
        Self { time_zone: Some(time_zone.to_owned()), ..Self::new(field, reason) }
    }

    /// Returns the time zone that was passed by its name. A language that knows the zones can add
    /// the offset to the reason. `None` if the reason contains the offset.
    #[doc(hidden)]
    pub fn time_zone(&self) -> Option<&str> {
        self.time_zone.as_deref()
    }

    /// Returns the error under another name, which it keeps in every naming.
    pub(crate) fn under_name(&self, field: impl Into<String>) -> Self {
        Self { field: field.into(), is_given_name: true, ..self.clone() }
    }

    /// Returns the error with the name of the column that has the field, if a row has one.
    pub(crate) fn in_column(&self, columns: &[(&str, String)]) -> Self {
        match columns.iter().find(|(field, _)| *field == self.field) {
            Some((_, column)) => self.under_name(column),
            None => self.clone(),
        }
    }

    fn named(&self, naming: Naming) -> Self {
        let field = if self.is_given_name { Cow::Borrowed(&*self.field) } else { naming.convert(&self.field) };
        Self { field: field.into_owned(), ..self.clone() }
    }
}

/// All invalid fields of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldErrors {
    operation: String,
    errors: Vec<FieldError>,
}

impl FieldErrors {
    pub(crate) fn new(operation: impl Into<String>, errors: Vec<FieldError>) -> Self {
        Self { operation: operation.into(), errors }
    }

    /// Returns the operation, such as `agents.create`.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// Returns the errors with the names of operation and fields in another naming.
    #[doc(hidden)]
    #[must_use]
    pub fn named(&self, naming: Naming) -> Self {
        let errors = self.errors.iter().map(|error| error.named(naming));
        Self { operation: naming.convert(&self.operation).into_owned(), errors: errors.collect() }
    }

    /// Iterates over the errors, in the order of the fields.
    pub fn iter(&self) -> std::slice::Iter<'_, FieldError> {
        self.errors.iter()
    }

    /// Returns the errors, in the order of the fields.
    pub fn as_slice(&self) -> &[FieldError] {
        &self.errors
    }
}

impl<'a> IntoIterator for &'a FieldErrors {
    type Item = &'a FieldError;
    type IntoIter = std::slice::Iter<'a, FieldError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.operation {
            CLIENT => formatter.write_str("invalid client configuration: ")?,
            operation => write!(formatter, "{operation}: invalid arguments (not sent): ")?,
        }
        for (index, error) in self.errors.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            write!(formatter, "{}: {}", error.field, error.reason)?;
        }
        Ok(())
    }
}
