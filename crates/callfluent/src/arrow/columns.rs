//! The columns of a table, and its rows as record batches. The buffers of the core's columns become
//! those of arrow-rs without a copy.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use serde_json::Value;

use crate::decode::Record;
use crate::schema::Naming;
#[cfg(feature = "parquet")]
use crate::schema::RecordType;
use crate::table::{
    Batch, BatchBuilder, Bitmap, Buffers, Column, ColumnType, ColumnValues, InvalidColumn, TableSchema,
};

/// The columns of a table of records.
#[derive(Debug, Clone)]
pub struct Columns {
    table: TableSchema,
    schema: SchemaRef,
}

impl Columns {
    /// Returns the columns of the documented fields of a record.
    ///
    /// # Errors
    /// [`InvalidColumn`] if a documented field is named `extra`.
    pub fn documented<T: Record>() -> Result<Self, InvalidColumn> {
        Self::new(TableSchema::documented(T::RECORD_TYPE, Naming::Snake))
    }

    /// Returns the columns of the documented fields, and those that these records have beyond them.
    /// A number whose name contains `duration` is a [`ColumnType::Float64`], a time in ISO 8601 is
    /// a [`ColumnType::Timestamp`].
    ///
    /// # Errors
    /// As [`documented`](Self::documented).
    pub fn found_in<T: Record>(records: &[T]) -> Result<Self, InvalidColumn> {
        let texts: Vec<_> = records.iter().map(json).collect();
        Self::new(TableSchema::discovered(TableSchema::documented(T::RECORD_TYPE, Naming::Snake), &texts))
    }

    /// Returns the columns of the documented fields, with the agent after the ID.
    #[cfg(feature = "parquet")]
    pub(crate) fn of_agents<T: Record>() -> Result<Self, InvalidColumn> {
        Self::new(documented_with_agent(T::RECORD_TYPE))
    }

    /// Returns the columns of [`of_agents`](Self::of_agents), and those that these records in JSON
    /// have beyond them.
    #[cfg(feature = "parquet")]
    pub(crate) fn found_in_lines<T: Record>(lines: &[String]) -> Result<Self, InvalidColumn> {
        Self::new(TableSchema::discovered(documented_with_agent(T::RECORD_TYPE), lines))
    }

    /// Adds a column before `extra`, or sets the type of a column.
    ///
    /// # Errors
    /// [`InvalidColumn`] if the name is `extra`.
    ///
    /// # Example
    /// ```
    /// use callfluent::Call;
    /// use callfluent::arrow::{ColumnType, Columns};
    ///
    /// let columns = Columns::documented::<Call>()?.with("duration", ColumnType::Float64)?;
    /// let names: Vec<_> = columns.schema().fields().iter().map(|field| field.name().clone()).collect();
    /// assert_eq!(names, ["id", "duration", "extra"]);
    /// # Ok::<(), callfluent::arrow::InvalidColumn>(())
    /// ```
    pub fn with(self, name: &str, column_type: ColumnType) -> Result<Self, InvalidColumn> {
        let mut columns: Vec<_> = self.table.columns().to_vec();
        columns.pop();
        match columns.iter_mut().find(|column| column.name == name) {
            Some(column) => column.column_type = column_type,
            None => columns.push(Column::new(name, column_type)),
        }
        Self::new(columns)
    }

    fn new(columns: Vec<Column>) -> Result<Self, InvalidColumn> {
        let table = TableSchema::from_columns(columns)?;
        let fields: Vec<_> = table
            .columns()
            .iter()
            .map(|column| Field::new(&column.name, data_type(column.column_type), true))
            .collect();
        Ok(Self { schema: Arc::new(Schema::new(fields)), table })
    }

    /// Returns the schema of the record batches.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Returns records as one batch.
    ///
    /// # Errors
    /// [`ArrowError`] if arrow-rs rejects the batch, for example because its strings are longer
    /// than 2 GiB in all.
    pub fn record_batch<T: Record>(&self, records: &[T]) -> Result<RecordBatch, ArrowError> {
        let mut builder = self.builder();
        for record in records {
            builder.push(&json(record));
        }
        self.finished(builder)
    }

    /// Starts an empty batch.
    pub(super) fn builder(&self) -> BatchBuilder {
        BatchBuilder::new(&self.table)
    }

    /// Returns the rows of a batch.
    pub(super) fn finished(&self, builder: BatchBuilder) -> Result<RecordBatch, ArrowError> {
        let Batch { rows, columns, .. } = builder.finish();
        let types = self.table.columns().iter().map(|column| column.column_type);
        let arrays =
            types.zip(columns).map(|(column_type, values)| array(column_type, values, rows)).collect::<Result<_, _>>();
        RecordBatch::try_new(self.schema(), arrays?)
    }
}

#[cfg(feature = "parquet")]
fn documented_with_agent(record: &RecordType) -> Vec<Column> {
    let mut columns = TableSchema::documented(record, Naming::Snake);
    columns.insert(columns.len().min(1), Column::new("agent_id", ColumnType::Int64));
    columns
}

/// Returns the record as the JSON from which rows are made.
pub(super) fn json<T: Record>(record: &T) -> String {
    Value::Object(record.to_public(Naming::Snake)).to_string()
}

fn data_type(column_type: ColumnType) -> DataType {
    match column_type {
        ColumnType::Int64 => DataType::Int64,
        ColumnType::Float64 => DataType::Float64,
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::String | ColumnType::Json => DataType::Utf8,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    }
}

fn array(column_type: ColumnType, values: ColumnValues, rows: usize) -> Result<ArrayRef, ArrowError> {
    let nulls = (values.validity.zeros() > 0).then(|| NullBuffer::new(bits(values.validity, rows)));
    Ok(match values.buffers {
        Buffers::Int64(numbers) => {
            let numbers = ScalarBuffer::from(numbers);
            if column_type == ColumnType::Timestamp {
                Arc::new(TimestampMicrosecondArray::try_new(numbers, nulls)?.with_timezone("UTC"))
            } else {
                Arc::new(Int64Array::try_new(numbers, nulls)?)
            }
        }
        Buffers::Float64(numbers) => Arc::new(Float64Array::try_new(numbers.into(), nulls)?),
        Buffers::Boolean(values) => Arc::new(BooleanArray::new(bits(values, rows), nulls)),
        Buffers::String { offsets, bytes } => {
            Arc::new(StringArray::try_new(OffsetBuffer::new(offsets.into()), Buffer::from_vec(bytes), nulls)?)
        }
    })
}

fn bits(bitmap: Bitmap, rows: usize) -> BooleanBuffer {
    BooleanBuffer::new(Buffer::from_vec(bitmap.into_bytes()), 0, rows)
}
