//! Lists of records as columns. JavaScript gets the buffers of the core as typed arrays, without a
//! copy.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callfluent::bindings::catalog;
use callfluent::bindings::schema::{Naming, RecordType, similar};
use callfluent::bindings::table::{
    BatchBuilder, Buffers, Column, ColumnType, ColumnValues, LINES_FOR_COLUMNS, TableSchema,
};
use napi::bindgen_prelude::{BigInt64Array, Float64Array, Int32Array, Uint8Array};
use napi_derive::napi;

/// The column of the agent that a call belongs to.
const AGENT_ID: &str = "agentId";
/// Maximum size of the strings of one column in bytes: their offsets have 32 bits.
const MAX_STRING_BYTES: usize = 1 << 30;

/// Bytes of lines that become columns at once, so that the memory does not depend on the file.
const BYTES_AT_ONCE: usize = 1 << 20;

/// A column with its buffers.
#[napi(object)]
pub struct NativeColumn {
    pub name: String,
    /// Type, such as `float64`.
    #[napi(js_name = "type")]
    pub column_type: String,
    pub length: u32,
    pub null_count: u32,
    /// One bit for each value: 1 if it is not null.
    pub validity: Uint8Array,
    pub integers: Option<BigInt64Array>,
    pub numbers: Option<Float64Array>,
    /// Bits of booleans, or strings in UTF-8.
    pub bytes: Option<Uint8Array>,
    /// Positions of strings in `bytes`.
    pub offsets: Option<Int32Array>,
}

/// Collects records as columns.
#[napi]
pub struct NativeTable {
    rows: Arc<Mutex<Rows>>,
}

/// The rows so far.
pub(crate) struct Rows {
    known: Vec<Column>,
    /// False if the columns of undocumented fields are found in the first records.
    has_columns: bool,
    /// Set with the first records.
    builder: Option<(TableSchema, BatchBuilder)>,
}

impl Rows {
    /// Adds records, each as JSON. The first ones determine the columns.
    ///
    /// # Errors
    /// The table is too large, or a column cannot be used.
    pub(crate) fn push<R: AsRef<str>>(&mut self, records: &[R], agent_id: Option<&str>) -> Result<(), String> {
        let builder = match &mut self.builder {
            Some((_, builder)) => builder,
            None => {
                let known = std::mem::take(&mut self.known);
                let columns = if self.has_columns {
                    known
                } else {
                    TableSchema::discovered(known, records.iter().map(AsRef::as_ref))
                };
                let schema = TableSchema::from_columns(columns).map_err(|error| format!("columns: {error}"))?;
                let builder = BatchBuilder::new(&schema);
                &mut self.builder.insert((schema, builder)).1
            }
        };
        for record in records {
            builder.push_with(record.as_ref(), agent_id.map(|id| (AGENT_ID, id)));
        }
        if builder.longest_strings() > MAX_STRING_BYTES {
            return Err("the strings of one column exceed 1 GiB; export the calls to a file instead".to_owned());
        }
        Ok(())
    }
}

#[napi]
impl NativeTable {
    /// Prepares the table of records of a class. `columns` are pairs of a name and a type. If they
    /// are omitted, the columns of undocumented fields are found in the first records.
    ///
    /// # Errors
    /// The class is unknown, or a column has an unknown type.
    #[napi(constructor, catch_unwind)]
    pub fn new(record_type: Option<String>, columns: Option<Vec<Vec<String>>>) -> napi::Result<Self> {
        let has_columns = columns.is_some();
        let known = known_columns(record_type.as_deref(), columns, false)?;
        Ok(Self { rows: Arc::new(Mutex::new(Rows { known, has_columns, builder: None })) })
    }

    /// Adds records, one on each line as JSON. `agent_id` is JSON.
    ///
    /// # Errors
    /// The table is too large, or a column cannot be used.
    #[napi(catch_unwind)]
    pub fn push(&self, records: String, agent_id: Option<String>) -> napi::Result<()> {
        let records: Vec<_> = records.lines().collect();
        self.lock().push(&records, agent_id.as_deref()).map_err(napi::Error::from_reason)
    }

    /// Returns the columns. The table is empty then.
    ///
    /// # Errors
    /// A column cannot be used.
    #[napi(catch_unwind)]
    pub fn finish(&self) -> napi::Result<Vec<NativeColumn>> {
        let mut rows = self.lock();
        // A table without records has columns, too.
        rows.push::<&str>(&[], None).map_err(napi::Error::from_reason)?;
        let Some((schema, builder)) = rows.builder.take() else {
            return Ok(Vec::new());
        };
        Ok(to_columns(&schema, builder))
    }
}

/// The calls in a JSONL file as columns, some lines after others.
#[napi]
pub struct NativeLines {
    lines: Mutex<BufReader<File>>,
    schema: TableSchema,
}

