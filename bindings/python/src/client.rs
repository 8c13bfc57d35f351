//! The native client. It invokes any operation of the catalog by name, and sends requests to paths
//! that are not modelled; each either blocking or for an event loop.

use std::path::PathBuf;

use callfluent::bindings::catalog::{CALLS_EXPORT, CALLS_WAIT, CALLS_WATCH};
use callfluent::bindings::schema::Naming;
use callfluent::bindings::{BulkRequest, Export, Pages, Wait, Watch, catalog};
use callfluent::{Attachment, CallFluent, RequestExt as _, Result};
use futures_util::FutureExt as _;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use serde_json::{Map, Value};

use crate::attachment::to_attachments;
use crate::blocking_request;
use crate::bulk::{self, NativeBulk};
use crate::completion_queue::CompletionQueue;
use crate::error::{InvokeError, to_exception};
use crate::export::NativeExport;
use crate::from_python::{mapping, to_arguments, to_query, to_string, to_value};
use crate::invalid_value::{FieldErrors, Subject, kind_of, shown};
use crate::log::is_verbose;
use crate::options;
use crate::record_arguments::{move_undocumented, takes_file};
use crate::response::NativePages;
use crate::response::{Response, preload};
use crate::row_cells::row_cells;
use crate::shutdown::park_on_unwind;
use crate::to_python::parse;
use crate::upload_progress::NativeUploadProgress;
use crate::watch::{NativeWait, NativeWatch, take_call_id, wait_options, watch_options};

/// Returns the names of all operations.
#[pyfunction]
pub(crate) fn operations() -> Vec<&'static str> {
    catalog::operations().map(|operation| operation.name).collect()
}

/// Returns the consequence of a request of an operation whose outcome is unknown, with the place to
/// check it; `None` if the request can be repeated without another effect.
#[pyfunction]
pub(crate) fn unknown_outcome(operation: &str) -> Option<String> {
    callfluent::bindings::unknown_outcome(operation, Naming::Snake)
}

/// Returns the consequence of a request to a path whose outcome is unknown; `None` if the request
/// can be repeated without another effect.
#[pyfunction]
pub(crate) fn unknown_outcome_of_request(method: &Bound<'_, PyAny>, path: &Bound<'_, PyAny>) -> Option<&'static str> {
    // Other values are reported when the request is made.
    let (method, path) = (method.extract::<String>().ok()?, path.extract::<String>().ok()?);
    callfluent::bindings::unknown_outcome_of_request(&method, &path)
}

/// Sets PEM certificates to trust on a machine without any. Returns whether they are used.
#[pyfunction]
pub(crate) fn set_fallback_certificates(pem: &[u8]) -> bool {
    callfluent::bindings::certificates::set_fallback(pem)
}

/// Sets whether clients without a setting of their own refuse every host except this machine.
/// Returns the previous setting.
#[pyfunction]
pub(crate) fn set_offline(offline: bool) -> bool {
    callfluent::set_offline(offline)
}

/// A client of the core.
#[pyclass(frozen)]
pub(crate) struct NativeClient {
    client: CallFluent,
    /// The `api_key` argument, for pickling. It is never shown.
    api_key: Option<String>,
    /// Results are raw responses: a tuple of the parts of the response and the parsed value.
    raw: bool,
}

/// Returns the curl command of a request, which is not sent and needs no runtime.
fn curl_command(py: Python<'_>, request: impl Future<Output = Result<Response>> + Send) -> PyResult<String> {
    let command = request.as_curl().now_or_never();
    let command = command.unwrap_or_else(|| Ok(String::new()));
    command.map_err(|error| to_exception(py, &InvokeError::Client(error)))
}

/// An operation with its converted arguments.
struct Invocation {
    client: CallFluent,
    operation: String,
    arguments: Map<String, Value>,
    attachments: Vec<Attachment>,
}

impl Invocation {
    /// Counts the bytes of the files, and reports their length before anything is sent.
    fn observed(mut self, py: Python<'_>, progress: Option<&NativeUploadProgress>) -> PyResult<Self> {
        if let Some(progress) = progress {
            self.attachments = progress.observe(self.attachments);
            progress.report(py)?;
        }
        Ok(self)
    }

    async fn run(self, raw: bool) -> Result<Response> {
        let Self { client, operation, arguments, attachments } = self;
        let request = callfluent::bindings::invoke(&client, &operation, arguments, attachments, Naming::Snake);
        if raw { request.with_response().await.map(Response::from) } else { request.await.map(Response::from) }
    }
}

