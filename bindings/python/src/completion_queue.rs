//! Completions for asyncio. The runtime's thread queues results and wakes the event loop once; the
//! loop's thread then takes all of them, with their log records. The runtime's thread never waits
//! for the GIL.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callfluent::Result;
use callfluent::bindings::runtime::{self, catch_panic};
use callfluent::bindings::within_hook;
use futures_util::FutureExt as _;
use futures_util::future::Either;
use pyo3::prelude::*;
use pyo3::types::PyString;
use tokio::task::AbortHandle;

use crate::blocking_request::no_runtime;
use crate::context::current_context;
use crate::error::{InvokeError, to_exception};
use crate::hooks::{HookEvent, HookSink, OpenAttempt, is_within_hook, with_hook_sink};
use crate::log::{LogRecord, LogSink, flush_in, with_log_sink};
use crate::response::Response;
use crate::shutdown::park_on_unwind;

#[cfg(unix)]
type Socket = std::os::unix::net::UnixStream;
#[cfg(windows)]
type Socket = std::net::TcpStream;

/// Something for the loop's thread to handle.
enum Event {
    /// Logged by the request with this ticket.
    Logged(u64, LogRecord),
    /// The hooks of the request with this ticket have to run.
    Hook(u64, HookEvent),
    /// The request with this ticket is done.
    Finished(u64, Result<Response, InvokeError>),
}

/// Events on their way from the runtime's thread to the loop's thread.
struct EventBuffer {
    events: Mutex<Vec<Event>>,
    wake: Socket,
}

/// Takes the log records and the events of the hooks of one request.
struct RequestLog {
    ticket: u64,
    buffer: Arc<EventBuffer>,
}

impl LogSink for RequestLog {
    fn log(&self, record: LogRecord) {
        if self.buffer.push(Event::Logged(self.ticket, record)) {
            self.buffer.wake();
        }
    }
}

impl HookSink for RequestLog {
    fn hook(&self, event: HookEvent) {
        if self.buffer.push(Event::Hook(self.ticket, event)) {
            self.buffer.wake();
        }
    }
}

impl EventBuffer {
    fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event. Returns whether the loop has to be woken.
    fn push(&self, event: Event) -> bool {
        let mut events = self.lock();
        events.push(event);
        events.len() == 1
    }

    /// Takes the log records with their tickets, for code that runs outside of the loop's turn.
    fn take_logged(&self) -> Vec<(u64, LogRecord)> {
        let mut records = Vec::new();
        let mut events = self.lock();
        for event in std::mem::take(&mut *events) {
            match event {
                Event::Logged(ticket, record) => records.push((ticket, record)),
                other => events.push(other),
            }
        }
        records
    }

    fn wake(&self) {
        // A full buffer means that a wake-up is pending already.
        let _ = (&self.wake).write(&[1]);
    }
}

/// Wakes the loop when dropped, so that a wake-up is not lost if its task is aborted.
struct WakeOnDrop(Arc<EventBuffer>);

impl Drop for WakeOnDrop {
    fn drop(&mut self) {
        self.0.wake();
    }
}

struct Pending {
    future: Py<PyAny>,
    record_type: Py<PyString>,
    task: AbortHandle,
    /// The `contextvars` context in which the request was made, if its log records are emitted.
    context: Option<Py<PyAny>>,
    attempt: OpenAttempt,
}

/// The requests of one event loop that are in flight.
#[pyclass]
pub(crate) struct CompletionQueue {
    buffer: Arc<EventBuffer>,
    woken: Socket,
    pending: HashMap<u64, Pending>,
    last_ticket: u64,
}

