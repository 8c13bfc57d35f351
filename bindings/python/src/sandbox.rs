//! The sandbox, a local fake of the API for tests and demos, which is linked into this module.

use std::io::ErrorKind;
use std::sync::{Mutex, PoisonError};

use callfluent::bindings::is_offline;
use callfluent::bindings::runtime::without_signals;
use callfluent_sandbox::Sandbox;
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::invalid_value::shown;
use crate::shutdown::park_on_unwind;

/// A running sandbox. It stops when it is closed or garbage-collected.
#[pyclass(frozen)]
pub(crate) struct NativeSandbox {
    sandbox: Mutex<Option<Sandbox>>,
    base_url: String,
    control_url: String,
    api_key: String,
}

#[pymethods]
impl NativeSandbox {
    #[new]
    fn new(settings: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut builder = Sandbox::builder();
        macro_rules! set {
            ($($name:ident: $type:ty),* $(,)?) => { $(
                if let Some(value) = settings.get_item(stringify!($name))?.filter(|value| !value.is_none()) {
                    let value = value.extract::<$type>().map_err(|_| invalid_setting(stringify!($name), stringify!($type), &value))?;
                    builder = builder.$name(value);
                }
            )* };
        }
        set! {
            port: u16, demo: bool, seed: u64, clock: u64, api_key: String, page_size: usize, seconds_per_poll: u64,
            agent_limit: usize, workspace_limit: usize, journal_limit: usize, likely_fields: bool, drop_fields: Vec<String>,
            record: std::path::PathBuf, target: String, replay: std::path::PathBuf,
        }
        let variable = settings.get_item("offline_variable")?.map(|value| value.extract::<String>()).transpose()?;
        let builder = builder.offline_environment(variable.unwrap_or_default(), is_offline());
        let sandbox = without_signals(|| builder.start_blocking()).map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => PyValueError::new_err(error.to_string()),
            _ => PyOSError::new_err(format!("sandbox could not start: {error}")),
        })?;
        Ok(Self {
            base_url: sandbox.base_url().to_owned(),
            control_url: sandbox.control_url(),
            api_key: sandbox.api_key().to_owned(),
            sandbox: Mutex::new(Some(sandbox)),
        })
    }

    #[getter]
    fn base_url(&self) -> &str {
        &self.base_url
    }

    #[getter]
    fn control_url(&self) -> &str {
        &self.control_url
    }

    #[getter]
    fn api_key(&self) -> &str {
        &self.api_key
    }

    /// The descriptor of the listening socket, which a forked process has to close; `None` on
    /// Windows.
    #[getter]
    fn listener(&self) -> Option<i32> {
        #[cfg(unix)]
        return self.sandbox.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(Sandbox::listener);
        #[cfg(not(unix))]
        None
    }

    /// Runs a control request and returns the JSON body of its response.
    fn control(&self, method: &str, target: &str, body: &str) -> PyResult<String> {
        let sandbox = self.sandbox.lock().unwrap_or_else(PoisonError::into_inner);
        running(sandbox.as_ref())?.control(method, target, body).map_err(PyValueError::new_err)
    }

    /// Waits until all requests to webhooks have been sent.
    fn wait_for_webhooks(&self, py: Python<'_>) -> PyResult<()> {
        // The lock is not held while waiting: other threads use the sandbox in the meantime.
        let wait = {
            let sandbox = self.sandbox.lock().unwrap_or_else(PoisonError::into_inner);
            running(sandbox.as_ref())?.webhooks_sent_blocking()
        };
        park_on_unwind(|| py.detach(wait));
        Ok(())
    }

    /// Stops the sandbox and waits until it has stopped.
    fn close(&self, py: Python<'_>) {
        let sandbox = self.sandbox.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sandbox) = sandbox {
            park_on_unwind(|| py.detach(|| sandbox.close_blocking()));
        }
    }
}

/// Returns a sandbox that is open and runs in this process.
fn running(sandbox: Option<&Sandbox>) -> PyResult<&Sandbox> {
    let sandbox = sandbox.ok_or_else(|| PyRuntimeError::new_err("the sandbox is closed"))?;
    sandbox.check_process().map_err(PyRuntimeError::new_err)?;
    Ok(sandbox)
}

fn invalid_setting(name: &str, kind: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let expected = match kind {
        "u16" => "a port from 0 to 65535",
        "u64" | "usize" => "an integer of at least 0",
        "bool" => "True or False",
        "String" => "a string",
        "std::path::PathBuf" => "a path",
        _ => "a list of strings",
    };
    PyValueError::new_err(format!("{name}: expected {expected}, got {}", shown(value)))
}

/// Runs the program `callfluent-sandbox` with these arguments until it is interrupted. Returns its
/// exit code.
#[pyfunction]
pub(crate) fn run_sandbox(py: Python<'_>, arguments: Vec<String>) -> u8 {
    park_on_unwind(|| py.detach(|| callfluent_sandbox::run_from_arguments(arguments)))
}
