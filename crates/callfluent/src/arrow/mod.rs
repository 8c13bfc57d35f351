//! Lists as record batches of [`arrow-rs`](https://docs.rs/arrow-array), and as Parquet files.
//!
//! The feature `arrow` has [`Columns`], the feature `parquet` also has `ParquetWriter`. Documented
//! fields have typed columns. The fields of calls are undocumented, so their columns are found in
//! records at hand, or named. The last column, `extra`, is a JSON object of everything that has no
//! column or does not fit it. No record makes a table fail.
//!
//! # Example
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use callfluent::CallFluent;
//! use callfluent::arrow::Columns;
//!
//! let client = CallFluent::from_env()?;
//! let page = client.calls().list(1002, 1).await?;
//! let columns = Columns::found_in(&page.items)?;
//! let batch = columns.record_batch(&page.items)?;
//! println!("{} rows, {}", batch.num_rows(), columns.schema());
//! # Ok(())
//! # }
//! ```

mod columns;
#[cfg(feature = "parquet")]
mod parquet_writer;

pub use columns::Columns;
#[cfg(feature = "parquet")]
pub use parquet_writer::ParquetWriter;

pub use crate::table::{ColumnType, InvalidColumn};
