//! Waiting for the end of a call, and watching the calls of an agent. The core polls; Python asks
//! for the next result.

use std::sync::Arc;

use callfluent::bindings::{Wait, WaitOptions, Watch, WatchOptions};
use callfluent::{Id, Result};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::blocking_request;
use crate::completion_queue::CompletionQueue;
use crate::invalid_value::FieldErrors;
use crate::log::is_verbose;
use crate::options::{duration, option};
use crate::response::{Response, preload};
use crate::shutdown::park_on_unwind;

/// A watch of the calls of an agent.
#[pyclass(frozen)]
pub(crate) struct NativeWatch(Arc<Mutex<Watch>>);

/// A wait for the end of a call.
#[pyclass(frozen)]
pub(crate) struct NativeWait(Arc<Mutex<Wait>>);

impl From<Watch> for NativeWatch {
    fn from(watch: Watch) -> Self {
        Self(Arc::new(Mutex::new(watch)))
    }
}

impl From<Wait> for NativeWait {
    fn from(wait: Wait) -> Self {
        Self(Arc::new(Mutex::new(wait)))
    }
}

impl NativeWatch {
    fn next_calls(&self, received: u64) -> impl Future<Output = Result<Response>> + Send + use<> {
        let watch = Arc::clone(&self.0);
        async move { watch.lock().await.next(received).await.map(Response::from) }
    }
}

impl NativeWait {
    fn next_state(&self, until_ended: bool) -> impl Future<Output = Result<Response>> + Send + use<> {
        let wait = Arc::clone(&self.0);
        async move {
            let mut wait = wait.lock().await;
            let call = if until_ended { Some(wait.until_ended().await?) } else { wait.poll().await? };
            Ok(call.map_or(Response::EndOfList, Response::from))
        }
    }
}

#[pymethods]
impl NativeWatch {
    /// Waits for new and changed calls, and returns them. `received` is the number of calls that
    /// the caller has received in total.
    fn next<'py>(
        &self,
        py: Python<'py>,
        record_type: &Bound<'py, PyString>,
        received: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        blocking_request::run(py, record_type, || Ok(self.next_calls(received)))
    }

    /// Starts to wait for new and changed calls. `future` gets what `next` returns. Returns a
    /// ticket that cancels the wait.
    fn start_next(
        &self,
        queue: &Bound<'_, CompletionQueue>,
        future: Py<PyAny>,
        record_type: Py<PyString>,
        received: u64,
    ) -> PyResult<u64> {
        start(queue, future, record_type, self.next_calls(received))
    }
}

#[pymethods]
impl NativeWait {
    /// Waits until the call has ended, or until the next poll. Returns the call, or `None` if the
    /// history does not contain it.
    fn next<'py>(
        &self,
        py: Python<'py>,
        record_type: &Bound<'py, PyString>,
        until_ended: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        blocking_request::run(py, record_type, || Ok(self.next_state(until_ended)))
    }

    /// Starts what `next` does. `future` gets the result. Returns a ticket that cancels the wait.
    fn start_next(
        &self,
        queue: &Bound<'_, CompletionQueue>,
        future: Py<PyAny>,
        record_type: Py<PyString>,
        until_ended: bool,
    ) -> PyResult<u64> {
        start(queue, future, record_type, self.next_state(until_ended))
    }
}

/// Starts to wait for a result. Returns a ticket that cancels the wait.
pub(crate) fn start(
    queue: &Bound<'_, CompletionQueue>,
    future: Py<PyAny>,
    record_type: Py<PyString>,
    next: impl Future<Output = Result<Response>> + Send + 'static,
) -> PyResult<u64> {
    park_on_unwind(|| {
        let py = queue.py();
        preload(record_type.bind(py))?;
        queue.borrow_mut().start(py, future, record_type, is_verbose(py)?, next)
    })
}

/// Takes the ID of the call from the arguments. A missing one is reported by the core.
pub(crate) fn take_call_id(arguments: &mut Map<String, Value>) -> Id {
    let id = arguments.remove("call_id").unwrap_or_default();
    serde_json::from_value(id).unwrap_or_default()
}

/// Converts the options of a wait.
pub(crate) fn wait_options(options: &Bound<'_, PyDict>, errors: &mut FieldErrors<'_>) -> PyResult<WaitOptions> {
    let mut converted = WaitOptions::default();
    if let Some(timeout) = duration(options, "timeout", errors)? {
        converted.set_timeout(Some(timeout));
    }
    converted.set_intervals(duration(options, "min_interval", errors)?, duration(options, "max_interval", errors)?);
    Ok(converted)
}

/// Converts the options of a watch.
pub(crate) fn watch_options(options: &Bound<'_, PyDict>, errors: &mut FieldErrors<'_>) -> PyResult<WatchOptions> {
    let mut converted = WatchOptions::default();
    converted.set_include_existing(option(options, "include_existing", errors)?.unwrap_or_default());
    converted.set_intervals(duration(options, "min_interval", errors)?, duration(options, "max_interval", errors)?);
    Ok(converted)
}
