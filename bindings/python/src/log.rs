//! Brings the core's log records to Python's `logging`: they are collected while a call runs, and handed over on the thread
//! that takes its result, so that the runtime's thread never waits for the interpreter.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::sync::Once;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

const TARGET: &str = "callfluent";
/// The levels of Python's `logging`.
const DEBUG: u8 = 10;
const WARNING: u8 = 30;

/// A record: its level and text.
pub(crate) type Line = (u8, String);

tokio::task_local! {
    /// What a call logs, and whether anybody wants more than warnings.
    static LINES: (RefCell<Vec<Line>>, bool);
}

/// Runs a call and collects what it logs.
pub(crate) async fn collected<T>(verbose: bool, call: impl Future<Output = T>) -> (T, Vec<Line>) {
    static LISTEN: Once = Once::new();
    // Nobody else in this library listens; were it so, there would be no records rather than an error.
    LISTEN.call_once(|| drop(tracing::subscriber::set_global_default(Listener)));
    let call = async {
        let result = call.await;
        (result, LINES.with(|(lines, _)| lines.take()))
    };
    LINES.scope((RefCell::default(), verbose), call).await
}

/// Whether the logger wants more than warnings. It is asked before every call, so attributes are read and nothing of
/// Python runs: a thread that waits for its turn while the interpreter ends is taken away, with whatever it called.
pub(crate) fn is_verbose(py: Python<'_>) -> bool {
    let level = || -> PyResult<u8> {
        let mut logger = logger(py)?.clone();
        loop {
            let level = logger.getattr(intern!(py, "level"))?.extract()?;
            let parent = logger.getattr(intern!(py, "parent"))?;
            if level != 0 || parent.is_none() {
                return Ok(level);
            }
            logger = parent;
        }
    };
    is_loaded(py) && level().is_ok_and(|level| level <= DEBUG)
}

/// Hands records to the logger `callfluent`, if anybody can be listening.
pub(crate) fn emit(py: Python<'_>, lines: Vec<Line>) -> PyResult<()> {
    if lines.is_empty() || !is_loaded(py) {
        return Ok(());
    }
    for (level, text) in lines {
        logger(py)?.call_method1("log", (level, "%s", text))?;
    }
    Ok(())
}

/// Whether somebody has imported `logging`. Where nobody has, nobody listens, and the import is saved.
fn is_loaded(py: Python<'_>) -> bool {
    loaded(py, "logging").is_ok_and(|module| module.is_some())
}

/// A module, if somebody has imported it.
pub(crate) fn loaded<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    static MODULES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let find = || -> PyResult<Py<PyDict>> { Ok(py.import("sys")?.getattr("modules")?.cast_into::<PyDict>()?.unbind()) };
    let modules = MODULES.get_or_try_init(py, find)?;
    modules.bind(py).get_item(PyString::intern(py, name))
}

/// The logger, as the package sets it up.
fn logger(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = || py.import("callfluent.logs")?.call_method0("logger").map(Bound::unbind);
    LOGGER.get_or_try_init(py, make).map(|logger| logger.bind(py))
}

struct Listener;

impl Subscriber for Listener {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // Whether anybody listens differs from call to call.
        if metadata.target() == TARGET && metadata.is_event() { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let wanted = |verbose| verbose || *metadata.level() <= Level::WARN;
        metadata.target() == TARGET && LINES.try_with(|(_, verbose)| wanted(*verbose)).unwrap_or_default()
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let level = if *event.metadata().level() <= Level::WARN { WARNING } else { DEBUG };
        // Outside of a call there is nowhere to keep it.
        let _ = LINES.try_with(|(lines, _)| lines.borrow_mut().push((level, text.whole())));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A record as one line: its message, then its fields.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn whole(self) -> String {
        self.message + &self.fields
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing into a text cannot fail.
        let _ = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.fields, " {}={value}", field.name());
    }
}
