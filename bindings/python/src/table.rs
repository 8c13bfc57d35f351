//! Lists of records as Arrow tables. A table reads records that Python holds, then the pages after
//! them, which the runtime fetches while the consumer works.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, ThreadId};
use std::time::Duration;

use callfluent::bindings::schema::Naming;
use callfluent::bindings::table::{Batch, BatchBuilder, Column, ColumnType, LINES_FOR_COLUMNS, TableSchema};
use callfluent::bindings::{Pages, catalog, runtime};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::arrow_c_data::{ArrowArrayStream, ArrowSchema, Source};
use crate::blocking_request::runs_signal_handlers;
use crate::lazy_record::LazyRecord;
use crate::response::NativePages;

/// Pages that are fetched before the consumer asks for them.
const PAGES_AHEAD: usize = 2;
/// Lines of a file that are read at once.
const LINES_AT_ONCE: usize = 100;
/// Size of the strings of one column from which lines become a batch. A writer of Parquet holds a
/// batch several times.
const MAX_STRING_BYTES_OF_LINES: usize = 2 << 20;
/// Interval in which a waiting main thread checks for Ctrl+C.
const CHECK_INTERVAL: Duration = Duration::from_millis(25);

/// The column of the agent that a call belongs to.
const AGENT_ID: &str = "agent_id";

type Records = Vec<Arc<str>>;

/// Some rows of a table.
#[derive(Clone)]
struct Part {
    records: Records,
    source: RecordsAfter,
    /// The id of the agent, as JSON, if the table has calls of several agents.
    agent_id: Option<String>,
}

/// Records of a part that Python does not hold.
#[derive(Clone)]
enum RecordsAfter {
    Nothing,
    /// The position of a list.
    Pages(Pages),
    /// A file with a record on each line.
    Lines(PathBuf),
}

/// A part as Python passes it.
type GivenPart<'py> = (Bound<'py, PyList>, Option<Bound<'py, NativePages>>, Option<String>);

/// A list of records as a table.
#[pyclass(frozen)]
pub(crate) struct NativeTable {
    schema: TableSchema,
    parts: Vec<Part>,
}

#[pymethods]
impl NativeTable {
    /// Prepares the table of records of one class. `parts` are the records that Python holds, the
    /// position after them, and their agent. `columns` are pairs of a name and a type. If they are
    /// omitted, the columns of undocumented fields are found in the records.
    #[new]
    #[pyo3(signature = (record_type, parts, columns=None))]
    fn new(
        record_type: Option<&str>,
        parts: Vec<GivenPart<'_>>,
        columns: Option<Vec<(String, String)>>,
    ) -> PyResult<Self> {
        let parts = parts
            .into_iter()
            .map(|(records, pages, agent_id)| {
                let records = records.iter().map(|record| json(&record)).collect::<PyResult<_>>()?;
                let pages = pages.map(|pages| RecordsAfter::Pages(pages.get().0.clone()));
                Ok(Part { records, source: pages.unwrap_or(RecordsAfter::Nothing), agent_id })
            })
            .collect::<PyResult<Vec<_>>>()?;
        Ok(Self { schema: schema(record_type, &parts, columns)?, parts })
    }

    /// Prepares the table of records in a JSONL file. If `columns` are omitted, they are found in
    /// the first lines.
    #[staticmethod]
    #[pyo3(signature = (record_type, path, columns=None))]
    fn of_lines(record_type: &str, path: PathBuf, columns: Option<Vec<(String, String)>>) -> PyResult<Self> {
        let file = BufReader::new(File::open(&path)?);
        let records =
            file.lines().take(LINES_FOR_COLUMNS).map(|line| line.map(Arc::from)).collect::<io::Result<_>>()?;
        // With an agent, so that its column is there also if other columns are given.
        let first = Part { records, source: RecordsAfter::Nothing, agent_id: Some(String::new()) };
        let schema = schema(Some(record_type), &[first], columns)?;
        let lines = Part { records: Vec::new(), source: RecordsAfter::Lines(path), agent_id: None };
        Ok(Self { schema, parts: vec![lines] })
    }

