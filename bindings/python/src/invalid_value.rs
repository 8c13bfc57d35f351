//! Invalid arguments, found before the core sees them. They are collected, so that one exception
//! lists all of them.

use callfluent::Error;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::exceptions::invalid_request;

/// Reason why a value cannot be sent.
pub(crate) enum InvalidValue {
    /// The reason, and the place within the value, such as `.fields[0]`.
    Reason { place: String, reason: String },
    /// An exception that the user's own object raised.
    Raised(PyErr),
}

impl From<PyErr> for InvalidValue {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl InvalidValue {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self::Reason { place: String::new(), reason: reason.into() }
    }

    /// Prepends the place of the containing value.
    pub(crate) fn within(self, holder: &str) -> Self {
        match self {
            Self::Reason { place, reason } => Self::Reason { place: format!("{holder}{place}"), reason },
            raised @ Self::Raised(_) => raised,
        }
    }
}

/// Subject of the message: what cannot be done with these arguments.
#[derive(Clone, Copy)]
pub(crate) enum Subject<'a> {
    Client,
    Options,
    Operation(&'a str),
}

/// All invalid arguments of a request or a client.
pub(crate) struct FieldErrors<'a> {
    subject: Subject<'a>,
    found: Vec<(String, String)>,
}

impl<'a> FieldErrors<'a> {
    pub(crate) fn new(subject: Subject<'a>) -> Self {
        Self { subject, found: Vec::new() }
    }

    pub(crate) fn add(&mut self, field: &str, reason: impl Into<String>) {
        self.found.push((field.to_owned(), reason.into()));
    }

    /// Adds those that the core found, under the names that the fields have here.
    pub(crate) fn add_all(&mut self, error: &Error, name: impl Fn(&str) -> &str) {
        for found in error.field_errors() {
            self.add(name(&found.field), &*found.reason);
        }
    }

    /// Returns a converted value, or adds the reason why it is invalid.
    pub(crate) fn check<T>(&mut self, field: &str, value: Result<T, InvalidValue>) -> PyResult<Option<T>> {
        match value {
            Ok(value) => Ok(Some(value)),
            Err(InvalidValue::Reason { place, reason }) => {
                self.add(&format!("{field}{place}"), reason);
                Ok(None)
            }
            Err(InvalidValue::Raised(error)) => Err(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Returns the exception that lists all of them, if there are any.
    pub(crate) fn finish(self, py: Python<'_>) -> PyResult<()> {
        if self.found.is_empty() {
            return Ok(());
        }
        let list: Vec<_> = self.found.iter().map(|(field, reason)| format!("{field}: {reason}")).collect();
        let list = list.join("; ");
        let message = match self.subject {
            Subject::Client => format!("invalid client configuration: {list}"),
            Subject::Options => format!("invalid request options: {list}"),
            Subject::Operation(name) => format!("{name}: invalid arguments (not sent): {list}"),
        };
        Err(invalid_request(py, &message, self.found)?)
    }
}

/// Describes an invalid value: a number or a string itself, else its type.
pub(crate) fn shown(value: &Bound<'_, PyAny>) -> String {
    if value.is_instance_of::<PyString>() {
        return format!("the string {:?}", value.to_string());
    }
    let is_number = value.extract::<f64>().is_ok() && value.hasattr("__index__").unwrap_or_default();
    if is_number { value.to_string() } else { kind_of(value) }
}

/// Returns the type of a value with its article: `an int`, `a list`.
pub(crate) fn kind_of(value: &Bound<'_, PyAny>) -> String {
    if value.is_none() {
        return "None".to_owned();
    }
    with_article(&value.get_type().name().map(|name| name.to_string()).unwrap_or_default())
}

pub(crate) fn with_article(name: &str) -> String {
    if name == "bytes" {
        return name.to_owned();
    }
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']);
    format!("{} {name}", if vowel { "an" } else { "a" })
}