impl CompletionQueue {
    /// Starts a request; `future` gets its result. Returns a ticket that cancels it.
    pub(crate) fn start(
        &mut self,
        py: Python<'_>,
        future: Py<PyAny>,
        record_type: Py<PyString>,
        verbose: bool,
        request: impl Future<Output = Result<Response>> + Send + 'static,
    ) -> PyResult<u64> {
        self.last_ticket += 1;
        let ticket = self.last_ticket;
        let context = Python::attach(current_context)?;
        let buffer = Arc::clone(&self.buffer);
        let log = Arc::new(RequestLog { ticket, buffer: Arc::clone(&buffer) });
        let request = with_hook_sink(Arc::clone(&log) as _, catch_panic(request));
        let request = with_log_sink(verbose, log, request);
        let request = if is_within_hook(py)? { Either::Left(within_hook(request)) } else { Either::Right(request) };
        let task = runtime::spawn(request.then(move |outcome| async move {
            let result = match outcome {
                Ok(result) => result.map_err(InvokeError::Client),
                Err(panic) => Err(InvokeError::Panic(panic)),
            };
            if buffer.push(Event::Finished(ticket, result)) {
                let _wake = WakeOnDrop(buffer);
                // Other responses that have arrived are handled first, so that they share the
                // wake-up.
                tokio::task::yield_now().await;
            }
        }));
        let task = task.map_err(|error| no_runtime(py, error))?;
        self.pending.insert(
            ticket,
            Pending { future, record_type, task: task.abort_handle(), context, attempt: OpenAttempt::default() },
        );
        Ok(ticket)
    }

    /// Runs the hooks of a request. A hook may cancel it, so nothing is borrowed meanwhile.
    fn run_hooks(slf: &Bound<'_, Self>, ticket: u64, event: HookEvent) -> PyResult<()> {
        let py = slf.py();
        let Some(mut attempt) =
            slf.borrow_mut().pending.get_mut(&ticket).map(|pending| std::mem::take(&mut pending.attempt))
        else {
            return Ok(());
        };
        let context = slf.borrow().context(py, ticket);
        let ran = attempt.handle(py, context.as_ref(), event);
        // The program may continue after an exception that ends its loop.
        attempt.release(py);
        match slf.borrow_mut().pending.get_mut(&ticket) {
            Some(pending) => pending.attempt = attempt,
            None => return ran.and(attempt.cancel(py, context.as_ref())),
        }
        ran
    }

    fn context(&self, py: Python<'_>, ticket: u64) -> Option<Py<PyAny>> {
        self.pending.get(&ticket)?.context.as_ref().map(|context| context.clone_ref(py))
    }

    fn with_contexts(&self, py: Python<'_>, records: Vec<(u64, LogRecord)>) -> Vec<(Option<Py<PyAny>>, LogRecord)> {
        records.into_iter().map(|(ticket, record)| (self.context(py, ticket), record)).collect()
    }
}

#[pymethods]
impl CompletionQueue {
    #[new]
    fn new(py: Python<'_>) -> PyResult<Self> {
        let (wake, woken) = socket_pair().map_err(|error| no_runtime(py, error))?;
        let buffer = Arc::new(EventBuffer { events: Mutex::default(), wake });
        Ok(Self { buffer, woken, pending: HashMap::new(), last_ticket: 0 })
    }

    /// Returns the descriptor that is readable when events are queued.
    #[cfg(unix)]
    fn fileno(&self) -> i32 {
        use std::os::fd::AsRawFd as _;
        self.woken.as_raw_fd()
    }

    /// Returns the descriptor that is readable when events are queued.
    #[cfg(windows)]
    fn fileno(&self) -> u64 {
        use std::os::windows::io::AsRawSocket as _;
        self.woken.as_raw_socket()
    }

    /// Completes the futures of finished requests and emits log records. Runs on the loop's thread.
    fn drain(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let events = {
            let queue = slf.borrow();
            let mut bytes = [0; 64];
            // An earlier wake-up may have read the bytes.
            let _ = (&queue.woken).read(&mut bytes);
            std::mem::take(&mut *queue.buffer.lock())
        };
        park_on_unwind(|| {
            // All futures are completed before an exception, such as an interrupt in a log handler,
            // is raised.
            let mut result = Ok(());
            for event in events {
                let handled = match event {
                    Event::Logged(ticket, record) => {
                        let context = slf.borrow().context(py, ticket);
                        flush_in(py, context.as_ref(), vec![record])
                    }
                    Event::Hook(ticket, event) => Self::run_hooks(slf, ticket, event),
                    Event::Finished(ticket, result) => {
                        let pending = slf.borrow_mut().pending.remove(&ticket);
                        pending.map_or(Ok(()), |pending| {
                            complete(pending.future.bind(py), pending.record_type.bind(py), result)
                        })
                    }
                };
                result = result.and(handled);
            }
            result
        })
    }

