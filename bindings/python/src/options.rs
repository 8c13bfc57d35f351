//! Reads what a client and a single request are set up with.

use std::path::PathBuf;
use std::time::Duration;

use callfluent::CallFluent;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::error::{FieldErrors, InvalidValue, kind_of, shown, to_exception, unless_interrupted};
use crate::from_python::{mapping, to_arguments, to_text};

/// Makes a client from keyword arguments of the package's constructor; gives the key as well, where it was given.
pub(crate) fn client(
    py: Python<'_>,
    key: Option<&Bound<'_, PyAny>>,
    settings: &Bound<'_, PyDict>,
    user_agent: &str,
) -> PyResult<(CallFluent, Option<String>)> {
    let mut problems = FieldErrors::new("client");
    let mut builder = CallFluent::builder().default_header("user-agent", user_agent);
    let given_key = match key.map(|key| key.extract::<String>().map_err(|_| kind_of(key))).transpose() {
        Ok(given_key) => given_key,
        Err(kind) => {
            problems.note("api_key", format!("expected text, got {kind}"));
            // One that stands for it, so that nothing else is said of it.
            Some("unusable".to_owned())
        }
    };
    if let Some(key) = &given_key {
        builder = builder.api_key(key.clone());
    }
    macro_rules! set {
        ($($name:ident: $type:ty),* $(,)?) => { $(
            if let Some(value) = given::<$type>(settings, stringify!($name), &mut problems)? {
                builder = builder.$name(value);
            }
        )* };
    }
    set! {
        base_url: String, max_retries: u32, max_concurrency: usize, requests_per_second: f64,
        proxy: String, ca_bundle: PathBuf, validate: bool, allow_http: bool, strict: bool,
    }
    if let Some(timeout) = duration(settings, "timeout", &mut problems)? {
        builder = builder.timeout(timeout);
    }
    if let Some(timeout) = duration(settings, "connect_timeout", &mut problems)? {
        builder = builder.connect_timeout(timeout);
    }
    for (name, value) in headers(settings, "default_headers", &mut problems)? {
        builder = builder.default_header(name, value);
    }
    let built = builder.build();
    if !problems.is_empty() {
        if let Err(error) = &built {
            problems.note_all(error, |field| field);
        }
        problems.finish(py)?;
    }
    built.map(|client| (client, given_key)).map_err(|error| to_exception(py, &error.into()))
}

/// The client with the options of one request; what is wrong with them is noted.
pub(crate) fn with_options(
    client: &CallFluent,
    options: Option<&Bound<'_, PyDict>>,
    problems: &mut FieldErrors,
) -> PyResult<CallFluent> {
    let Some(options) = options.filter(|options| !options.is_empty()) else {
        return Ok(client.clone());
    };
    let mut changed = client.options().clone();
    if let Some(timeout) = duration(options, "timeout", problems)? {
        changed = changed.timeout(timeout);
    }
    if let Some(retries) = given::<u32>(options, "max_retries", problems)? {
        changed = changed.max_retries(retries);
    }
    for (name, value) in headers(options, "extra_headers", problems)? {
        changed = changed.header(&name, &value);
    }
    if let Some(fields) = mapped(options, "extra_body", problems)? {
        changed = changed.extra_body(to_arguments(&fields, "extra_body.", problems)?);
    }
    if let Err(error) = changed.check() {
        // Under the name that the option has here.
        problems.note_all(&error, |field| if field == "headers" { "extra_headers" } else { field });
    }
    Ok(client.with_options(|_| changed))
}

/// What an option is expected to be.
trait Expected {
    const EXPECTED: &'static str;
}

macro_rules! expected {
    ($($type:ty: $text:literal),* $(,)?) => { $( impl Expected for $type { const EXPECTED: &'static str = $text; } )* };
}

expected! {
    u32: "a whole number of at least 0",
    usize: "a whole number of at least 0",
    f64: "a number",
    bool: "True or False",
    String: "text",
    PathBuf: "a path",
}

fn value_of<'py>(settings: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(settings.get_item(name)?.filter(|value| !value.is_none()))
}

fn given<'py, T: FromPyObjectOwned<'py> + Expected>(
    settings: &Bound<'py, PyDict>,
    name: &str,
    problems: &mut FieldErrors,
) -> PyResult<Option<T>> {
    let Some(value) = value_of(settings, name)? else {
        return Ok(None);
    };
    let read = unless_interrupted(value.py(), value.extract::<T>().map_err(Into::into))?;
    if read.is_none() {
        problems.note(name, format!("expected {}, got {}", T::EXPECTED, shown(&value)));
    }
    Ok(read)
}

/// A time, as seconds or as a `timedelta`.
fn duration(settings: &Bound<'_, PyDict>, name: &str, problems: &mut FieldErrors) -> PyResult<Option<Duration>> {
    let Some(value) = value_of(settings, name)? else {
        return Ok(None);
    };
    let seconds = match value.getattr_opt("total_seconds")? {
        Some(method) => method.call0()?,
        None => value.clone(),
    };
    let Some(seconds) = unless_interrupted(value.py(), seconds.extract::<f64>())? else {
        problems.note(name, format!("expected seconds as a number, got {}", shown(&value)));
        return Ok(None);
    };
    if seconds == f64::INFINITY {
        return Ok(Some(Duration::MAX));
    }
    let duration = Duration::try_from_secs_f64(seconds).ok();
    if duration.is_none() {
        problems.note(name, format!("expected seconds, a number above 0, got {seconds}"));
    }
    Ok(duration)
}

fn mapped<'py>(
    settings: &Bound<'py, PyDict>,
    name: &str,
    problems: &mut FieldErrors,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let Some(value) = value_of(settings, name)? else {
        return Ok(None);
    };
    let read =
        mapping(&value)?.ok_or_else(|| InvalidValue::new(format!("expected a mapping, got {}", kind_of(&value))));
    problems.take(name, read)
}

/// Headers. Their values may be secrets, so that a wrong one is not shown.
fn headers(settings: &Bound<'_, PyDict>, name: &str, problems: &mut FieldErrors) -> PyResult<Vec<(String, String)>> {
    let mut read = Vec::new();
    for (header, value) in mapped(settings, name, problems)?.into_iter().flatten() {
        let Ok(header) = header.cast::<PyString>() else {
            problems.note(name, format!("the name of a header must be text, is {}", kind_of(&header)));
            continue;
        };
        let Ok(value) = value.cast::<PyString>() else {
            problems.note(name, format!("the header {:?} must be text, is {}", header.to_string(), kind_of(&value)));
            continue;
        };
        let place = format!("{name}[{:?}]", header.to_string());
        if let (Some(header), Some(value)) =
            (problems.take(name, to_text(header))?, problems.take(&place, to_text(value))?)
        {
            read.push((header, value));
        }
    }
    Ok(read)
}