    /// Returns the names and types of the columns.
    #[getter]
    fn columns(&self) -> Vec<(String, &'static str)> {
        let columns = self.schema.columns().iter();
        columns.map(|column| (column.name.clone(), column.column_type.name())).collect()
    }

    /// Returns the columns as a capsule of Arrow.
    fn schema<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        PyCapsule::new_with_value(py, ArrowSchema::new(self.schema.columns()), c"arrow_schema")
    }

    /// Returns a new stream of all rows as a capsule of Arrow.
    fn stream<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let rows = Rows {
            schema: self.schema.clone(),
            parts: self.parts.clone().into_iter(),
            agent_id: None,
            records: Vec::new().into_iter(),
            later: None,
            main_thread: runs_signal_handlers(py)?.then(|| thread::current().id()),
        };
        PyCapsule::new_with_value(py, ArrowArrayStream::new(Box::new(rows)), c"arrow_array_stream")
    }
}

/// Returns the JSON of a record.
fn json(record: &Bound<'_, PyAny>) -> PyResult<Arc<str>> {
    if let Some(json) = record.cast::<LazyRecord>()?.get().encoded_json() {
        return Ok(json);
    }
    Ok(Arc::from(record.call_method0("_compact_json")?.extract::<String>()?))
}

fn schema(record_type: Option<&str>, parts: &[Part], columns: Option<Vec<(String, String)>>) -> PyResult<TableSchema> {
    let record = record_type.and_then(catalog::record_type);
    let mut known = record.map_or_else(Vec::new, |record| TableSchema::documented(record, Naming::Snake));
    if parts.iter().any(|part| part.agent_id.is_some()) && !known.iter().any(|column| column.name == AGENT_ID) {
        // After the id.
        known.insert(known.len().min(1), Column::new(AGENT_ID, ColumnType::Int64));
    }
    let all = match columns {
        None => TableSchema::discovered(known, parts.iter().flat_map(|part| &part.records)),
        Some(columns) => with_types(known, columns)?,
    };
    TableSchema::from_columns(all).map_err(invalid)
}

/// Sets the types of columns, and adds those that are not known.
fn with_types(mut known: Vec<Column>, types: Vec<(String, String)>) -> PyResult<Vec<Column>> {
    for (name, column_type) in types {
        let column_type = column_type.parse().map_err(invalid)?;
        match known.iter_mut().find(|column| column.name == name) {
            Some(column) => column.column_type = column_type,
            None => known.push(Column::new(name, column_type)),
        }
    }
    Ok(known)
}

fn invalid(error: impl Display) -> PyErr {
    PyValueError::new_err(format!("columns: {error}"))
}

/// The rows of one stream.
struct Rows {
    schema: TableSchema,
    parts: std::vec::IntoIter<Part>,
    /// The agent of the current part.
    agent_id: Option<String>,
    /// The records at hand of the current part, and the pages after them.
    records: std::vec::IntoIter<Arc<str>>,
    later: Option<LaterPages>,
    /// The thread that runs Python's signal handlers, if the stream was made there.
    main_thread: Option<ThreadId>,
}

/// The pages after the records that Python holds.
enum LaterPages {
    Waiting(Pages),
    Fetching(Fetching),
    Lines(BufReader<File>),
}

impl Source for Rows {
    fn columns(&self) -> &[Column] {
        self.schema.columns()
    }

    fn next(&mut self) -> Result<Option<Batch>, String> {
        let mut batch = BatchBuilder::new(&self.schema);
        while !batch.is_full() && !self.has_enough_lines(&batch) {
            match self.records.next() {
                Some(record) => batch.push_with(&record, self.agent_id.as_deref().map(|id| (AGENT_ID, id))),
                None => match self.next_page()? {
                    Some(records) => self.records = records.into_iter(),
                    None if self.next_part()? => {}
                    None => break,
                },
            }
        }
        Ok((batch.rows() > 0).then(|| batch.finish()))
    }
}

