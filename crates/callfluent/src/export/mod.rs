//! Exports of the call history to a file: masks, known calls, the position from which a later run
//! continues, and the formats.

mod csv;
mod exporter;
mod files;
mod known_calls;
mod masks;
#[cfg(feature = "parquet")]
mod parquet;
mod position;
mod request;

#[cfg(feature = "parquet")]
pub(crate) use exporter::blocking;
pub(crate) use exporter::{Exporter, Lists};
pub use masks::ExportMask;
#[cfg(feature = "parquet")]
pub(crate) use parquet::{check_columns, write_parquet};
pub use request::{ExportFormat, ExportProgress, ExportResult, UnknownFormat};
pub(crate) use request::{ExportRequest, OPERATION};
