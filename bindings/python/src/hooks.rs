//! Hooks in Python. The runtime's thread passes each attempt to the thread that waits for the
//! request, or to the one of its event loop, and waits for the headers. It never waits for the GIL.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use callfluent::bindings::{BoxFuture, TooLate};
use callfluent::{Attempt, AttemptOutcome, Hooks};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;
use tokio::sync::{Notify, oneshot};

use crate::error::{InvokeError, to_exception};
use crate::exceptions::is_failure;
use crate::kept::kept;
use crate::log::emit_warnings_of;

/// Set when the first client with hooks is created. Without one, requests do not look for hooks.
static EXIST: AtomicBool = AtomicBool::new(false);

/// Takes the events of a request's hooks, on whatever thread they occur.
pub(crate) trait HookSink: Send + Sync {
    fn hook(&self, event: HookEvent);
}

tokio::task_local! {
    static SINK: Arc<dyn HookSink>;
}

/// Runs a request whose hooks get their events from a sink.
pub(crate) fn with_hook_sink<T>(sink: Arc<dyn HookSink>, request: impl Future<Output = T>) -> impl Future<Output = T> {
    SINK.scope(sink, request)
}

/// Returns whether a hook makes this request, and waits for it.
pub(crate) fn is_within_hook(py: Python<'_>) -> PyResult<bool> {
    static CURRENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if !exist() {
        return Ok(false);
    }
    let current = kept(py, &CURRENT, || py.import("callfluent.open_attempt")?.getattr("current"))?;
    let attempt = current.call_method0(intern!(py, "get"))?;
    // A task that a hook started can outlive it.
    Ok(!attempt.is_none() && attempt.getattr(intern!(py, "is_running"))?.is_truthy()?)
}

fn current_sink() -> Option<Arc<dyn HookSink>> {
    SINK.try_with(Arc::clone).ok()
}

pub(crate) fn exist() -> bool {
    EXIST.load(Ordering::Relaxed)
}

/// The package's object that runs the hooks of a client.
type Runner = Arc<Py<PyAny>>;
/// The decision of the hooks before an attempt.
#[derive(Default)]
pub(crate) struct Reply {
    /// Headers to add.
    headers: Vec<(String, String)>,
    /// A hook would have to wait for longer than the time that is left.
    is_too_late: bool,
}

/// Something that the hooks of a request have to see.
pub(crate) enum HookEvent {
    Before { key: u64, runner: Runner, attempt: Box<Attempt>, reply: oneshot::Sender<Reply> },
    After { key: u64, outcome: AttemptOutcome },
}

impl HookEvent {
    /// Returns the key of the attempt, which is unique in this process.
    pub(crate) fn attempt(&self) -> u64 {
        match self {
            Self::Before { key, .. } | Self::After { key, .. } => *key,
        }
    }
}

/// The key of an attempt, which connects its events.
#[derive(Clone, Copy)]
struct AttemptKey(u64);

impl AttemptKey {
    fn next() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed))
    }
}

/// The hooks of a client, as the core calls them.
pub(crate) struct PythonHooks(Runner);

impl PythonHooks {
    pub(crate) fn new(runner: Py<PyAny>) -> Self {
        EXIST.store(true, Ordering::Relaxed);
        Self(Arc::new(runner))
    }
}

impl Hooks for PythonHooks {
    fn prepare_attempt<'a>(&'a self, attempt: &'a mut Attempt) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let Some(sink) = current_sink() else { return };
            let (reply, reply_of_hooks) = oneshot::channel();
            let key = AttemptKey::next();
            attempt.insert(key);
            let (runner, seen) = (Arc::clone(&self.0), Box::new(attempt.clone()));
            sink.hook(HookEvent::Before { key: key.0, runner, attempt: seen, reply });
            // Without a reply, nobody waits for the request anymore, and it ends.
            let Reply { headers, is_too_late } = reply_of_hooks.await.unwrap_or_default();
            for (name, value) in headers {
                let _ = attempt.add_header(&name, &value);
            }
            if is_too_late {
                attempt.insert(TooLate);
            }
        })
    }

    fn after_attempt(&self, attempt: &Attempt, outcome: &AttemptOutcome) {
        if let (Some(sink), Some(&AttemptKey(key))) = (current_sink(), attempt.get()) {
            sink.hook(HookEvent::After { key, outcome: outcome.clone() });
        }
    }
}

/// Events that a waiting thread has to handle.
#[derive(Default)]
pub(crate) struct HookBuffer {
    events: Mutex<VecDeque<HookEvent>>,
    arrived: Notify,
}

impl HookSink for HookBuffer {
    fn hook(&self, event: HookEvent) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push_back(event);
        self.arrived.notify_one();
    }
}

