//! Completions for asyncio: the runtime's thread puts results into a queue and wakes the loop once; the loop's thread takes
//! all of them in one go, and what they log with them. The runtime's thread never waits for the interpreter.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callfluent::Result;
use futures_util::FutureExt as _;
use pyo3::prelude::*;
use pyo3::types::PyString;
use tokio::task::AbortHandle;

use crate::error::{InvokeError, to_exception};
use crate::log::{Line, LogSink, emit, with_log_sink};
use crate::response::Response;
use crate::shutdown::park_on_unwind;

#[cfg(unix)]
type Socket = std::os::unix::net::UnixStream;
#[cfg(windows)]
type Socket = std::net::TcpStream;

/// What the loop's thread has to see to.
enum Event {
    /// A call has logged something.
    Logged(Line),
    /// The call with this ticket has come to its end.
    Finished(u64, Result<Response, InvokeError>),
}

/// What the runtime's thread and the loop's thread share.
pub(crate) struct Queue {
    news: Mutex<Vec<Event>>,
    wake: Socket,
}

impl LogSink for Queue {
    fn hear(&self, line: Line) {
        if self.add(Event::Logged(line)) {
            self.wake();
        }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands something over; says whether the loop has to be woken for it.
    fn add(&self, news: Event) -> bool {
        let mut all = self.lock();
        all.push(news);
        all.len() == 1
    }

    /// What was logged by now, for those who cannot wait until the loop's turn.
    fn take_logged(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut all = self.lock();
        for news in std::mem::take(&mut *all) {
            match news {
                Event::Logged(line) => lines.push(line),
                finished @ Event::Finished(..) => all.push(finished),
            }
        }
        lines
    }

    fn wake(&self) {
        // A full buffer means that the loop is being woken already.
        let _ = (&self.wake).write(&[1]);
    }
}

/// Wakes the loop in the end, even if the call that was to do so is ended.
struct WakeOnDrop(Arc<Queue>);

impl Drop for WakeOnDrop {
    fn drop(&mut self) {
        self.0.wake();
    }
}

struct Pending {
    future: Py<PyAny>,
    /// The class of the records that are awaited.
    shape: Py<PyString>,
    task: AbortHandle,
}

/// The pending calls of one event loop.
#[pyclass]
pub(crate) struct CompletionQueue {
    queue: Arc<Queue>,
    woken: Socket,
    pending: HashMap<u64, Pending>,
    next: u64,
}

impl CompletionQueue {
    /// Runs a call and completes `future` with what becomes of it.
    pub(crate) fn start(
        &mut self,
        future: Py<PyAny>,
        shape: Py<PyString>,
        verbose: bool,
        call: impl Future<Output = Result<Response>> + Send + 'static,
    ) -> PyResult<u64> {
        self.next += 1;
        let ticket = self.next;
        let queue = Arc::clone(&self.queue);
        let call = with_log_sink(verbose, Arc::clone(&queue) as _, callfluent::runtime::caught(call));
        let task = callfluent::runtime::spawn(call.then(move |ended| async move {
            let result = match ended {
                Ok(result) => result.map_err(InvokeError::Client),
                Err(defect) => Err(InvokeError::Panic(defect)),
            };
            if queue.add(Event::Finished(ticket, result)) {
                let _waking = WakeOnDrop(queue);
                // What else has come from the network by now is taken in first, for the same wake-up.
                tokio::task::yield_now().await;
            }
        }))?;
        self.pending.insert(ticket, Pending { future, shape, task: task.abort_handle() });
        Ok(ticket)
    }
}

#[pymethods]
impl CompletionQueue {
    #[new]
    fn new() -> PyResult<Self> {
        let (wake, woken) = pair()?;
        Ok(Self { queue: Arc::new(Queue { news: Mutex::default(), wake }), woken, pending: HashMap::new(), next: 0 })
    }

    /// What the loop watches: it can be read when calls have finished.
    #[cfg(unix)]
    fn fileno(&self) -> i32 {
        use std::os::fd::AsRawFd as _;
        self.woken.as_raw_fd()
    }

    /// What the loop watches: it can be read when calls have finished.
    #[cfg(windows)]
    fn fileno(&self) -> u64 {
        use std::os::windows::io::AsRawSocket as _;
        self.woken.as_raw_socket()
    }

    /// Completes the futures of all calls that have finished, and hands over what was logged. Runs on the loop's thread.
    fn drain(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let news = {
            let completions = slf.borrow();
            let mut bytes = [0; 64];
            // Nothing to read is fine: another wake-up has taken it.
            let _ = (&completions.woken).read(&mut bytes);
            std::mem::take(&mut *completions.queue.lock())
        };
        park_on_unwind(|| {
            // Every future is settled before a failure, such as an interrupt in somebody's log handler, is told.
            let mut failure = Ok(());
            for news in news {
                let seen_to = match news {
                    Event::Logged(line) => emit(py, vec![line]),
                    Event::Finished(ticket, result) => {
                        let pending = slf.borrow_mut().pending.remove(&ticket);
                        pending
                            .map_or(Ok(()), |pending| settle(pending.future.bind(py), pending.shape.bind(py), result))
                    }
                };
                failure = failure.and(seen_to);
            }
            failure
        })
    }

    /// Ends a call whose result nobody waits for any more. The loop may have no further turn, so what was logged is handed
    /// over at once.
    fn cancel(slf: &Bound<'_, Self>, ticket: u64) -> PyResult<()> {
        let pending = slf.borrow_mut().pending.remove(&ticket);
        if let Some(pending) = pending {
            pending.task.abort();
        }
        let lines = slf.borrow().queue.take_logged();
        park_on_unwind(|| emit(slf.py(), lines))
    }

    /// Ends all calls, as the loop is closed.
    fn end(slf: &Bound<'_, Self>) -> PyResult<()> {
        // What goes with a future may be anything: nothing is borrowed by then.
        let pending = std::mem::take(&mut slf.borrow_mut().pending);
        for pending in pending.values() {
            pending.task.abort();
        }
        let lines = slf.borrow().queue.take_logged();
        park_on_unwind(|| emit(slf.py(), lines))
    }

    /// How many calls are under way.
    fn __len__(&self) -> usize {
        self.pending.len()
    }
}

/// Gives a future its result, unless nobody waits for it any more.
fn settle(
    future: &Bound<'_, PyAny>,
    shape: &Bound<'_, PyString>,
    result: Result<Response, InvokeError>,
) -> PyResult<()> {
    let py = future.py();
    if future.call_method0("done")?.is_truthy()? {
        return Ok(());
    }
    match result.map(|answer| answer.into_python(py, shape)) {
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

/// Two connected sockets: what is written to the first can be read from the second.
#[cfg(unix)]
fn pair() -> std::io::Result<(Socket, Socket)> {
    let (wake, woken) = Socket::pair()?;
    wake.set_nonblocking(true)?;
    woken.set_nonblocking(true)?;
    Ok((wake, woken))
}

/// Two connected sockets: what is written to the first can be read from the second.
#[cfg(windows)]
fn pair() -> std::io::Result<(Socket, Socket)> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let wake = Socket::connect(listener.local_addr()?)?;
    let own = wake.local_addr()?;
    // Somebody else may have come first.
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
