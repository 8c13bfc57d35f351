//! An error of a file on this machine: the failed step, the file, and the cause.

use std::io;
use std::path::PathBuf;

/// A file of an export that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: cannot {action} {}", path.display())]
#[non_exhaustive]
pub struct FileError {
    operation: &'static str,
    action: &'static str,
    /// The file.
    pub path: PathBuf,
    /// The error of the operating system.
    pub source: io::Error,
}

impl FileError {
    pub(crate) fn new(operation: &'static str, action: &'static str, path: PathBuf, source: io::Error) -> Self {
        Self { operation, action, path, source }
    }
}
