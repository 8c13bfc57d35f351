//! The position of an export: a hidden JSON file beside the calls, from which a later run
//! continues. All languages write the same format.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::Id;
use crate::pagination::FIRST_PAGE;

/// Version of the format. A position of another version is not continued.
pub(super) const VERSION: u32 = 1;

/// The arguments of an export. A position belongs to one export; any other one starts again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) server: String,
    /// Naming of the fields: exports of Node have other names than those of Python and Rust.
    pub(super) names: String,
    pub(super) agents: Option<Vec<String>>,
    pub(super) workspace: Option<String>,
    pub(super) masks: Vec<String>,
    /// Highest call IDs of the export before, by agent.
    pub(super) since: Map<String, Value>,
}

/// A position of an export.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) version: u32,
    pub(super) request: Request,
    /// The agents; `None` if those of the workspace were not listed yet.
    pub(super) agents: Option<Vec<Id>>,
    /// Index of the agent whose calls are incomplete.
    pub(super) agent: usize,
    /// Page of this agent that was not written yet.
    pub(super) page: u32,
    /// Size of the file of calls before the calls of this agent.
    pub(super) start: u64,
    /// Size of the file of calls at this position.
    pub(super) size: u64,
    /// Number of calls at this position.
    pub(super) calls: u64,
    /// Highest call IDs, by agent.
    pub(super) marks: BTreeMap<String, i64>,
}

impl Position {
    /// Returns the position before the first page.
    pub(super) fn new(request: Request, agents: Option<Vec<Id>>) -> Self {
        Self {
            version: VERSION,
            request,
            agents,
            agent: 0,
            page: FIRST_PAGE,
            start: 0,
            size: 0,
            calls: 0,
            marks: BTreeMap::new(),
        }
    }

    /// Returns whether a run of `request` can continue here, with a file of calls of this size.
    pub(super) fn continues(&self, request: &Request, size: u64) -> bool {
        self.version == VERSION && self.request == *request && self.start <= self.size && self.size <= size
    }
}

/// Reads a JSON file; `None` if it does not exist.
///
/// # Errors
/// Those of the file; [`io::ErrorKind::InvalidData`] if it does not contain a JSON object.
pub(super) fn read_object(path: &Path) -> io::Result<Option<Map<String, Value>>> {
    match std::fs::read(path) {
        Ok(content) => serde_json::from_slice(&content).map(Some).map_err(io::Error::from),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Converts an object that was read; `None` if another version of the client wrote it.
pub(super) fn decoded<T: DeserializeOwned>(object: Map<String, Value>) -> Option<T> {
    serde_json::from_value(Value::Object(object)).ok()
}
