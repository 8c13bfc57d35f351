//! Brings the core's log records to Python's `logging` while a call runs: they are put down where the thread that waits for
//! the call, or the one of its event loop, takes them. The runtime's thread never waits for the interpreter.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::error::{is_failure, unless_interrupted};

const TARGET: &str = "callfluent";
/// The levels of Python's `logging`.
const DEBUG: u8 = 10;
const WARNING: u8 = 30;

/// A record: its level, its text, and when it was, in seconds since 1970.
pub(crate) struct Line {
    level: u8,
    text: String,
    created: f64,
}

/// Takes records on the thread where they happen.
pub(crate) trait LogSink: Send + Sync {
    fn hear(&self, line: Line);
}

/// Records that wait until somebody looks.
#[derive(Default)]
pub(crate) struct LogBuffer(Mutex<Vec<Line>>);

impl LogBuffer {
    fn lock(&self) -> MutexGuard<'_, Vec<Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    pub(crate) fn take(&self) -> Vec<Line> {
        std::mem::take(&mut *self.lock())
    }
}

impl LogSink for LogBuffer {
    fn hear(&self, line: Line) {
        self.lock().push(line);
    }
}

tokio::task_local! {
    /// Who hears what a call logs, and whether anybody wants more than warnings.
    static HEARD: (Arc<dyn LogSink>, bool);
}

/// Runs a request; the sink gets what it logs. It is no `async fn`, which would hold the call twice over.
pub(crate) fn with_log_sink<T>(
    verbose: bool,
    hears: Arc<dyn LogSink>,
    call: impl Future<Output = T>,
) -> impl Future<Output = T> {
    static LISTEN: Once = Once::new();
    // Nobody else in this library listens; were it so, there would be no records rather than an error.
    LISTEN.call_once(|| drop(tracing::subscriber::set_global_default(Listener)));
    HEARD.scope((hears, verbose), call)
}

/// Whether the logger wants more than warnings. It is asked before every call, so attributes are read and, after the
/// first time, nothing of Python runs: a thread that waits for its turn while the interpreter ends is taken away, with whatever it called.
/// The first time an interrupt may come, which is told; a logger that cannot be asked wants nothing.
pub(crate) fn is_verbose(py: Python<'_>) -> PyResult<bool> {
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
    Ok(is_loaded(py)? && unless_interrupted(py, level())?.is_some_and(|level| level <= DEBUG))
}

/// Hands records to the logger `callfluent`, if anybody can be listening. What becomes of a call matters more than a log
/// handler that fails: such a failure is told as Python tells those that nobody can catch. An interrupt is no failure.
pub(crate) fn emit(py: Python<'_>, lines: Vec<Line>) -> PyResult<()> {
    if lines.is_empty() || !is_loaded(py)? {
        return Ok(());
    }
    let mut interrupt = Ok(());
    for Line { level, text, created } in lines {
        match tell(py).and_then(|tell| tell.call1((level, text, created))) {
            Err(failure) if is_failure(py, &failure) => failure.write_unraisable(py, None),
            Err(other) => interrupt = interrupt.and(Err(other)),
            Ok(_) => {}
        }
    }
    interrupt
}

/// Whether somebody has imported `logging`. Where nobody has, nobody listens, and the import is saved.
fn is_loaded(py: Python<'_>) -> PyResult<bool> {
    Ok(loaded(py, "logging")?.is_some())
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
    let make = || py.import("callfluent.logging")?.call_method0("logger").map(Bound::unbind);
    LOGGER.get_or_try_init(py, make).map(|logger| logger.bind(py))
}

/// What hands a record over.
fn tell(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static TELL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let find = || py.import("callfluent.logging")?.getattr("tell").map(Bound::unbind);
    TELL.get_or_try_init(py, find).map(|tell| tell.bind(py))
}

struct Listener;

impl Subscriber for Listener {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // Whether anybody listens differs from call to call.
        if metadata.target() == TARGET && metadata.is_event() { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let wanted = |verbose| verbose || *metadata.level() <= Level::WARN;
        metadata.target() == TARGET && HEARD.try_with(|(_, verbose)| wanted(*verbose)).unwrap_or_default()
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let level = if *event.metadata().level() <= Level::WARN { WARNING } else { DEBUG };
        // Outside of a call there is nowhere to keep it.
        let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let _ = HEARD.try_with(|(hears, _)| hears.hear(Line { level, text: text.whole(), created }));
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
