//! Log records of the core for Python's `logging`. Each request has a sink; the thread that waits
//! for the request, or the one of its event loop, emits the records. The runtime's thread never
//! waits for the GIL.

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

use crate::exceptions::{is_failure, unless_interrupted};
use crate::kept::kept;

/// Targets of the events that the logger receives. Others, such as of retries, repeat these.
const TARGETS: [&str; 2] = ["callfluent", callfluent::bindings::HOOKS_LOG_TARGET];
/// Levels of Python's `logging`.
const DEBUG: u8 = 10;
const WARNING: u8 = 30;

/// A log record: its level, its message, and its time in seconds since 1970.
pub(crate) struct LogRecord {
    level: u8,
    message: String,
    created: f64,
}

/// Takes the records of a request, on whatever thread they are logged.
pub(crate) trait LogSink: Send + Sync {
    fn log(&self, record: LogRecord);
}

/// Records that wait to be emitted.
#[derive(Default)]
pub(crate) struct LogBuffer(Mutex<Vec<LogRecord>>);

impl LogBuffer {
    fn lock(&self) -> MutexGuard<'_, Vec<LogRecord>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    pub(crate) fn take(&self) -> Vec<LogRecord> {
        std::mem::take(&mut *self.lock())
    }
}

impl LogSink for LogBuffer {
    fn log(&self, record: LogRecord) {
        self.lock().push(record);
    }
}

tokio::task_local! {
    /// The sink of the current request, and whether the logger wants more than warnings.
    static SINK: (Arc<dyn LogSink>, bool);
}

/// Runs a request whose log records go to a sink. Not an `async fn`, which would store the request
/// twice.
pub(crate) fn with_log_sink<T>(
    verbose: bool,
    sink: Arc<dyn LogSink>,
    request: impl Future<Output = T>,
) -> impl Future<Output = T> {
    subscribe();
    SINK.scope((sink, verbose), request)
}

/// Emits the warnings of code that runs on this thread, outside of a request.
///
/// # Errors
/// An interrupt in a log handler.
pub(crate) fn emit_warnings_of(py: Python<'_>, run: impl FnOnce()) -> PyResult<()> {
    subscribe();
    let buffer = Arc::new(LogBuffer::default());
    SINK.sync_scope((Arc::clone(&buffer) as _, false), run);
    flush(py, buffer.take())
}

fn subscribe() {
    static SUBSCRIBE: Once = Once::new();
    // This library has no other subscriber; if it had one, records would be missing, which is
    // better than an error.
    SUBSCRIBE.call_once(|| drop(tracing::subscriber::set_global_default(LogBridge)));
}

/// Returns whether the logger wants more than warnings.
///
/// Checked before every request. After the first time it reads attributes and runs no Python code:
/// acquiring the GIL during finalization would terminate the thread. A logger that cannot be read
/// wants nothing.
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
    if is_logging_loaded(py)? {
        // Imported before the request is sent: afterwards an import may fail.
        emit(py)?;
    }
    Ok(is_logging_loaded(py)? && unless_interrupted(py, level())?.is_some_and(|level| level <= DEBUG))
}

/// Emits records to the logger `callfluent`. A log handler that fails must not fail the request, so
/// its exception goes to `sys.unraisablehook`. An interrupt is passed on.
pub(crate) fn flush(py: Python<'_>, records: Vec<LogRecord>) -> PyResult<()> {
    flush_in(py, None, records)
}

/// Emits records like `flush`, in a context of `contextvars`.
pub(crate) fn flush_in(py: Python<'_>, context: Option<&Py<PyAny>>, records: Vec<LogRecord>) -> PyResult<()> {
    if records.is_empty() || !is_logging_loaded(py)? {
        return Ok(());
    }
    let mut interrupt = Ok(());
    for LogRecord { level, message, created } in records {
        let emitted = emit(py).and_then(|emit| match context {
            Some(context) => context.bind(py).call_method1(intern!(py, "run"), (emit, level, message, created)),
            None => emit.call1((level, message, created)),
        });
        match emitted {
            Err(failure) if is_failure(py, &failure) => failure.write_unraisable(py, None),
            Err(other) => interrupt = interrupt.and(Err(other)),
            Ok(_) => {}
        }
    }
    interrupt
}

/// Returns whether the program has imported `logging`. If not, nobody listens and the import is
/// saved.
pub(crate) fn is_logging_loaded(py: Python<'_>) -> PyResult<bool> {
    Ok(loaded(py, "logging")?.is_some())
}

/// Returns a module if the program has imported it.
pub(crate) fn loaded<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    static MODULES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let modules = kept(py, &MODULES, || Ok(py.import("sys")?.getattr("modules")?.cast_into::<PyDict>()?))?;
    modules.get_item(PyString::intern(py, name))
}

/// Returns the logger, as the package sets it up.
fn logger(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    kept(py, &LOGGER, || py.import("callfluent.logging")?.call_method0("logger"))
}

/// Returns the package's function that emits a record.
fn emit(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static EMIT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    kept(py, &EMIT, || py.import("callfluent.logging")?.getattr("emit"))
}

fn is_forwarded(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && TARGETS.contains(&metadata.target())
}

/// The `tracing` subscriber. It passes the events of the core to the sink of their request.
struct LogBridge;

impl Subscriber for LogBridge {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // Whether an event is wanted differs from request to request.
        if is_forwarded(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let wanted = |verbose| verbose || *metadata.level() <= Level::WARN;
        is_forwarded(metadata) && SINK.try_with(|(_, verbose)| wanted(*verbose)).unwrap_or_default()
    }

    fn event(&self, event: &Event<'_>) {
        let mut message = Message::default();
        event.record(&mut message);
        let level = if *event.metadata().level() <= Level::WARN { WARNING } else { DEBUG };
        let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        // Outside of a request there is no sink.
        let _ = SINK.try_with(|(sink, _)| sink.log(LogRecord { level, message: message.into_string(), created }));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// An event as one line: its message, then its fields.
#[derive(Default)]
struct Message {
    text: String,
    fields: String,
}

impl Message {
    fn into_string(self) -> String {
        self.text + &self.fields
    }
}

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string cannot fail.
        let _ = if field.name() == "message" {
            write!(self.text, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.fields, " {}={value}", field.name());
    }
}
