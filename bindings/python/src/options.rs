//! Reads what a client and a single request are set up with.

use std::time::Duration;

use callfluent::CallFluent;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert::to_arguments;
use crate::failure::{invalid, to_exception};

/// Makes a client from keyword arguments of the package's constructor.
pub(crate) fn client(
    py: Python<'_>,
    key: Option<String>,
    settings: &Bound<'_, PyDict>,
    user_agent: &str,
) -> PyResult<CallFluent> {
    let mut builder = CallFluent::builder().default_header("user-agent", user_agent);
    if let Some(key) = key {
        builder = builder.api_key(key);
    }
    macro_rules! set {
        ($($name:ident: $type:ty),* $(,)?) => { $(
            if let Some(value) = given::<$type>(settings, stringify!($name))? {
                builder = builder.$name(value);
            }
        )* };
    }
    set! {
        base_url: String, max_retries: u32, max_concurrency: usize, requests_per_second: f64,
        proxy: String, ca_bundle: std::path::PathBuf, validate: bool, allow_http: bool, strict: bool,
    }
    if let Some(seconds) = given::<f64>(settings, "timeout")? {
        builder = builder.timeout(duration(py, seconds, "timeout")?);
    }
    if let Some(seconds) = given::<f64>(settings, "connect_timeout")? {
        builder = builder.connect_timeout(duration(py, seconds, "connect_timeout")?);
    }
    if let Some(headers) = given::<Bound<'_, PyDict>>(settings, "default_headers")? {
        for (name, value) in headers.iter() {
            builder = builder.default_header(name.extract::<String>()?, value.extract::<String>()?);
        }
    }
    builder.build().map_err(|error| to_exception(py, &error))
}

/// The client with the options of one request.
pub(crate) fn with_options(client: &CallFluent, options: Option<&Bound<'_, PyDict>>) -> PyResult<CallFluent> {
    let Some(options) = options.filter(|options| !options.is_empty()) else {
        return Ok(client.clone());
    };
    let mut changed = client.options().clone();
    if let Some(seconds) = given::<f64>(options, "timeout")? {
        changed = changed.timeout(duration(options.py(), seconds, "timeout")?);
    }
    if let Some(retries) = given::<u32>(options, "max_retries")? {
        changed = changed.max_retries(retries);
    }
    if let Some(headers) = given::<Bound<'_, PyDict>>(options, "extra_headers")? {
        for (name, value) in headers.iter() {
            changed = changed.header(&name.extract::<String>()?, &value.extract::<String>()?);
        }
    }
    if let Some(fields) = given::<Bound<'_, PyDict>>(options, "extra_body")? {
        changed = changed.extra_body(to_arguments(&fields)?);
    }
    changed.check().map_err(|error| to_exception(options.py(), &error))?;
    Ok(client.with_options(|_| changed))
}

fn given<'py, T: FromPyObjectOwned<'py>>(settings: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<T>> {
    match settings.get_item(name)? {
        Some(value) if !value.is_none() => {
            value.extract::<T>().map(Some).map_err(|_| invalid(settings.py(), name, &format!("cannot be {value}")))
        }
        _ => Ok(None),
    }
}

fn duration(py: Python<'_>, seconds: f64, name: &str) -> PyResult<Duration> {
    if seconds == f64::INFINITY {
        return Ok(Duration::MAX);
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| invalid(py, name, "must be a number of seconds, at least 0"))
}
