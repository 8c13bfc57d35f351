//! Lists of records as tables: typed columns in the memory layout of Apache Arrow.
//!
//! A binding hands the buffers of a [`Batch`] to Arrow consumers without a copy. Each table has one
//! schema, which is known before the first row. Values that do not fit their column are kept as
//! JSON in the column `extra`, so no record makes a table fail.

mod batch;
mod cell;
mod column;
mod discovery;
mod schema;
mod values;

pub use batch::{Batch, BatchBuilder};
pub use column::{Column, ColumnType, UnknownColumnType};
pub use schema::{EXTRA, InvalidColumn, LINES_FOR_COLUMNS, TableSchema};
pub use values::{Bitmap, Buffers, ColumnValues};
