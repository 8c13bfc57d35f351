//! Bulk operations: one operation for many items, with bounded concurrency, one result for each
//! item, a dry run, and a journal that makes a run after a crash safe.

mod batch;
mod builder;
mod fingerprint;
mod item;
mod item_steps;
mod journal;
mod journal_check;
mod operation;
mod options;
mod stream;
mod validation;

pub use batch::Work;
pub(crate) use batch::start;
pub use builder::Bulk;
pub use item::BulkItem;
pub(crate) use item::Item;
pub(crate) use item_steps::{ItemFuture, ItemSteps};
pub use operation::{BULK_CHANGE_OPTIONS, BULK_OPTIONS, BulkOperation, Key};
pub use options::{BulkOptions, Resolution};
pub use stream::{BulkChunk, BulkStream};
