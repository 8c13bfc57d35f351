//! Bulk operations. Python passes all items at once and takes the results in chunks.

use std::pin::pin;
use std::sync::Arc;

use callfluent::bindings::catalog::{BulkOperation, Key};
use callfluent::bindings::{
    BulkChunk, BulkOptions, BulkRequest, BulkRequestItem, PublicJson, Work, runtime, start_bulk,
};
use callfluent::{BulkStream, CallFluent, Id, Resolution, Result};
use futures_util::future::{Either, select};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::blocking_request;
use crate::bulk_hooks::BulkHooks;
use crate::completion_queue::CompletionQueue;
use crate::context::current_context;
use crate::error::{InvokeError, to_exception};
use crate::from_python::{mapping, to_arguments, to_value};
use crate::hooks::with_hook_sink;
use crate::invalid_value::{FieldErrors, kind_of, shown};
use crate::lazy_record::LazyRecord;
use crate::log::{LogBuffer, flush_in, is_verbose, with_log_sink};
use crate::options::option;
use crate::record_arguments::{move_undocumented, takes_file};
use crate::response::{Response, preload};
use crate::row_cells::row_cells;
use crate::shutdown::park_on_unwind;

/// A bulk operation: before its start, or while it runs.
enum State {
    Prepared(CallFluent, Box<BulkRequest>),
    Running(BulkStream<PublicJson>),
    /// It has ended, or was canceled.
    Ended,
}

/// A bulk operation that the first `next` or `start_next` starts.
#[pyclass(frozen)]
pub(crate) struct NativeBulk {
    state: Arc<Mutex<State>>,
    surroundings: Surroundings,
    /// The context of `contextvars` in which it was created, for log records.
    context: Arc<Option<Py<PyAny>>>,
    /// The IDs as the user passed them.
    #[pyo3(get)]
    ids: Py<PyList>,
}

/// The destinations of the log records and of the events of the hooks.
#[derive(Clone)]
struct Surroundings {
    verbose: bool,
    log: Arc<LogBuffer>,
    /// Set if a client has hooks.
    hooks: Option<Arc<BulkHooks>>,
}

impl Surroundings {
    fn around(self, work: Work) -> Work {
        let work = with_log_sink(self.verbose, self.log, work);
        match self.hooks {
            Some(hooks) => Box::pin(with_hook_sink(hooks, work)),
            None => Box::pin(work),
        }
    }
}

impl NativeBulk {
    /// Returns an operation that was not validated and not started.
    pub(crate) fn new(client: CallFluent, request: BulkRequest, ids: &Bound<'_, PyList>) -> PyResult<Self> {
        let py = ids.py();
        let (verbose, log, hooks) = (is_verbose(py)?, Arc::default(), BulkHooks::new(py)?);
        let context = Arc::new(current_context(py)?);
        let state = Arc::new(Mutex::new(State::Prepared(client, Box::new(request))));
        Ok(Self { state, surroundings: Surroundings { verbose, log, hooks }, context, ids: ids.clone().unbind() })
    }

    /// Waits for further results, or until hooks have to run; the first time, starts the operation.
    fn next_chunk(&self) -> impl Future<Output = Result<Response>> + Send + use<> {
        let (state, surroundings) = (Arc::clone(&self.state), self.surroundings.clone());
        let context = Arc::clone(&self.context);
        async move {
            let arrived = state.lock().await.next_chunk(&surroundings).await?;
            let Surroundings { log, hooks, .. } = surroundings;
            Ok(Response::Other(Box::new(move |py, record_type| {
                flush_in(py, (*context).as_ref(), log.take())?;
                hooks.map_or(Ok(()), |hooks| hooks.run_waiting(py))?;
                match arrived {
                    Arrived::Results(Some(chunk)) => to_python(py, record_type, chunk),
                    Arrived::Results(None) => Ok(py.None().into_bound(py)),
                    Arrived::Hooks => Ok(PyTuple::empty(py).into_any()),
                }
            })))
        }
    }
}

impl State {
    /// Waits for further results, or for an event of hooks; `None` at the end, and after it was
    /// canceled.
    async fn next_chunk(&mut self, surroundings: &Surroundings) -> Result<Arrived> {
        if let Self::Prepared(..) = self
            && let Self::Prepared(client, request) = std::mem::replace(self, Self::Ended)
        {
            let surroundings = surroundings.clone();
            if let Some(results) = start_bulk(client, *request, move |work| surroundings.around(work)).await? {
                *self = Self::Running(results);
            }
        }
        match self {
            Self::Running(results) => Ok(next_or_hooks(results, surroundings.hooks.as_deref()).await),
            _ => Ok(Arrived::Results(None)),
        }
    }
}

