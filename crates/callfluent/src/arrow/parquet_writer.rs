//! Records as a Parquet file. It is written in row groups of up to 65,536 rows, whatever the size
//! of the pages, because readers load one group at a time.

use std::io::Write;
use std::mem;

use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::columns::{Columns, json};
use crate::decode::Record;
use crate::table::BatchBuilder;

/// Size of the strings of one column from which lines become a row group.
const MAX_STRING_BYTES: usize = 4 << 20;

/// Writes records as a Parquet file, compressed with Snappy.
///
/// # Example
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::fs::File;
///
/// use callfluent::arrow::{ColumnType, Columns, ParquetWriter};
/// use callfluent::{Call, CallFluent};
///
/// let client = CallFluent::from_env()?;
/// let columns = Columns::documented::<Call>()?.with("duration", ColumnType::Float64)?;
/// let mut file = ParquetWriter::new(File::create("calls.parquet")?, &columns)?;
/// let mut pages = client.calls().list_pages(1002);
/// while let Some(page) = pages.next().await {
///     file.write(&page?.items)?;
/// }
/// file.finish()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ParquetWriter<W: Write + Send> {
    columns: Columns,
    rows: BatchBuilder,
    file: ArrowWriter<W>,
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Starts a file.
    ///
    /// # Errors
    /// [`ParquetError`] if the file cannot be written.
    pub fn new(file: W, columns: &Columns) -> Result<Self, ParquetError> {
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let file = ArrowWriter::try_new(file, columns.schema(), Some(properties))?;
        Ok(Self { rows: columns.builder(), columns: columns.clone(), file })
    }

    /// Adds records.
    ///
    /// # Errors
    /// [`ParquetError`] if the file cannot be written.
    pub fn write<T: Record>(&mut self, records: &[T]) -> Result<(), ParquetError> {
        for record in records {
            self.rows.push(&json(record));
            if self.rows.is_full() {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Adds a record in JSON. The row groups are small, so that the memory does not depend on the
    /// length of the strings.
    pub(crate) fn write_line(&mut self, record: &str) -> Result<(), ParquetError> {
        self.rows.push(record);
        if self.rows.is_full() || self.rows.longest_strings() >= MAX_STRING_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes the rest of the rows and the end of the file, and returns the file.
    ///
    /// # Errors
    /// [`ParquetError`] if the file cannot be written.
    pub fn finish(mut self) -> Result<W, ParquetError> {
        if self.rows.rows() > 0 {
            self.flush()?;
        }
        self.file.into_inner()
    }

    /// Writes the rows at hand as a row group.
    fn flush(&mut self) -> Result<(), ParquetError> {
        let rows = mem::replace(&mut self.rows, self.columns.builder());
        let batch = self.columns.finished(rows)?;
        self.file.write(&batch)?;
        self.file.flush()
    }
}
