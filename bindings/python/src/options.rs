//! Options of a client and of a single request, from the package's keyword arguments. Environment
//! variables come from the package too: `os.environ` may differ from the environment of the
//! process.

use std::path::PathBuf;
use std::time::Duration;

use callfluent::CallFluent;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};
use serde_json::{Map, Value};

use crate::error::{InvokeError, to_exception};
use crate::exceptions::unless_interrupted;
use crate::from_python::{mapping, to_arguments, to_string};
use crate::hooks::PythonHooks;
use crate::invalid_value::{FieldErrors, InvalidValue, Subject, kind_of, shown};

/// Builds a client. Returns it with its key, if one was given as an argument.
pub(crate) fn client(
    py: Python<'_>,
    api_key: Option<&Bound<'_, PyAny>>,
    options: &Bound<'_, PyDict>,
    environment: Vec<(String, String)>,
    user_agent: &str,
    hooks: Option<Py<PyAny>>,
) -> PyResult<(CallFluent, Option<String>)> {
    let mut errors = FieldErrors::new(Subject::Client);
    let mut builder = CallFluent::builder().environment(environment).default_header("user-agent", user_agent);
    if let Some(runner) = hooks {
        builder = builder.hooks(PythonHooks::new(runner));
    }
    let api_key = match api_key.map(|key| key.extract::<String>().map_err(|_| kind_of(key))).transpose() {
        Ok(api_key) => api_key,
        Err(kind) => {
            errors.add("api_key", format!("expected a string, got {kind}"));
            // A placeholder, so that the core does not report the key as missing too.
            Some("invalid".to_owned())
        }
    };
    if let Some(key) = &api_key {
        builder = builder.api_key(key.clone());
    }
    macro_rules! set {
        ($($name:ident: $type:ty),* $(,)?) => { $(
            if let Some(value) = option::<$type>(options, stringify!($name), &mut errors)? {
                builder = builder.$name(value);
            }
        )* };
    }
    set! {
        base_url: String, max_retries: u32, max_concurrency: usize, requests_per_second: f64, burst: usize,
        proxy: String, ca_bundle: PathBuf, client_certificate: PathBuf, validate: bool, allow_http: bool, strict: bool,
        offline: bool,
    }
    if let Some(timeout) = duration(options, "timeout", &mut errors)? {
        builder = builder.timeout(timeout);
    }
    if let Some(timeout) = duration(options, "queue_timeout", &mut errors)? {
        builder = builder.queue_timeout(timeout);
    }
    if let Some(timeout) = duration(options, "connect_timeout", &mut errors)? {
        builder = builder.connect_timeout(timeout);
    }
    for (name, value) in headers(options, "default_headers", &mut errors)? {
        builder = builder.default_header(name, value);
    }
    let built = builder.build();
    if !errors.is_empty() {
        if let Err(error) = &built {
            errors.add_all(error, |field| field);
        }
        errors.finish(py)?;
    }
    built.map(|client| (client, api_key)).map_err(|error| to_exception(py, &InvokeError::Client(error)))
}

/// Returns the client with the options of one request; adds those that are invalid.
pub(crate) fn with_options(
    client: &CallFluent,
    options: Option<&Bound<'_, PyDict>>,
    errors: &mut FieldErrors<'_>,
) -> PyResult<CallFluent> {
    let Some(options) = options.filter(|options| !options.is_empty()) else {
        return Ok(client.clone());
    };
    let mut changed = client.options().clone();
    if let Some(timeout) = duration(options, "timeout", errors)? {
        changed = changed.timeout(timeout);
    }
    if let Some(timeout) = duration(options, "queue_timeout", errors)? {
        changed = changed.queue_timeout(timeout);
    }
    if let Some(retries) = option::<u32>(options, "max_retries", errors)? {
        changed = changed.max_retries(retries);
    }
    for (name, value) in headers(options, "extra_headers", errors)? {
        changed = changed.header(&name, &value);
    }
    if let Some(id) = option::<String>(options, "request_id", errors)? {
        changed = changed.request_id(&id);
    }
    if let Some(fields) = mapping_option(options, "extra_body", errors)? {
        changed = changed.extra_body(to_arguments(&fields, "extra_body.", |_| false, errors)?);
    }
    if let Err(error) = changed.check() {
        errors.add_all(&error, |field| if field == "headers" { "extra_headers" } else { field });
    }
    Ok(client.with_options(|_| changed))
}

