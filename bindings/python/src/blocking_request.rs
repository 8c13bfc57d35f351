//! A request that a Python thread waits for. `run` lists the guards around it, in order.

use std::cell::Cell;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use callfluent::bindings::runtime::{self, catch_panic};
use callfluent::bindings::within_hook;
use futures_util::future::{Either, select};
use pyo3::prelude::*;
use pyo3::types::PyString;
use tokio::task::JoinHandle;

use crate::error::{InvokeError, to_exception};
use crate::exceptions::is_failure;
use crate::hooks::{self, HookBuffer, OpenAttempt, is_within_hook, with_hook_sink};
use crate::log::{LogBuffer, flush, is_verbose, loaded, with_log_sink};
use crate::response::{Response, preload};
use crate::shutdown::park_on_unwind;
use crate::upload_progress::NativeUploadProgress;

/// Interval in which a waiting thread checks for Ctrl+C and hands over log records.
const CHECK_INTERVAL: Duration = Duration::from_millis(25);

/// Result of the request; the error is the message of a panic.
type Outcome = std::result::Result<callfluent::Result<Response>, String>;

/// A request that is driven by the waiting thread, until that thread has to run Python code.
enum BlockingRequest {
    OnThisThread(Pin<Box<dyn Future<Output = Outcome> + Send>>),
    OnRuntime(JoinHandle<Outcome>),
}

/// Prepares a request, waits for it and returns its response as an object of the class that
/// `record_type` names.
pub(crate) fn run<'py, F>(
    py: Python<'py>,
    record_type: &Bound<'py, PyString>,
    prepare: impl FnOnce() -> PyResult<F>,
) -> PyResult<Bound<'py, PyAny>>
where
    F: Future<Output = callfluent::Result<Response>> + Send + 'static,
{
    run_with_progress(py, record_type, None, prepare)
}

/// Does what `run` does, and reports the progress meanwhile.
pub(crate) fn run_with_progress<'py, F>(
    py: Python<'py>,
    record_type: &Bound<'py, PyString>,
    progress: Option<&NativeUploadProgress>,
    prepare: impl FnOnce() -> PyResult<F>,
) -> PyResult<Bound<'py, PyAny>>
where
    F: Future<Output = callfluent::Result<Response>> + Send + 'static,
{
    // 1. If the interpreter shuts down meanwhile, this thread is parked rather than unwound.
    park_on_unwind(|| {
        // 2. Arguments are converted while the GIL is held, and all modules are imported: after the
        //    request was sent, an import may fail, for example without free file descriptors.
        let request = prepare()?;
        preload(record_type)?;
        send(py, record_type, progress, request).inspect_err(|error| mark_as_sent(py, error))
    })
}

/// Sends a prepared request and waits for its response.
fn send<'py>(
    py: Python<'py>,
    record_type: &Bound<'py, PyString>,
    progress: Option<&NativeUploadProgress>,
    request: impl Future<Output = callfluent::Result<Response>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>> {
    // 3. A panic of the core becomes an exception.
    let request = catch_panic(request);
    // 4. Log records are kept until this thread can call Python's `logging`.
    let verbose = is_verbose(py)?;
    let log = Arc::new(LogBuffer::default());
    let request = with_log_sink(verbose, Arc::clone(&log) as _, request);
    let hooks = Arc::new(HookBuffer::default());
    let request = with_hook_sink(Arc::clone(&hooks) as _, request);
    let request = if is_within_hook(py)? { Either::Left(within_hook(request)) } else { Either::Right(request) };
    // 5. The GIL is released while the thread waits; signals, log records, hooks and the progress
    //    of an upload interrupt it.
    let mut attempt = OpenAttempt::default();
    let request = BlockingRequest::OnThisThread(Box::pin(request));
    let waited = request.wait(py, verbose, &log, &hooks, &mut attempt, progress);
    let outcome = match waited {
        Ok(outcome) => outcome,
        Err(interrupt) => {
            attempt.cancel(py, None)?;
            return Err(interrupt);
        }
    };
    let result = match outcome {
        Ok(Ok(response)) => response.into_python(py, record_type),
        Ok(Err(error)) => Err(to_exception(py, &InvokeError::Client(error))),
        Err(panic) => Err(to_exception(py, &InvokeError::Panic(panic))),
    };
    flush(py, log.take())?;
    result
}