    /// Cancels a request. The loop may have no further turn, so log records are emitted at once.
    fn cancel(slf: &Bound<'_, Self>, ticket: u64) -> PyResult<()> {
        let py = slf.py();
        let records = slf.borrow().buffer.take_logged();
        let records = slf.borrow().with_contexts(py, records);
        let pending = slf.borrow_mut().pending.remove(&ticket);
        park_on_unwind(|| {
            let mut canceled = Ok(());
            if let Some(mut pending) = pending {
                pending.task.abort();
                canceled = pending.attempt.cancel(py, pending.context.as_ref());
            }
            flush_each(py, records).and(canceled)
        })
    }

    /// Cancels all requests, because the loop is closed.
    fn cancel_all(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let records = slf.borrow().buffer.take_logged();
        let records = slf.borrow().with_contexts(py, records);
        // Dropping a future may run any Python code, so nothing is borrowed by then.
        let pending = std::mem::take(&mut slf.borrow_mut().pending);
        for pending in pending.values() {
            pending.task.abort();
        }
        park_on_unwind(|| {
            let mut canceled = Ok(());
            for mut pending in pending.into_values() {
                canceled = canceled.and(pending.attempt.cancel(py, pending.context.as_ref()));
            }
            flush_each(py, records).and(canceled)
        })
    }

    /// Returns the number of requests in flight.
    fn __len__(&self) -> usize {
        self.pending.len()
    }
}

/// Emits records, each in the context of its request.
fn flush_each(py: Python<'_>, records: Vec<(Option<Py<PyAny>>, LogRecord)>) -> PyResult<()> {
    let flushed = records.into_iter().map(|(context, record)| flush_in(py, context.as_ref(), vec![record]));
    flushed.fold(Ok(()), Result::and)
}

/// Completes a future, unless it was canceled.
fn complete(
    future: &Bound<'_, PyAny>,
    record_type: &Bound<'_, PyString>,
    result: Result<Response, InvokeError>,
) -> PyResult<()> {
    let py = future.py();
    if future.call_method0("done")?.is_truthy()? {
        return Ok(());
    }
    match result.map(|response| response.into_python(py, record_type)) {
        Ok(Ok(value)) => future.call_method1("set_result", (value,))?,
        Ok(Err(error)) => future.call_method1("set_exception", (error,))?,
        Err(error) => future.call_method1("set_exception", (to_exception(py, &error),))?,
    };
    Ok(())
}

impl Drop for CompletionQueue {
    fn drop(&mut self) {
        for pending in self.pending.values() {
            pending.task.abort();
        }
    }
}

/// Returns two connected sockets: the second reads what is written to the first.
#[cfg(unix)]
fn socket_pair() -> std::io::Result<(Socket, Socket)> {
    let (wake, woken) = Socket::pair()?;
    wake.set_nonblocking(true)?;
    woken.set_nonblocking(true)?;
    Ok((wake, woken))
}

/// Returns two connected sockets: the second reads what is written to the first.
#[cfg(windows)]
fn socket_pair() -> std::io::Result<(Socket, Socket)> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let wake = Socket::connect(listener.local_addr()?)?;
    let own = wake.local_addr()?;
    // Another program may have connected first.
    let woken = loop {
        let (stream, address) = listener.accept()?;
        if address == own {
            break stream;
        }
    };
    wake.set_nonblocking(true)?;
    wake.set_nodelay(true)?;
    woken.set_nonblocking(true)?;
    Ok((wake, woken))
}