/// Returns the client with more fields for the body. Fields that the request's own `extra_body` has
/// stay.
pub(crate) fn with_extra_body(client: &CallFluent, mut fields: Map<String, Value>) -> CallFluent {
    client.with_options(|options| {
        fields.extend(options.extra_body_fields().cloned().unwrap_or_default());
        options.extra_body(fields)
    })
}

/// Description of a valid value, for error messages.
pub(crate) trait Expected {
    const EXPECTED: &'static str;
    /// True if it is a number, which a boolean is not.
    const IS_NUMBER: bool;
}

macro_rules! expected {
    ($($type:ty: $text:literal, $is_number:literal;)*) => { $(
        impl Expected for $type {
            const EXPECTED: &'static str = $text;
            const IS_NUMBER: bool = $is_number;
        }
    )* };
}

expected! {
    u32: "an integer of at least 0", true;
    usize: "an integer of at least 0", true;
    f64: "a number", true;
    bool: "True or False", false;
    String: "a string", false;
    PathBuf: "a path", false;
}

fn get<'py>(options: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(options.get_item(name)?.filter(|value| !value.is_none()))
}

pub(crate) fn option<'py, T: FromPyObjectOwned<'py> + Expected>(
    options: &Bound<'py, PyDict>,
    name: &str,
    errors: &mut FieldErrors<'_>,
) -> PyResult<Option<T>> {
    match get(options, name)? {
        Some(value) => converted(name, &value, errors),
        None => Ok(None),
    }
}

/// Converts a value, or adds what was expected.
pub(crate) fn converted<'py, T: FromPyObjectOwned<'py> + Expected>(
    name: &str,
    value: &Bound<'py, PyAny>,
    errors: &mut FieldErrors<'_>,
) -> PyResult<Option<T>> {
    // `True` is 1 to Python, and nobody means that.
    let is_other = T::IS_NUMBER && value.is_instance_of::<PyBool>();
    let converted = match value.extract::<T>() {
        Ok(converted) if !is_other => Some(converted),
        Ok(_) => None,
        Err(error) => unless_interrupted(value.py(), Err(error.into()))?,
    };
    if converted.is_none() {
        errors.add(name, format!("expected {}, got {}", T::EXPECTED, shown(value)));
    }
    Ok(converted)
}

/// A duration, in seconds or as a `timedelta`.
pub(crate) fn duration(
    options: &Bound<'_, PyDict>,
    name: &str,
    errors: &mut FieldErrors<'_>,
) -> PyResult<Option<Duration>> {
    let Some(value) = get(options, name)? else {
        return Ok(None);
    };
    let seconds = match value.getattr_opt("total_seconds")? {
        Some(method) => method.call0()?,
        None => value.clone(),
    };
    let seconds = unless_interrupted(value.py(), seconds.extract::<f64>())?;
    let Some(seconds) = seconds.filter(|_| !value.is_instance_of::<PyBool>()) else {
        errors.add(name, format!("expected seconds as a number, got {}", shown(&value)));
        return Ok(None);
    };
    if seconds == f64::INFINITY {
        return Ok(Some(Duration::MAX));
    }
    let duration = Duration::try_from_secs_f64(seconds).ok();
    if duration.is_none() {
        errors.add(name, format!("expected seconds, a number above 0, got {seconds}"));
    }
    Ok(duration)
}

fn mapping_option<'py>(
    options: &Bound<'py, PyDict>,
    name: &str,
    errors: &mut FieldErrors<'_>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let Some(value) = get(options, name)? else {
        return Ok(None);
    };
    let converted = mapping(&value)?;
    let expected = || InvalidValue::new(format!("expected a mapping, got {}", kind_of(&value)));
    errors.check(name, converted.ok_or_else(expected))
}

/// Headers. A value may be a secret, so an invalid one is not shown.
fn headers(options: &Bound<'_, PyDict>, name: &str, errors: &mut FieldErrors<'_>) -> PyResult<Vec<(String, String)>> {
    let mut headers = Vec::new();
    for (header, value) in mapping_option(options, name, errors)?.into_iter().flatten() {
        let Ok(header) = header.cast::<PyString>() else {
            errors.add(name, format!("a header name must be a string, got {}", kind_of(&header)));
            continue;
        };
        let Ok(value) = value.cast::<PyString>() else {
            errors.add(name, format!("the header {:?} must be a string, got {}", header.to_string(), kind_of(&value)));
            continue;
        };
        let place = format!("{name}[{:?}]", header.to_string());
        let header = errors.check(name, to_string(header))?;
        let value = errors.check(&place, to_string(value))?;
        headers.extend(header.zip(value));
    }
    Ok(headers)
}