#[pymethods]
impl NativeBulk {
    /// Waits for further results; the first time, validates all items and starts the operation.
    /// Returns a tuple of the results, of the number of completed items, and of the number of
    /// failed ones; `None` at the end, and an empty tuple if only hooks have run.
    fn next<'py>(&self, py: Python<'py>, record_type: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        blocking_request::run(py, record_type, || Ok(self.next_chunk()))
    }

    /// Starts to wait for further results. `future` gets what `next` returns. Returns a ticket that
    /// cancels the wait.
    fn start_next(
        &self,
        queue: &Bound<'_, CompletionQueue>,
        future: Py<PyAny>,
        record_type: Py<PyString>,
    ) -> PyResult<u64> {
        park_on_unwind(|| {
            let py = queue.py();
            preload(record_type.bind(py))?;
            queue.borrow_mut().start(py, future, record_type, is_verbose(py)?, self.next_chunk())
        })
    }

    /// Cancels what is left. A traceback can keep this object alive.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        if let Ok(mut state) = self.state.try_lock() {
            *state = State::Ended;
        } else {
            // A wait that is being canceled holds it for a moment.
            let state = Arc::clone(&self.state);
            let _ = runtime::spawn(async move { *state.lock().await = State::Ended });
        }
        park_on_unwind(|| self.surroundings.hooks.as_ref().map_or(Ok(()), |hooks| hooks.cancel(py)))
    }
}

/// The end of a wait for a bulk operation.
enum Arrived {
    /// Results; `None` at the end.
    Results(Option<BulkChunk<PublicJson>>),
    /// Only events of hooks.
    Hooks,
}

/// Waits for further results, or for an event of hooks.
async fn next_or_hooks(results: &mut BulkStream<PublicJson>, hooks: Option<&BulkHooks>) -> Arrived {
    let Some(hooks) = hooks else {
        return Arrived::Results(results.next_chunk().await);
    };
    // Results come first: hooks must not delay the progress.
    match select(pin!(results.next_chunk()), pin!(hooks.arrived())).await {
        Either::Left((chunk, _)) => Arrived::Results(chunk),
        Either::Right(_) => Arrived::Hooks,
    }
}

/// Returns a tuple: for each item its value, its error, and whether it comes from the journal; then
/// the numbers of completed and of failed items.
fn to_python<'py>(
    py: Python<'py>,
    record_type: &Bound<'py, PyString>,
    chunk: BulkChunk<PublicJson>,
) -> PyResult<Bound<'py, PyAny>> {
    let results = PyList::empty(py);
    for item in chunk.items {
        let value = item.value.map(|value| Response::from(value).into_python(py, record_type)).transpose()?;
        let error = item.error.map(|error| to_exception(py, &InvokeError::Client(error)).into_value(py));
        results.append((value, error, item.from_journal))?;
    }
    Ok((results, chunk.completed, chunk.failed).into_pyobject(py)?.into_any())
}

/// Converts the items of a bulk operation. Returns them with their IDs as the user passed them, and
/// whether these are positions.
pub(crate) fn to_items<'py>(
    operation: &BulkOperation,
    items: &Bound<'py, PyAny>,
    errors: &mut FieldErrors<'_>,
) -> PyResult<(Vec<BulkRequestItem>, Bound<'py, PyList>, bool)> {
    let py = items.py();
    let ids = PyList::empty(py);
    let mut converted = Vec::new();
    let named = mapping(items)?;
    let are_positions = named.is_none() && operation.key == Key::Own;
    let pairs = match named {
        Some(named) if !operation.takes_only_ids() => named.items().into_any(),
        None if is_list_like(items)? && (operation.takes_only_ids() || are_positions) => items.clone(),
        _ => {
            let expected = if operation.takes_only_ids() { "IDs in a list" } else { "fields by ID in a mapping" };
            errors.add(operation.items, format!("expected {expected}, got {}", kind_of(items)));
            return Ok((converted, ids, are_positions));
        }
    };
    for (index, entry) in pairs.try_iter()?.enumerate() {
        let entry = entry?;
        let (id, fields) = if operation.takes_only_ids() {
            (entry, None)
        } else if are_positions {
            (index.into_pyobject(py)?.into_any(), Some(entry))
        } else {
            let (id, fields) = entry.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
            (id, Some(fields))
        };
        let place = format!(
            "{}[{}]",
            operation.items,
            if operation.takes_only_ids() { index.to_string() } else { id.to_string() }
        );
        let value = errors.check(&place, to_value(&id))?;
        let is_id = |value: &Value| value.is_string() || value.as_f64().is_some_and(|number| number.fract() == 0.0);
        let Some(value) = value.filter(is_id) else {
            errors.add(&place, format!("expected an ID, an integer or a string, got {}", shown(&id)));
            continue;
        };
        let mut item = BulkRequestItem { id: value, ..BulkRequestItem::default() };
        if let Some(fields) = fields {
            (item.arguments, item.extra_body) = to_fields(operation, &fields, &place, errors)?;
        }
        converted.push(item);
        ids.append(id)?;
    }
    Ok((converted, ids, are_positions))
}