/// Marks an interrupt that came after the arguments were converted: the request may have been sent.
/// The package then sets `outcome_unknown`.
fn mark_as_sent(py: Python<'_>, error: &PyErr) {
    if !is_failure(py, error) {
        // Some exceptions have no attributes of their own.
        let _ = error.value(py).setattr("_callfluent_sent", true);
    }
}

/// Returns the exception for a runtime that cannot be started. The next request tries again.
pub(crate) fn no_runtime(py: Python<'_>, error: std::io::Error) -> PyErr {
    to_exception(py, &InvokeError::Client(runtime::unavailable(error)))
}

impl BlockingRequest {
    fn wait(
        mut self,
        py: Python<'_>,
        verbose: bool,
        log: &LogBuffer,
        hooks: &HookBuffer,
        attempt: &mut OpenAttempt,
        progress: Option<&NativeUploadProgress>,
    ) -> PyResult<Outcome> {
        let hooks = hooks::exist().then_some(hooks);
        let signals = runs_signal_handlers(py)?;
        let interval = (signals || verbose || progress.is_some()).then_some(CHECK_INTERVAL);
        let has_news = || progress.is_some_and(NativeUploadProgress::has_news);
        loop {
            let wait = || loop {
                let outcome = runtime::block_on_for(self.outcome_or_hook(hooks), interval)?;
                if outcome.is_some() || signals || !log.is_empty() || has_news() {
                    return Ok::<_, std::io::Error>(outcome);
                }
            };
            if let Some(outcome) = py.detach(wait).map_err(|error| no_runtime(py, error))? {
                if let Some(hooks) = hooks {
                    attempt.handle_all(py, hooks)?;
                }
                match outcome {
                    Some(outcome) => return Ok(outcome),
                    // The request waited for its hooks.
                    None => continue,
                }
            }
            // Signal handlers, log handlers and the function for the progress may make requests of
            // their own, so the runtime takes this one over.
            self.move_to_runtime().map_err(|error| no_runtime(py, error))?;
            let flushed = flush(py, log.take());
            let reported = progress.map_or(Ok(()), |progress| progress.report(py));
            if let Err(interrupt) = py.check_signals().and(flushed).and(reported) {
                flush(py, log.take())?;
                return Err(interrupt);
            }
        }
    }

    /// Waits for the outcome; `None` if hooks have to run before.
    async fn outcome_or_hook(&mut self, hooks: Option<&HookBuffer>) -> Option<Outcome> {
        let Some(hooks) = hooks else {
            return Some(self.outcome().await);
        };
        let (outcome, arrived) = (pin!(self.outcome()), pin!(hooks.arrived()));
        match select(outcome, arrived).await {
            Either::Left((outcome, _)) => Some(outcome),
            Either::Right(_) => None,
        }
    }

    async fn outcome(&mut self) -> Outcome {
        match self {
            Self::OnThisThread(request) => request.await,
            Self::OnRuntime(task) => task.await.unwrap_or_else(|error| Err(error.to_string())),
        }
    }

    fn move_to_runtime(&mut self) -> std::io::Result<()> {
        if let Self::OnThisThread(request) = self {
            let request = std::mem::replace(request, Box::pin(std::future::pending()));
            *self = Self::OnRuntime(runtime::spawn(request)?);
        }
        Ok(())
    }
}

impl Drop for BlockingRequest {
    fn drop(&mut self) {
        if let Self::OnRuntime(task) = self {
            task.abort();
        }
    }
}

/// Returns whether Python runs signal handlers on this thread, which it does on the main thread
/// only. Other threads have nothing to check: they acquire the GIL for log records alone, because
/// the interpreter may be shutting down.
pub(crate) fn runs_signal_handlers(py: Python<'_>) -> PyResult<bool> {
    thread_local! {
        /// The result and its process. After a fork, another thread may be the main one.
        static KNOWN: Cell<Option<(u32, bool)>> = const { Cell::new(None) };
    }
    let process = std::process::id();
    if let Some((owner, known)) = KNOWN.get()
        && owner == process
    {
        return Ok(known);
    }
    // A program that has not imported `threading` has one thread. Skipping the import keeps the
    // first request fast.
    let is_main = match loaded(py, "threading")? {
        Some(threading) => {
            let main = threading.call_method0("main_thread")?.getattr("ident")?;
            main.eq(threading.call_method0("get_ident")?)?
        }
        None => true,
    };
    KNOWN.set(Some((process, is_main)));
    Ok(is_main)
}
