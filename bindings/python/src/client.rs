//! The waist: any operation of the catalog by its name, called and waited for, or started for an event loop.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use callfluent::schema::Naming;
use callfluent::{Attachment, CallFluent, Result, catalog, runtime};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use serde_json::{Map, Value};
use tokio::task::JoinHandle;

use crate::attachment::to_attachments;
use crate::completion_queue::CompletionQueue;
use crate::error::{FieldErrors, InvokeError, to_exception};
use crate::from_python::{to_arguments, to_query, to_text, to_value};
use crate::log::{LogBuffer, emit, is_verbose, loaded, with_log_sink};
use crate::options;
use crate::response::Response;
use crate::shutdown::park_on_unwind;

/// How often a waiting call looks whether the user wants to interrupt it, and hands over what it has logged.
const TURN: Duration = Duration::from_millis(25);

/// The names of all operations.
#[pyfunction]
pub(crate) fn operations() -> Vec<&'static str> {
    catalog::operations().map(|operation| operation.name).collect()
}

/// A client of the core.
#[pyclass(frozen)]
pub(crate) struct NativeClient {
    client: CallFluent,
    /// The key that the user gave, for pickling; it is shown nowhere.
    given_key: Option<String>,
}

/// One call with everything that it takes.
struct Call {
    client: CallFluent,
    operation: String,
    arguments: Map<String, Value>,
    attachments: Vec<Attachment>,
}

impl Call {
    async fn run(self) -> Result<Response> {
        self.client
            .call_json(&self.operation, self.arguments, self.attachments, Naming::Snake)
            .await
            .map(Response::from)
    }
}

/// A call of what is not modelled.
struct Raw {
    client: CallFluent,
    method: String,
    path: String,
    json: Option<Value>,
    query: Vec<(String, String)>,
}

impl Raw {
    async fn run(self) -> Result<Response> {
        let pairs: Vec<_> = self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.client.request(&self.method, &self.path, self.json, &pairs).await.map(Response::from)
    }
}

impl NativeClient {
    fn prepare(
        &self,
        operation: String,
        named: &Bound<'_, PyDict>,
        files: Option<&Bound<'_, PyAny>>,
        request: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Call> {
        let mut problems = FieldErrors::new(&operation);
        let arguments = to_arguments(named, "", &mut problems)?;
        let attachments = match files {
            Some(files) => problems.take("files", to_attachments(files))?.unwrap_or_default(),
            None => Vec::new(),
        };
        let client = options::with_options(&self.client, request, &mut problems)?;
        problems.finish(named.py())?;
        Ok(Call { client, operation, arguments, attachments })
    }

    fn prepare_raw(
        &self,
        py: Python<'_>,
        method: &Bound<'_, PyString>,
        path: &Bound<'_, PyString>,
        json: Option<&Bound<'_, PyAny>>,
        query: Option<&Bound<'_, PyAny>>,
        request: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Raw> {
        let mut problems = FieldErrors::new("request");
        let method = problems.take("method", to_text(method))?.unwrap_or_default();
        let path = problems.take("path", to_text(path))?.unwrap_or_default();
        let json = json.map(|json| problems.take("json", to_value(json))).transpose()?.flatten();
        let query = query.map(|query| problems.take("query", to_query(query))).transpose()?.flatten();
        let client = options::with_options(&self.client, request, &mut problems)?;
        problems.finish(py)?;
        Ok(Raw { client, method, path, json, query: query.unwrap_or_default() })
    }
}

#[pymethods]
impl NativeClient {
    #[new]
    #[pyo3(signature = (key, settings, user_agent))]
    fn new(
        py: Python<'_>,
        key: Option<&Bound<'_, PyAny>>,
        settings: &Bound<'_, PyDict>,
        user_agent: &str,
    ) -> PyResult<Self> {
        let (client, given_key) = park_on_unwind(|| options::client(py, key, settings, user_agent))?;
        Ok(Self { client, given_key })
    }

    /// The key that the user gave; `None` where it came from the environment.
    fn given_key(&self) -> Option<&str> {
        self.given_key.as_deref()
    }

    /// A client with other options that shares everything else.
    fn with_options(&self, request: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut problems = FieldErrors::new("options");
        let client = options::with_options(&self.client, Some(request), &mut problems)?;
        problems.finish(request.py())?;
        Ok(Self { client, given_key: self.given_key.clone() })
    }

    #[getter]
    fn base_url(&self) -> &str {
        self.client.base_url()
    }

    /// Calls an operation and waits for its answer: records of the class that `shape` names.
    #[pyo3(signature = (operation, arguments, shape, files=None, request=None))]
    fn call<'py>(
        &self,
        py: Python<'py>,
        operation: String,
        arguments: &Bound<'py, PyDict>,
        shape: &Bound<'py, PyString>,
        files: Option<&Bound<'py, PyAny>>,
        request: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        park_on_unwind(|| {
            let call = self.prepare(operation, arguments, files, request)?;
            wait(py, shape, call.run())
        })
    }

    /// Starts an operation; `future` of the loop of `completions` gets its answer. Returns a ticket to cancel it with.
    #[pyo3(signature = (completions, future, operation, arguments, shape, files=None, request=None))]
    #[allow(clippy::too_many_arguments)]
    fn start(
        &self,
        completions: &Bound<'_, CompletionQueue>,
        future: Py<PyAny>,
        operation: String,
        arguments: &Bound<'_, PyDict>,
        shape: Py<PyString>,
        files: Option<&Bound<'_, PyAny>>,
        request: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<u64> {
        park_on_unwind(|| {
            let call = self.prepare(operation, arguments, files, request)?;
            let verbose = is_verbose(completions.py())?;
            completions.borrow_mut().start(future, shape, verbose, call.run())
        })
    }

    /// Calls what is not modelled and waits for its answer.
    #[pyo3(signature = (method, path, json=None, query=None, request=None))]
    fn request<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, PyString>,
        path: &Bound<'py, PyString>,
        json: Option<&Bound<'py, PyAny>>,
        query: Option<&Bound<'py, PyAny>>,
        request: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        park_on_unwind(|| {
            let call = self.prepare_raw(py, method, path, json, query, request)?;
            wait(py, &PyString::intern(py, ""), call.run())
        })
    }

    /// Starts what is not modelled; see `start`.
    #[pyo3(signature = (completions, future, method, path, json=None, query=None, request=None))]
    #[allow(clippy::too_many_arguments)]
    fn start_request(
        &self,
        completions: &Bound<'_, CompletionQueue>,
        future: Py<PyAny>,
        method: &Bound<'_, PyString>,
        path: &Bound<'_, PyString>,
        json: Option<&Bound<'_, PyAny>>,
        query: Option<&Bound<'_, PyAny>>,
        request: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<u64> {
        park_on_unwind(|| {
            let py = completions.py();
            let call = self.prepare_raw(py, method, path, json, query, request)?;
            let shapeless = PyString::intern(py, "").unbind();
            let verbose = is_verbose(py)?;
            completions.borrow_mut().start(future, shapeless, verbose, call.run())
        })
    }

    /// Where the answers differed from the documentation: path, kind, value and count of each difference.
    fn drift<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let differences = self.client.drift().into_iter();
        PyList::new(
            py,
            differences
                .map(|difference| (difference.path, difference.kind.to_string(), difference.value, difference.count)),
        )
    }
}

/// A call that is waited for: on this thread, until this thread has something else to do.
enum Waited<T> {
    Here(Pin<Box<dyn Future<Output = std::result::Result<T, String>> + Send>>),
    There(JoinHandle<std::result::Result<T, String>>),
}

impl<T: Send + 'static> Waited<T> {
    /// What becomes of it.
    async fn ended(&mut self) -> std::result::Result<T, String> {
        match self {
            Self::Here(call) => call.await,
            Self::There(task) => task.await.unwrap_or_else(|ended| Err(ended.to_string())),
        }
    }

