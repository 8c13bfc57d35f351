//! Parquet files of exports, with the feature `parquet`.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use super::files::cannot;
use super::request::OPERATION;
use crate::arrow::{ColumnType, Columns, InvalidColumn, ParquetWriter};
use crate::error::{Error, Result};
use crate::models::Call;
use crate::table::LINES_FOR_COLUMNS;

/// Converts a JSONL file of calls. The columns of undocumented fields are found in the first lines
/// if none are given.
pub(crate) fn write_parquet(source: &Path, target: &Path, columns: &[(String, ColumnType)]) -> Result<()> {
    let columns = columns_of(source, columns)?;
    write(source, target, &columns).map_err(cannot("write", target))
}

/// Checks columns that are given, before anything is fetched.
pub(crate) fn check_columns(columns: &[(String, ColumnType)]) -> Result<()> {
    given_columns(columns).map(drop)
}

fn columns_of(source: &Path, given: &[(String, ColumnType)]) -> Result<Columns> {
    if given.is_empty() {
        let file = File::open(source).map_err(cannot("read", source))?;
        let lines = BufReader::new(file).lines().take(LINES_FOR_COLUMNS).collect::<io::Result<Vec<_>>>();
        let lines = lines.map_err(cannot("read", source))?;
        return Columns::found_in_lines::<Call>(&lines).map_err(|error| invalid(&error));
    }
    given_columns(given)
}

fn given_columns(given: &[(String, ColumnType)]) -> Result<Columns> {
    let mut columns = Columns::of_agents::<Call>().map_err(|error| invalid(&error))?;
    for (name, column_type) in given {
        columns = columns.with(name, *column_type).map_err(|error| invalid(&error))?;
    }
    Ok(columns)
}

fn invalid(error: &InvalidColumn) -> Error {
    Error::invalid(OPERATION, "columns", error.to_string())
}

fn write(source: &Path, target: &Path, columns: &Columns) -> io::Result<()> {
    let mut rows = ParquetWriter::new(File::create(target)?, columns)?;
    let mut lines = BufReader::new(File::open(source)?);
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        rows.write_line(&line)?;
        line.clear();
    }
    rows.finish()?.sync_data()
}
