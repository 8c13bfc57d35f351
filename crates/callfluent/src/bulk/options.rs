//! Options of a bulk operation, and the user's decisions about items of its journal.

use std::path::PathBuf;

use super::operation::DEFAULT_MAX_CONCURRENCY;
use crate::id::Id;

/// Options of a bulk operation.
#[derive(Debug, Clone)]
pub struct BulkOptions {
    /// Maximum number of items that are processed at once.
    pub max_concurrency: usize,
    /// Validates all items and sends nothing.
    pub dry_run: bool,
    /// Path of the journal.
    pub journal: Option<PathBuf>,
    /// Decisions about items whose outcome is unknown.
    pub resolve: Vec<(Id, Resolution)>,
}

impl Default for BulkOptions {
    fn default() -> Self {
        Self { max_concurrency: DEFAULT_MAX_CONCURRENCY, dry_run: false, journal: None, resolve: Vec::new() }
    }
}

impl Resolution {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Repeat => "repeat",
        }
    }
}

/// A decision about an item whose outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resolution {
    /// The server processed the item: it is done.
    Done,
    /// The server did not process the item: it is repeated.
    Repeat,
}
