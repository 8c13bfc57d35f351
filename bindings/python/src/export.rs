//! Exports of the call history. The core fetches pages and writes the files; Python asks for
//! the next step.

use std::path::PathBuf;
use std::sync::Arc;

use callfluent::bindings::{Export, runtime};
use callfluent::{ExportFormat, Result};
use pyo3::prelude::*;
use pyo3::types::PyString;
use tokio::sync::Mutex;

use crate::blocking_request;
use crate::completion_queue::CompletionQueue;
use crate::response::Response;
use crate::watch::start;

/// An export of the call history.
#[pyclass(frozen)]
pub(crate) struct NativeExport {
    export: Arc<Mutex<Export>>,
    /// True if the package converts the lines to a Parquet file.
    #[pyo3(get)]
    is_parquet: bool,
    /// The JSONL file of all calls.
    #[pyo3(get)]
    lines: PathBuf,
    /// The file to which the package converts the calls.
    #[pyo3(get)]
    converted: PathBuf,
}

impl From<Export> for NativeExport {
    fn from(export: Export) -> Self {
        Self {
            is_parquet: export.format() == ExportFormat::Parquet,
            lines: export.lines().to_owned(),
            converted: export.converted().to_owned(),
            export: Arc::new(Mutex::new(export)),
        }
    }
}

impl NativeExport {
    fn step(&self, finishes: bool) -> impl Future<Output = Result<Response>> + Send + use<> {
        let export = Arc::clone(&self.export);
        async move {
            let mut export = export.lock().await;
            let (calls, agents, total) = if finishes {
                let result = export.finish().await?;
                (result.calls, result.agents, result.agents)
            } else {
                let Some(progress) = export.next().await? else {
                    return Ok(Response::EndOfList);
                };
                (progress.calls, progress.agents, progress.total_agents)
            };
            Ok(Response::Other(Box::new(move |py, _| Ok((calls, agents, total).into_pyobject(py)?.into_any()))))
        }
    }
}

#[pymethods]
impl NativeExport {
    /// Exports the next page, or makes the file of the user. Returns the numbers of calls, of
    /// complete agents, and of all agents; `None` after the last page.
    fn next<'py>(
        &self,
        py: Python<'py>,
        record_type: &Bound<'py, PyString>,
        finishes: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        blocking_request::run(py, record_type, || Ok(self.step(finishes)))
    }

    /// Starts what `next` does. `future` gets the result. Returns a ticket that cancels it.
    fn start_next(
        &self,
        queue: &Bound<'_, CompletionQueue>,
        future: Py<PyAny>,
        record_type: Py<PyString>,
        finishes: bool,
    ) -> PyResult<u64> {
        start(queue, future, record_type, self.step(finishes))
    }

    /// Closes the files, so that the same export can run again while a traceback keeps this object.
    fn close(&self) {
        if let Ok(mut export) = self.export.try_lock() {
            export.close();
            return;
        }
        // A step that is being canceled holds it for a moment.
        let export = Arc::clone(&self.export);
        let _ = runtime::spawn(async move { export.lock().await.close() });
    }
}