    /// Has it go on while this thread runs Python: it may hold what calls of a handler, or of other threads, wait for.
    fn hand_over(&mut self) -> std::io::Result<()> {
        if let Self::Here(call) = self {
            let call = std::mem::replace(call, Box::pin(std::future::pending()));
            *self = Self::There(runtime::spawn(call)?);
        }
        Ok(())
    }
}

impl<T> Drop for Waited<T> {
    fn drop(&mut self) {
        if let Self::There(task) = self {
            task.abort();
        }
    }
}

/// Waits for a call without the interpreter's lock. Ctrl+C ends the request.
fn wait<'py>(
    py: Python<'py>,
    shape: &Bound<'py, PyString>,
    call: impl Future<Output = Result<Response>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>> {
    let verbose = is_verbose(py)?;
    let signals = runs_signal_handlers(py)?;
    let lines = Arc::new(LogBuffer::default());
    let mut call = Waited::Here(Box::pin(with_log_sink(verbose, Arc::clone(&lines) as _, runtime::caught(call))));
    let result = loop {
        let turn = (signals || verbose).then_some(TURN);
        let turns = || loop {
            let ended = runtime::block_on_for(call.ended(), turn)?;
            if ended.is_some() || signals || !lines.is_empty() {
                return Ok::<_, std::io::Error>(ended);
            }
        };
        match py.detach(turns)? {
            Some(ended) => break ended,
            // Not within the runtime: signal handlers and log handlers may make calls of their own.
            None => {
                call.hand_over()?;
                let told = emit(py, lines.take());
                if let Err(interrupt) = py.check_signals().and(told) {
                    emit(py, lines.take())?;
                    return Err(interrupt);
                }
            }
        }
    };
    let answer = match result {
        Ok(Ok(answer)) => answer.into_python(py, shape),
        Ok(Err(error)) => Err(to_exception(py, &InvokeError::Client(error))),
        Err(defect) => Err(to_exception(py, &InvokeError::Panic(defect))),
    };
    emit(py, lines.take())?;
    answer
}

/// Whether Python runs signal handlers on this thread: on the main one and no other. Another one has nothing to look for,
/// and attaches for nothing else than what it has to hand over: the interpreter may be ending meanwhile.
fn runs_signal_handlers(py: Python<'_>) -> PyResult<bool> {
    thread_local! {
        /// For which process it was found out; after a fork another thread may be the main one.
        static KNOWN: Cell<Option<(u32, bool)>> = const { Cell::new(None) };
    }
    let process = std::process::id();
    if let Some((owner, known)) = KNOWN.get()
        && owner == process
    {
        return Ok(known);
    }
    // Where nobody has imported `threading` there is one thread, and the import is saved.
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