/// A request to a path that is not modelled.
struct PathRequest {
    client: CallFluent,
    method: String,
    path: String,
    json: Option<Value>,
    query: Vec<(String, String)>,
}

impl PathRequest {
    async fn run(self, raw: bool) -> Result<Response> {
        let query: Vec<_> = self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = self.client.request(&self.method, &self.path, self.json, &query);
        if raw { request.with_response().await.map(Response::from) } else { request.await.map(Response::from) }
    }
}

impl NativeClient {
    fn invocation(
        &self,
        operation: String,
        arguments: &Bound<'_, PyDict>,
        files: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
        record: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Invocation> {
        let py = arguments.py();
        let mut errors = FieldErrors::new(Subject::Operation(&operation));
        let takes_file = |name: &str| takes_file(&operation, name);
        let undocumented = move_undocumented(&operation, arguments, record, &mut errors)?;
        let arguments = to_arguments(arguments, "", takes_file, &mut errors)?;
        let attachments = match files {
            Some(files) => errors.check("files", to_attachments(files))?.unwrap_or_default(),
            None => Vec::new(),
        };
        let mut client = options::with_options(&self.client, options, &mut errors)?;
        if !undocumented.is_empty() {
            client = options::with_extra_body(&client, undocumented);
        }
        errors.finish(py)?;
        Ok(Invocation { client, operation, arguments, attachments })
    }

    fn path_request(
        &self,
        py: Python<'_>,
        method: &Bound<'_, PyAny>,
        path: &Bound<'_, PyAny>,
        json: Option<&Bound<'_, PyAny>>,
        query: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PathRequest> {
        let mut errors = FieldErrors::new(Subject::Operation("request"));
        let method = string("method", method, &mut errors)?.unwrap_or_default();
        let path = string("path", path, &mut errors)?.unwrap_or_default();
        let json = json.map(|json| errors.check("json", to_value(json))).transpose()?.flatten();
        let query = query.map(|query| errors.check("query", to_query(query))).transpose()?.flatten();
        let client = options::with_options(&self.client, options, &mut errors)?;
        errors.finish(py)?;
        Ok(PathRequest { client, method, path, json, query: query.unwrap_or_default() })
    }
}

/// Returns an argument that must be a string.
fn string(name: &str, value: &Bound<'_, PyAny>, errors: &mut FieldErrors<'_>) -> PyResult<Option<String>> {
    match value.cast::<PyString>() {
        Ok(value) => errors.check(name, to_string(value)),
        Err(_) => {
            errors.add(name, format!("expected a string, got {}", shown(value)));
            Ok(None)
        }
    }
}

#[pymethods]
impl NativeClient {
    #[new]
    #[pyo3(signature = (api_key, options, environment, user_agent, hooks=None))]
    fn new(
        py: Python<'_>,
        api_key: Option<&Bound<'_, PyAny>>,
        options: &Bound<'_, PyDict>,
        environment: Vec<(String, String)>,
        user_agent: &str,
        hooks: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let (client, api_key) =
            park_on_unwind(|| options::client(py, api_key, options, environment, user_agent, hooks))?;
        Ok(Self { client, api_key, raw: false })
    }

    /// Returns the `api_key` argument, or `None` if the key came from the environment.
    fn given_key(&self) -> Option<&str> {
        self.api_key.as_deref()
    }

    /// Returns a client with other request options that shares everything else.
    fn with_options(&self, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut errors = FieldErrors::new(Subject::Options);
        let client = options::with_options(&self.client, Some(options), &mut errors)?;
        errors.finish(options.py())?;
        Ok(Self { client, api_key: self.api_key.clone(), raw: self.raw })
    }

    /// Returns a client whose results are raw responses.
    fn with_raw_responses(&self) -> Self {
        Self { client: self.client.clone(), api_key: self.api_key.clone(), raw: true }
    }

    /// Returns the curl command of an operation. Sends nothing.
    #[pyo3(signature = (operation, arguments, files=None, options=None, record=None))]
    fn curl(
        &self,
        operation: String,
        arguments: &Bound<'_, PyDict>,
        files: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
        record: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let invocation = self.invocation(operation, arguments, files, options, record)?;
        curl_command(arguments.py(), invocation.run(false))
    }

    /// Returns the curl command of a request to a path. Sends nothing.
    #[pyo3(signature = (method, path, json=None, query=None, options=None))]
    fn curl_request(
        &self,
        py: Python<'_>,
        method: &Bound<'_, PyAny>,
        path: &Bound<'_, PyAny>,
        json: Option<&Bound<'_, PyAny>>,
        query: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<String> {
        curl_command(py, self.path_request(py, method, path, json, query, options)?.run(false))
    }

    /// False if the machine has no root certificates; see `set_fallback_certificates`.
    #[getter]
    fn has_certificates(&self) -> bool {
        self.client.has_root_certificates()
    }

    /// Decodes a row of strings to the arguments of an operation.
    fn decode_row<'py>(&self, operation: &str, row: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = row.py();
        let method = format!("{operation}_from_row");
        let mut errors = FieldErrors::new(Subject::Operation(&method));
        let Some(cells) = mapping(row)? else {
            errors.add("row", format!("expected a mapping of column names to cells, got {}", kind_of(row)));
            errors.finish(py)?;
            return Ok(py.None().into_bound(py));
        };
        let cells = row_cells(&cells, "row", &mut errors)?;
        let row = to_arguments(&cells, "", |name| takes_file(operation, name), &mut errors)?;
        errors.finish(py)?;
        let decoded = callfluent::bindings::decode_row(&self.client, operation, row);
        let decoded = decoded.map_err(|error| to_exception(py, &InvokeError::Client(error)))?;
        parse(py, &Value::from(decoded).to_string())
    }

    #[getter]
    fn base_url(&self) -> &str {
        self.client.base_url()
    }

    /// Invokes an operation and waits for the response: records of the class that `record_type`
    /// names. `progress` reports the bytes of an upload.
    #[pyo3(signature = (operation, arguments, record_type, files=None, options=None, record=None, progress=None))]
    #[allow(clippy::too_many_arguments)]
    fn invoke<'py>(
        &self,
        py: Python<'py>,
        operation: String,
        arguments: &Bound<'py, PyDict>,
        record_type: &Bound<'py, PyString>,
        files: Option<&Bound<'py, PyAny>>,
        options: Option<&Bound<'py, PyDict>>,
        record: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, NativeUploadProgress>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let progress = progress.map(Bound::get);
        blocking_request::run_with_progress(py, record_type, progress, || {
            let invocation = self.invocation(operation, arguments, files, options, record)?;
            Ok(invocation.observed(py, progress)?.run(self.raw))
        })
    }

    /// Starts an operation. `future` of the queue's event loop gets the response. Returns a ticket
    /// that cancels it.
    #[pyo3(signature = (
        queue, future, operation, arguments, record_type, files=None, options=None, record=None, progress=None
    ))]
    #[allow(clippy::too_many_arguments)]
    fn start(
        &self,
        queue: &Bound<'_, CompletionQueue>,
        future: Py<PyAny>,
        operation: String,
        arguments: &Bound<'_, PyDict>,
        record_type: Py<PyString>,
        files: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
        record: Option<&Bound<'_, PyAny>>,
        progress: Option<&Bound<'_, NativeUploadProgress>>,
    ) -> PyResult<u64> {
        park_on_unwind(|| {
            let invocation = self.invocation(operation, arguments, files, options, record)?;
            let invocation = invocation.observed(queue.py(), progress.map(Bound::get))?;
            preload(record_type.bind(queue.py()))?;
            let verbose = is_verbose(queue.py())?;
            queue.borrow_mut().start(queue.py(), future, record_type, verbose, invocation.run(self.raw))
        })
    }

    /// Returns the position before the first page of a list. Sends nothing.
    #[pyo3(signature = (operation, arguments, options=None))]
    fn pages(
        &self,
        operation: String,
        arguments: &Bound<'_, PyDict>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<NativePages> {
        let Invocation { client, operation, arguments: values, .. } =
            self.invocation(operation, arguments, None, options, None)?;
        Pages::new(client, &operation, values, Naming::Snake)
            .map(NativePages)
            .map_err(|error| to_exception(arguments.py(), &InvokeError::Client(error)))
    }

    /// Returns a wait for the end of a call. Sends nothing.
    fn wait(&self, arguments: &Bound<'_, PyDict>, options: &Bound<'_, PyDict>) -> PyResult<NativeWait> {
        let py = arguments.py();
        let mut errors = FieldErrors::new(Subject::Operation(CALLS_WAIT.name));
        let mut arguments = to_arguments(arguments, "", |_| false, &mut errors)?;
        let options = wait_options(options, &mut errors)?;
        errors.finish(py)?;
        let call_id = take_call_id(&mut arguments);
        let wait = Wait::new(self.client.clone(), arguments, call_id, options, Naming::Snake);
        wait.map(NativeWait::from).map_err(|error| to_exception(py, &InvokeError::Client(error)))
    }

    /// Returns a watch of the calls of an agent. Sends nothing.
    fn watch(&self, arguments: &Bound<'_, PyDict>, options: &Bound<'_, PyDict>) -> PyResult<NativeWatch> {
        let py = arguments.py();
        let mut errors = FieldErrors::new(Subject::Operation(CALLS_WATCH.name));
        let arguments = to_arguments(arguments, "", |_| false, &mut errors)?;
        let options = watch_options(options, &mut errors)?;
        errors.finish(py)?;
        let watch = Watch::new(self.client.clone(), arguments, options, Naming::Snake);
        watch.map(NativeWatch::from).map_err(|error| to_exception(py, &InvokeError::Client(error)))
    }

    /// Returns an export of calls. Neither sends nor writes anything.
    fn export(
        &self,
        path: &Bound<'_, PyAny>,
        since: Option<&Bound<'_, PyAny>>,
        arguments: &Bound<'_, PyDict>,
    ) -> PyResult<NativeExport> {
        let py = arguments.py();
        let mut errors = FieldErrors::new(Subject::Operation(CALLS_EXPORT.name));
        let path: PathBuf = options::converted("path", path, &mut errors)?.unwrap_or_default();
        let since: Option<PathBuf> =
            since.map(|since| options::converted("since", since, &mut errors)).transpose()?.flatten();
        let arguments = to_arguments(arguments, "", |_| false, &mut errors)?;
        errors.finish(py)?;
        let export = Export::new(self.client.clone(), path, since, arguments, Naming::Snake);
        export.map(NativeExport::from).map_err(|error| to_exception(py, &InvokeError::Client(error)))
    }

    /// Returns a bulk operation. Sends nothing. `shared` holds the arguments of all items.
    #[pyo3(signature = (operation, shared, items, bulk_options, options=None))]
    fn bulk(
        &self,
        operation: &str,
        shared: &Bound<'_, PyDict>,
        items: &Bound<'_, PyAny>,
        bulk_options: &Bound<'_, PyDict>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<NativeBulk> {
        park_on_unwind(|| {
            let Some(known) = catalog::find_bulk(operation) else {
                return Err(PyKeyError::new_err(operation.to_owned()));
            };
            let mut errors = FieldErrors::new(Subject::Operation(operation));
            let shared = to_arguments(shared, "", |_| false, &mut errors)?;
            let (items, ids, are_positions) = bulk::to_items(known, items, &mut errors)?;
            let bulk_options = bulk::to_options(bulk_options, &mut errors)?;
            let client = options::with_options(&self.client, options, &mut errors)?;
            errors.finish(ids.py())?;
            let request =
                BulkRequest { operation: operation.to_owned(), shared, items, are_positions, options: bulk_options };
            NativeBulk::new(client, request, &ids)
        })
    }

    /// Sends a request to a path and waits for the response.
    #[pyo3(signature = (method, path, json=None, query=None, options=None))]
    fn request<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, PyAny>,
        path: &Bound<'py, PyAny>,
        json: Option<&Bound<'py, PyAny>>,
        query: Option<&Bound<'py, PyAny>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        blocking_request::run(py, &PyString::intern(py, ""), || {
            self.path_request(py, method, path, json, query, options).map(|request| request.run(self.raw))
        })
    }

    /// Starts a request to a path; see `start`.
    #[pyo3(signature = (queue, future, method, path, json=None, query=None, options=None))]
    #[allow(clippy::too_many_arguments)]
    fn start_request(
        &self,
        queue: &Bound<'_, CompletionQueue>,
        future: Py<PyAny>,
        method: &Bound<'_, PyAny>,
        path: &Bound<'_, PyAny>,
        json: Option<&Bound<'_, PyAny>>,
        query: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<u64> {
        park_on_unwind(|| {
            let py = queue.py();
            let request = self.path_request(py, method, path, json, query, options)?;
            let verbose = is_verbose(py)?;
            queue.borrow_mut().start(py, future, PyString::intern(py, "").unbind(), verbose, request.run(self.raw))
        })
    }

    /// Returns the differences between responses and documentation: path, kind, value and count of
    /// each.
    fn drift<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let entries = self.client.drift().into_iter();
        PyList::new(py, entries.map(|entry| (entry.path, entry.kind.to_string(), entry.value, entry.count)))
    }
}