#[napi]
impl NativeLines {
    /// Opens a file. `columns` are as for a table; if they are omitted, they are found in the first
    /// lines.
    ///
    /// # Errors
    /// The file cannot be read, or a column cannot be used.
    #[napi(constructor, catch_unwind)]
    pub fn new(path: String, columns: Option<Vec<Vec<String>>>) -> napi::Result<Self> {
        let failed = |error: io::Error| napi::Error::from_reason(format!("cannot read {path}: {error}"));
        let open = || File::open(&path).map(BufReader::new).map_err(failed);
        let has_columns = columns.is_some();
        let mut known = known_columns(Some("Call"), columns, true)?;
        if !has_columns {
            let lines: Vec<_> = open()?.lines().take(LINES_FOR_COLUMNS).collect::<io::Result<_>>().map_err(failed)?;
            known = TableSchema::discovered(known, &lines);
        }
        let schema =
            TableSchema::from_columns(known).map_err(|error| napi::Error::from_reason(format!("columns: {error}")))?;
        Ok(Self { lines: Mutex::new(open()?), schema })
    }

    /// Returns the columns of the next lines; without rows at the end.
    ///
    /// # Errors
    /// The file cannot be read.
    #[napi(catch_unwind)]
    pub fn next(&self) -> napi::Result<Vec<NativeColumn>> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rows = BatchBuilder::new(&self.schema);
        let (mut line, mut bytes) = (String::new(), 0);
        while bytes < BYTES_AT_ONCE && !rows.is_full() {
            line.clear();
            match lines.read_line(&mut line) {
                Ok(0) => break,
                Ok(length) => bytes += length,
                Err(error) => return Err(napi::Error::from_reason(format!("cannot read the calls: {error}"))),
            }
            rows.push(&line);
        }
        Ok(to_columns(&self.schema, rows))
    }
}

/// Returns the columns of a record with those that are given. The agent comes after the ID.
fn known_columns(
    record_type: Option<&str>,
    columns: Option<Vec<Vec<String>>>,
    has_agents: bool,
) -> napi::Result<Vec<Column>> {
    let mut known = match record_type {
        Some(name) => TableSchema::documented(record_named(name)?, Naming::Camel),
        None => Vec::new(),
    };
    if has_agents && !known.iter().any(|column| column.name == AGENT_ID) {
        known.insert(known.len().min(1), Column::new(AGENT_ID, ColumnType::Int64));
    }
    for pair in columns.unwrap_or_default() {
        let [name, column_type] = <[String; 2]>::try_from(pair).unwrap_or_default();
        let column_type = column_type.parse().map_err(|error| napi::Error::from_reason(format!("columns: {error}")))?;
        match known.iter_mut().find(|column| column.name == name) {
            Some(column) => column.column_type = column_type,
            None => known.push(Column::new(name, column_type)),
        }
    }
    Ok(known)
}

fn record_named(name: &str) -> napi::Result<&'static RecordType> {
    catalog::record_type(name).ok_or_else(|| {
        let known = catalog::record_types().into_iter().map(|record| record.name);
        let near = similar(name, known.clone());
        let help = if near.is_empty() {
            format!("known: {}", known.collect::<Vec<_>>().join(", "))
        } else {
            format!("did you mean {}?", near.join(" or "))
        };
        napi::Error::from_reason(format!("unknown type of records; {help}"))
    })
}

fn to_columns(schema: &TableSchema, rows: BatchBuilder) -> Vec<NativeColumn> {
    let batch = rows.finish();
    let length = u32::try_from(batch.rows).unwrap_or(u32::MAX);
    let columns = schema.columns().iter().zip(batch.columns);
    columns.map(|(column, values)| to_native(column, values, length)).collect()
}

impl NativeTable {
    pub(crate) fn rows(&self) -> Arc<Mutex<Rows>> {
        Arc::clone(&self.rows)
    }

    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn to_native(column: &Column, values: ColumnValues, length: u32) -> NativeColumn {
    let ColumnValues { validity, buffers, .. } = values;
    let mut native = NativeColumn {
        name: column.name.clone(),
        column_type: column.column_type.name().to_owned(),
        length,
        null_count: u32::try_from(validity.zeros()).unwrap_or(u32::MAX),
        validity: validity.into_bytes().into(),
        integers: None,
        numbers: None,
        bytes: None,
        offsets: None,
    };
    match buffers {
        Buffers::Int64(values) => native.integers = Some(values.into()),
        Buffers::Float64(values) => native.numbers = Some(values.into()),
        Buffers::Boolean(bits) => native.bytes = Some(bits.into_bytes().into()),
        Buffers::String { offsets, bytes } => {
            native.offsets = Some(offsets.into());
            native.bytes = Some(bytes.into());
        }
        _ => {}
    }
    native
}
