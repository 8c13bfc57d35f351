//! Turns the core's errors into the package's exceptions, in one place: the package says how to make one of a name. Gathers what
//! is wrong with arguments before the core sees them, so that all of it is said at once.

use callfluent::Error;
use pyo3::exceptions::{PyException, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString};

static FACTORY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Registers `make(name, fields)`, which returns the exception of that name.
#[pyfunction]
pub(crate) fn set_error_factory(py: Python<'_>, factory: Py<PyAny>) {
    let _ = FACTORY.set(py, factory);
}

/// Why a call has no answer.
pub(crate) enum InvokeError {
    /// What the core says.
    Client(Error),
    /// A panic.
    Panic(String),
}

impl From<Error> for InvokeError {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

/// The exception for a call that has failed.
pub(crate) fn to_exception(py: Python<'_>, failure: &InvokeError) -> PyErr {
    let made = match failure {
        InvokeError::Client(error) => make(py, error),
        InvokeError::Panic(text) => make_named(py, "CallFluentError", text, &PyDict::new(py)),
    };
    made.map_or_else(|failure| failure, PyErr::from_value)
}

/// Whether an exception is a failure of what raised it. An interrupt and the end of the program are none: whatever runs when
/// they come, they are for the user's code.
pub(crate) fn is_failure(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyException>(py)
}

/// What was read, or nothing where that fails; an interrupt that comes meanwhile goes on its way.
pub(crate) fn unless_interrupted<T>(py: Python<'_>, read: PyResult<T>) -> PyResult<Option<T>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_failure(py, &error) => Ok(None),
        Err(interrupt) => Err(interrupt),
    }
}

/// Why something that a user gave cannot be used.
pub(crate) enum InvalidValue {
    /// What is wrong with it, at a place within such as `.fields[0]`.
    FieldError { place: String, reason: String },
    /// What the user's own code raised when it was asked.
    Raised(PyErr),
}

impl From<PyErr> for InvalidValue {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl InvalidValue {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self::FieldError { place: String::new(), reason: reason.into() }
    }

    /// The same, seen from what holds it.
    pub(crate) fn within(self, holder: &str) -> Self {
        match self {
            Self::FieldError { place, reason } => Self::FieldError { place: format!("{holder}{place}"), reason },
            raised @ Self::Raised(_) => raised,
        }
    }
}

/// Everything that is wrong with what a user gave.
pub(crate) struct FieldErrors {
    operation: String,
    found: Vec<(String, String)>,
}

impl FieldErrors {
    pub(crate) fn new(operation: impl Into<String>) -> Self {
        Self { operation: operation.into(), found: Vec::new() }
    }

    pub(crate) fn note(&mut self, field: &str, reason: impl Into<String>) {
        self.found.push((field.to_owned(), reason.into()));
    }

    /// What the core finds wrong, under the names that fields have here.
    pub(crate) fn note_all(&mut self, error: &Error, name: impl Fn(&str) -> &str) {
        for problem in error.problems() {
            self.note(name(&problem.field), in_python(&problem.reason));
        }
    }

    /// What was read; where it cannot be used, that is noted.
    pub(crate) fn take<T>(&mut self, field: &str, read: Result<T, InvalidValue>) -> PyResult<Option<T>> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(InvalidValue::FieldError { place, reason }) => {
                self.note(&format!("{field}{place}"), reason);
                Ok(None)
            }
            Err(InvalidValue::Raised(error)) => Err(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The exception that lists them, if there are any.
    pub(crate) fn finish(self, py: Python<'_>) -> PyResult<()> {
        if self.found.is_empty() {
            return Ok(());
        }
        let listed: Vec<_> = self.found.iter().map(|(field, reason)| format!("{field}: {reason}")).collect();
        let text = match &*self.operation {
            "client" => format!("the client cannot be made: {}", listed.join("; ")),
            "options" => format!("the options cannot be used: {}", listed.join("; ")),
            operation => format!("{operation} was not sent: {}", listed.join("; ")),
        };
        let fields = PyDict::new(py);
        fields.set_item("problems", self.found)?;
        Err(PyErr::from_value(make_named(py, "InvalidRequestError", &text, &fields)?))
    }
}

/// What is shown of a value that cannot be used: a number or text itself, else its type.
pub(crate) fn shown(value: &Bound<'_, PyAny>) -> String {
    if value.is_instance_of::<PyString>() {
        return format!("the text {:?}", value.to_string());
    }
    let number = value.extract::<f64>().is_ok() && value.hasattr("__index__").unwrap_or_default();
    if number { value.to_string() } else { kind_of(value) }
}

/// `an int`, `a list`.
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

fn make<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    fields.set_item("text", in_python(&error.to_string()))?;
    let problems = PyList::empty(py);
    for problem in error.problems() {
        problems.append((&problem.field, in_python(&problem.reason)))?;
    }
    fields.set_item("problems", problems)?;
    if let Some(context) = error.context() {
        fields.set_item("status_code", context.status)?;
        fields.set_item("body", &context.body)?;
        fields.set_item("request_id", &context.request_id)?;
        fields.set_item("method", &context.method)?;
        fields.set_item("url", &context.url)?;
        fields.set_item("attempts", context.attempts)?;
        fields.set_item("retry_after", context.retry_after.map(|wait| wait.as_secs_f64()))?;
        fields.set_item("outcome_unknown", context.outcome_unknown)?;
        fields.set_item("cause", context.source.as_ref().map(ToString::to_string))?;
    }
    make_named(py, error.name(), &in_python(&error.message()), &fields)
}

fn make_named<'py>(
    py: Python<'py>,
    name: &str,
    message: &str,
    fields: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    fields.set_item("message", message)?;
    let factory = FACTORY.get(py).ok_or_else(|| PyRuntimeError::new_err(message.to_owned()))?;
    factory.bind(py).call1((name, fields))
}

/// A sentence of the core, with the name that an option has in Python.
fn in_python(text: &str) -> String {
    text.replace("allow http for this client", "allow http for this client with allow_http=True")
}