/// Returns whether a value can be iterated, and its items are not characters or bytes.
fn is_list_like(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let is_text = value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>();
    Ok(!is_text && (value.hasattr("__iter__")? || value.hasattr("__getitem__")?))
}

/// Converts the fields of an item: a mapping, or a record of a response.
fn to_fields(
    operation: &BulkOperation,
    fields: &Bound<'_, PyAny>,
    place: &str,
    errors: &mut FieldErrors<'_>,
) -> PyResult<(Map<String, Value>, Map<String, Value>)> {
    let name = operation.item.name;
    let arguments = PyDict::new(fields.py());
    let Some(given) = mapping(fields)? else {
        let values = if operation.are_rows() { "column names to cells" } else { "fields" };
        errors.add(place, format!("expected a mapping of {values}, got {}", kind_of(fields)));
        return Ok(Default::default());
    };
    if operation.are_rows() {
        let cells = row_cells(&given, place, errors)?;
        let arguments = to_arguments(&cells, &format!("{place}."), |field| takes_file(name, field), errors)?;
        return Ok((arguments, Map::new()));
    }
    let undocumented = match fields.cast::<LazyRecord>() {
        Ok(_) => move_undocumented(name, &arguments, Some(fields), errors)?,
        Err(_) => {
            arguments.update(given.as_mapping())?;
            move_undocumented(name, &arguments, None, errors)?
        }
    };
    if let Key::Argument(key) = operation.key {
        // The ID of a record is that of the item.
        for known in [key, "id"] {
            if fields.is_instance_of::<LazyRecord>() && arguments.contains(known)? {
                arguments.del_item(known)?;
            }
        }
    }
    let arguments = to_arguments(&arguments, &format!("{place}."), |field| takes_file(name, field), errors)?;
    Ok((arguments, undocumented))
}

/// Converts the options of a bulk operation.
pub(crate) fn to_options(options: &Bound<'_, PyDict>, errors: &mut FieldErrors<'_>) -> PyResult<BulkOptions> {
    let mut converted = BulkOptions::default();
    if let Some(limit) = option(options, "max_concurrency", errors)? {
        converted.max_concurrency = limit;
    }
    converted.dry_run = option(options, "dry_run", errors)?.unwrap_or_default();
    converted.journal = option(options, "journal", errors)?;
    let Some(resolve) = options.get_item("resolve")?.filter(|resolve| !resolve.is_none()) else {
        return Ok(converted);
    };
    let Some(decisions) = mapping(&resolve)? else {
        errors
            .add("resolve", format!("expected a mapping of IDs to \"done\" or \"repeat\", got {}", kind_of(&resolve)));
        return Ok(converted);
    };
    for (id, decision) in decisions.iter() {
        let place = format!("resolve[{id}]");
        let id = errors.check(&place, to_value(&id))?.and_then(|id| serde_json::from_value::<Id>(id).ok());
        let decision = match decision.extract::<String>().as_deref() {
            Ok("done") => Some(Resolution::Done),
            Ok("repeat") => Some(Resolution::Repeat),
            _ => {
                errors.add(&place, format!("expected \"done\" or \"repeat\", got {}", shown(&decision)));
                None
            }
        };
        converted.resolve.extend(id.zip(decision));
    }
    Ok(converted)
}