impl Rows {
    /// Returns whether lines fill a batch, so that the memory does not depend on their length.
    fn has_enough_lines(&self, batch: &BatchBuilder) -> bool {
        matches!(self.later, Some(LaterPages::Lines(_))) && batch.longest_strings() >= MAX_STRING_BYTES_OF_LINES
    }

    /// Starts the next part, and returns whether there is one.
    fn next_part(&mut self) -> Result<bool, String> {
        let Some(part) = self.parts.next() else {
            return Ok(false);
        };
        self.agent_id = part.agent_id;
        self.records = part.records.into_iter();
        self.later = match part.source {
            RecordsAfter::Nothing => None,
            RecordsAfter::Pages(pages) => Some(LaterPages::Waiting(pages)),
            RecordsAfter::Lines(path) => {
                let file = File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                Some(LaterPages::Lines(BufReader::new(file)))
            }
        };
        Ok(true)
    }

    fn next_page(&mut self) -> Result<Option<Records>, String> {
        let fetching = match self.later.take() {
            None => return Ok(None),
            Some(LaterPages::Waiting(pages)) => Fetching::start(pages)?,
            Some(LaterPages::Fetching(fetching)) => fetching,
            Some(LaterPages::Lines(mut file)) => {
                let lines = file.by_ref().lines().take(LINES_AT_ONCE);
                let records = lines.map(|line| line.map(Arc::from)).collect::<io::Result<Records>>();
                let records = records.map_err(|error| error.to_string())?;
                self.later = Some(LaterPages::Lines(file));
                return Ok((!records.is_empty()).then_some(records));
            }
        };
        let LaterPages::Fetching(fetching) = self.later.insert(LaterPages::Fetching(fetching)) else {
            return Ok(None);
        };
        fetching.wait(self.main_thread)
    }
}

/// A task of the runtime that fetches pages.
struct Fetching {
    pages: mpsc::Receiver<Result<Records, String>>,
    task: JoinHandle<()>,
}

impl Fetching {
    fn start(mut pages: Pages) -> Result<Self, String> {
        let (sender, receiver) = mpsc::channel(PAGES_AHEAD);
        let task = runtime::spawn(async move {
            while let Some(page) = pages.next().await.transpose() {
                let page = page.map(|page| page.into_records().unwrap_or_default()).map_err(|error| error.to_string());
                let is_last = page.is_err();
                if sender.send(page).await.is_err() || is_last {
                    return;
                }
            }
        });
        Ok(Self { pages: receiver, task: task.map_err(|error| error.to_string())? })
    }

    /// Waits for the next page; `None` at the end of the list.
    fn wait(&mut self, main_thread: Option<ThreadId>) -> Result<Option<Records>, String> {
        let checks_signals = main_thread == Some(thread::current().id());
        loop {
            let interval = checks_signals.then_some(CHECK_INTERVAL);
            let page = runtime::block_on_for(self.pages.recv(), interval).map_err(|error| error.to_string())?;
            match page {
                Some(page) => return page.transpose(),
                None if is_interrupted() => return Err("interrupted".to_owned()),
                None => {}
            }
        }
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Runs Python's signal handlers, and returns whether one raised an exception.
fn is_interrupted() -> bool {
    let raised = Python::try_attach(|py| py.check_signals().is_err()).unwrap_or(true);
    if raised {
        // The consumer reports an error of the stream; Python then raises the interrupt itself.
        interrupt_again();
    }
    raised
}

/// Lets Python's main thread handle Ctrl+C once more.
#[allow(unsafe_code)]
fn interrupt_again() {
    // SAFETY: it only sets a flag; it can be called on any thread, without the GIL.
    unsafe { pyo3::ffi::PyErr_SetInterrupt() };
}
