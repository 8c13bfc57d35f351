//! The sandbox, a local fake of the API, for tests and demos in Python: the same one as everywhere, linked in.

use std::sync::{Mutex, PoisonError};

use callfluent::runtime::without_signals;
use callfluent_sandbox::Sandbox;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::shown;
use crate::shutdown::park_on_unwind;

/// A running sandbox. It ends when it is closed or forgotten.
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
                    let read = value.extract::<$type>().map_err(|_| unusable(stringify!($name), stringify!($type), &value))?;
                    builder = builder.$name(read);
                }
            )* };
        }
        set! {
            port: u16, demo: bool, seed: u64, clock: u64, api_key: String, page_size: usize, agent_limit: usize,
            workspace_limit: usize, journal_limit: usize, likely_fields: bool, drop_fields: Vec<String>,
        }
        let sandbox = without_signals(|| builder.start_blocking())
            .map_err(|error| PyOSError::new_err(format!("the sandbox cannot start: {error}")))?;
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

    /// Ends the sandbox and waits until it is gone.
    fn close(&self, py: Python<'_>) {
        let sandbox = self.sandbox.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sandbox) = sandbox {
            park_on_unwind(|| py.detach(|| sandbox.close_blocking()));
        }
    }
}

fn unusable(name: &str, kind: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let expected = match kind {
        "u16" => "a port from 0 to 65535",
        "u64" | "usize" => "a whole number of at least 0",
        "bool" => "True or False",
        "String" => "text",
        _ => "a list of texts",
    };
    PyValueError::new_err(format!("{name}: expected {expected}, got {}", shown(value)))
}

/// Runs the program `callfluent-sandbox` with these arguments until it is interrupted; gives its exit code.
#[pyfunction]
pub(crate) fn run_sandbox(py: Python<'_>, arguments: Vec<String>) -> u8 {
    park_on_unwind(|| py.detach(|| callfluent_sandbox::run_from_arguments(arguments)))
}