impl HookBuffer {
    /// Waits for the next events.
    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Returns the number of events that wait.
    pub(crate) fn len(&self) -> usize {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Lets `arrived` return at once if events are left.
    pub(crate) fn announce_rest(&self) {
        if self.len() > 0 {
            self.arrived.notify_one();
        }
    }

    /// Takes the next event.
    pub(crate) fn take(&self) -> Option<HookEvent> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// The attempt of a request that has begun and has not ended, as its hooks know it.
#[derive(Default)]
pub(crate) struct OpenAttempt {
    begun: Option<(Runner, Py<PyAny>, Instant)>,
    /// The reply to an attempt whose hooks were interrupted. Without it, the attempt is not sent.
    withheld: Option<Py<HookReply>>,
}

impl OpenAttempt {
    /// Runs hooks for all events that wait.
    ///
    /// # Errors
    /// An interrupt. Failures of hooks are reported.
    pub(crate) fn handle_all(&mut self, py: Python<'_>, buffer: &HookBuffer) -> PyResult<()> {
        while let Some(event) = buffer.take() {
            self.handle(py, None, event)?;
        }
        Ok(())
    }

    /// Runs hooks in a context of `contextvars`.
    ///
    /// # Errors
    /// An interrupt. Failures of hooks are reported.
    pub(crate) fn handle(&mut self, py: Python<'_>, context: Option<&Py<PyAny>>, event: HookEvent) -> PyResult<()> {
        match event {
            HookEvent::Before { runner, attempt, reply, .. } => {
                let reply = Py::new(py, HookReply(Mutex::new(Some(reply))))?;
                let method = runner.bind(py).getattr(intern!(py, "before"))?;
                let (operation, url, path) = (attempt.operation(), attempt.url(), attempt.path());
                let id = attempt.client_request_id();
                let template = attempt.url_template();
                let time_left = attempt.time_left().map(|left| left.as_secs_f64());
                let number = attempt.number();
                let given =
                    (operation, attempt.method(), url, path, template, number, id, time_left, reply.clone_ref(py));
                let seen = run(py, context, &method, given.into_pyobject(py)?);
                match seen {
                    Ok(seen) => self.begun = Some((runner, seen.unbind(), Instant::now())),
                    Err(failure) if is_failure(py, &failure) => {
                        failure.write_unraisable(py, None);
                        reply.borrow(py).send(Reply::default());
                    }
                    Err(interrupt) => {
                        self.withheld = Some(reply);
                        return Err(interrupt);
                    }
                }
                Ok(())
            }
            HookEvent::After { outcome, .. } => {
                let AttemptOutcome { status, error, duration, request_id, .. } = outcome;
                self.finish(py, context, status, error, duration, request_id)
            }
        }
    }

    /// Lets an attempt be sent whose hooks were interrupted, without their headers.
    pub(crate) fn release(&mut self, py: Python<'_>) {
        if let Some(reply) = self.withheld.take() {
            // The traceback of the interrupt holds the reply, too, so dropping it is not enough.
            reply.borrow(py).send(Reply::default());
        }
    }

    /// Returns whether no hook is left to run.
    pub(crate) fn has_ended(&self) -> bool {
        self.begun.is_none() && self.withheld.is_none()
    }

    /// Runs the hooks after an attempt whose request was canceled.
    ///
    /// # Errors
    /// An interrupt. Failures of hooks are reported.
    pub(crate) fn cancel(&mut self, py: Python<'_>, context: Option<&Py<PyAny>>) -> PyResult<()> {
        let duration = self.begun.as_ref().map(|(_, _, started)| started.elapsed()).unwrap_or_default();
        self.finish(py, context, None, Some("canceled"), duration, None)
    }

    fn finish(
        &mut self,
        py: Python<'_>,
        context: Option<&Py<PyAny>>,
        status: Option<u16>,
        error: Option<&str>,
        duration: Duration,
        request_id: Option<String>,
    ) -> PyResult<()> {
        let Some((runner, attempt, _)) = self.begun.take() else {
            return Ok(());
        };
        let method = runner.bind(py).getattr(intern!(py, "after"))?;
        let duration = duration.as_secs_f64();
        let given = (attempt, status, error, duration, request_id);
        match run(py, context, &method, given.into_pyobject(py)?) {
            Err(failure) if is_failure(py, &failure) => failure.write_unraisable(py, None),
            Err(interrupt) => return Err(interrupt),
            Ok(_) => {}
        }
        Ok(())
    }
}

/// Calls a method, in a context if there is one.
fn run<'py>(
    py: Python<'py>,
    context: Option<&Py<PyAny>>,
    method: &Bound<'py, PyAny>,
    given: Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(context) = context else {
        return method.call1(given);
    };
    let given = PyTuple::new(py, [method.clone()])?.add(given)?.cast_into::<PyTuple>()?;
    context.bind(py).call_method1(intern!(py, "run"), given)
}

/// Takes the reply to an attempt, once.
#[pyclass(frozen)]
pub(crate) struct HookReply(Mutex<Option<oneshot::Sender<Reply>>>);

impl HookReply {
    fn send(&self, reply: Reply) {
        if let Some(sender) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // The request may have been canceled.
            let _ = sender.send(reply);
        }
    }
}

#[pymethods]
impl HookReply {
    /// Lets the attempt be sent with these headers. Invalid ones are reported and not sent.
    /// `is_too_late` fails the request instead.
    fn __call__(&self, py: Python<'_>, headers: Vec<(Bound<'_, PyAny>, Bound<'_, PyAny>)>, is_too_late: bool) {
        let mut valid = Vec::new();
        for (name, value) in headers {
            let checked = name.extract::<String>().and_then(|name| Ok((name, value.extract::<String>()?)));
            let checked = checked.and_then(|(name, value)| {
                let added = Attempt::default().add_header(&name, &value);
                added.map_err(|error| to_exception(py, &InvokeError::Client(error)))?;
                Ok((name, value))
            });
            match checked {
                Ok(header) => valid.push(header),
                Err(failure) => failure.write_unraisable(py, None),
            }
        }
        self.send(Reply { headers: valid, is_too_late });
    }
}

/// Logs and reports the exception of a hook, which must not fail the request.
///
/// # Errors
/// An interrupt in a log handler.
#[pyfunction]
pub(crate) fn report_hook_failure(
    py: Python<'_>,
    error: Bound<'_, PyAny>,
    hook: &Bound<'_, PyAny>,
    name: &str,
    operation: &str,
) -> PyResult<()> {
    let failure = PyErr::from_value(error);
    let text = failure.to_string();
    failure.write_unraisable(py, Some(hook));
    emit_warnings_of(py, || callfluent::bindings::hook_failed(name, operation, &text))
}
