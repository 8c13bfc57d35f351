//! Pages of a list. The core decides where a list ends; Python holds a position and asks for the
//! next page.

use callfluent::Result;
use callfluent::bindings::Pages;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::blocking_request;
use crate::completion_queue::CompletionQueue;
use crate::log::is_verbose;
use crate::response::{NativePages, Response, preload};
use crate::shutdown::park_on_unwind;

/// Fetches the page after a position.
async fn next(mut pages: Pages) -> Result<Response> {
    let items = pages.next().await?;
    Ok(items.map_or(Response::EndOfList, |items| Response::Page(Box::new(items.into()), Box::new(pages))))
}

#[pymethods]
impl NativePages {
    /// Number of the page; before the first page, the number of that page.
    #[getter]
    fn page(&self) -> u32 {
        self.0.page()
    }

    /// Name of the operation.
    #[getter]
    fn operation(&self) -> &'static str {
        self.0.operation()
    }

    /// Fetches the next page and waits for it. Returns its records and its position, or `None` at
    /// the end of the list.
    fn next<'py>(&self, py: Python<'py>, record_type: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        blocking_request::run(py, record_type, || Ok(next(self.0.clone())))
    }

    /// Starts to fetch the next page. `future` gets what `next` returns. Returns a ticket that
    /// cancels the request.
    fn start_next(
        &self,
        queue: &Bound<'_, CompletionQueue>,
        future: Py<PyAny>,
        record_type: Py<PyString>,
    ) -> PyResult<u64> {
        park_on_unwind(|| {
            let py = queue.py();
            preload(record_type.bind(py))?;
            let verbose = is_verbose(py)?;
            queue.borrow_mut().start(py, future, record_type, verbose, next(self.0.clone()))
        })
    }
}
