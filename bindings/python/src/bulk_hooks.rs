//! Hooks of a bulk operation. Many of its attempts are in flight at once. Their events wait until
//! Python asks for results, on the thread that waits for them or on the one of the event loop.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;

use crate::context::current_context;
use crate::hooks::{self, HookBuffer, HookEvent, HookSink, OpenAttempt};

/// The attempts of a bulk operation that hooks see.
pub(crate) struct BulkHooks {
    buffer: HookBuffer,
    /// Attempts that have begun and have not ended, by their keys.
    open: Mutex<HashMap<u64, OpenAttempt>>,
    /// Attempts that wait for hooks that will not run. Without a reply they are not sent.
    withheld: Mutex<Vec<HookEvent>>,
    /// The context of `contextvars` in which the operation was started.
    context: Option<Py<PyAny>>,
}

impl HookSink for BulkHooks {
    fn hook(&self, event: HookEvent) {
        self.buffer.hook(event);
    }
}

impl BulkHooks {
    /// Returns the hooks of an operation; `None` if no client has hooks.
    pub(crate) fn new(py: Python<'_>) -> PyResult<Option<Arc<Self>>> {
        if !hooks::exist() {
            return Ok(None);
        }
        let (buffer, open, withheld) = Default::default();
        Ok(Some(Arc::new(Self { buffer, open, withheld, context: current_context(py)? })))
    }

    /// Waits for events. Dropping the future loses none.
    pub(crate) async fn arrived(&self) {
        self.buffer.arrived().await;
    }

    /// Runs hooks for all events that wait. Those that arrive meanwhile wait for the next time:
    /// slow hooks must not hold back results.
    ///
    /// # Errors
    /// An interrupt. Failures of hooks are reported.
    pub(crate) fn run_waiting(&self, py: Python<'_>) -> PyResult<()> {
        for _ in 0..self.buffer.len() {
            let Some(event) = self.buffer.take() else { break };
            self.run(py, event)?;
        }
        self.buffer.announce_rest();
        Ok(())
    }

    /// Runs the hooks after all attempts that have begun. The operation must be canceled before.
    ///
    /// # Errors
    /// An interrupt. Failures of hooks are reported.
    pub(crate) fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        let mut ran = Ok(());
        while let Some(event) = self.buffer.take() {
            match event {
                HookEvent::Before { .. } => {
                    self.withheld.lock().unwrap_or_else(PoisonError::into_inner).push(event);
                }
                HookEvent::After { .. } => ran = ran.and(self.run(py, event)),
            }
        }
        // A hook may run any Python code, so nothing is locked by then.
        let open = std::mem::take(&mut *self.open());
        for mut attempt in open.into_values() {
            ran = ran.and(attempt.cancel(py, self.context.as_ref()));
        }
        ran
    }

    fn run(&self, py: Python<'_>, event: HookEvent) -> PyResult<()> {
        let key = event.attempt();
        let mut attempt = self.open().remove(&key).unwrap_or_default();
        let ran = attempt.handle(py, self.context.as_ref(), event);
        if !attempt.has_ended() {
            self.open().insert(key, attempt);
        }
        ran
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, OpenAttempt>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
