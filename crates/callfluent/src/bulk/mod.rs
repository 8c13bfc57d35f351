//! Bulk operations: one operation for many items, with bounded concurrency, one result for each
//! item, a dry run, and a journal that makes a run after a crash safe.

mod batch;
mod builder;
mod item;
mod journal;
mod operation;
mod stream;

pub use batch::{BulkOptions, Resolution, Work};
pub(crate) use batch::{Running, Steps, start};
pub use builder::Bulk;
pub use item::BulkItem;
pub(crate) use item::Item;
pub use operation::{BULK_CHANGE_OPTIONS, BULK_OPTIONS, BulkOperation, Key};
pub use stream::{BulkChunk, BulkStream};
