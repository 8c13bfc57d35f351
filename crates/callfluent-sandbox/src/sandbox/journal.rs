//! Methods about what happened: the journal, assertions, snapshots.

use serde_json::{Map, Value};

use super::{Sandbox, fail};
use crate::names::Naming;
use crate::requests::{Expectation, JournalEntry};
use crate::routes::operation_names;
use crate::state::State;

/// A copy of the state of a sandbox, from [`Sandbox::snapshot`].
#[derive(Debug, Clone)]
pub struct Snapshot(Box<State>);

impl Sandbox {
    /// Returns the requests since the start, the last reset or the last [`clear_journal`], oldest
    /// first.
    ///
    /// [`clear_journal`]: Self::clear_journal
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.shared().read().journal.entries().cloned().collect()
    }

    /// Returns the requests of one operation, oldest first. Their arguments are in
    /// [`JournalEntry::arguments`].
    ///
    /// # Panics
    /// Panics if the operation is unknown.
    ///
    /// # Example
    /// ```no_run
    /// # fn example(sandbox: &callfluent_sandbox::Sandbox) {
    /// let names: Vec<_> =
    ///     sandbox.requests("agents.create").iter().map(|request| request.arguments["name"].clone()).collect();
    /// # }
    /// ```
    #[track_caller]
    pub fn requests(&self, operation: &str) -> Vec<JournalEntry> {
        match Naming::SnakeCase.find_operation(operation, &operation_names()) {
            Ok(operation) => {
                let state = self.shared().read();
                state.journal.entries().filter(|entry| entry.operation.as_deref() == Some(operation)).cloned().collect()
            }
            Err(errors) => fail(&errors.to_string()),
        }
    }

    /// Removes all journal entries.
    pub fn clear_journal(&self) {
        self.shared().lock().journal.clear();
    }

    /// Asserts that a request of an operation with these arguments was received, and returns the
    /// latest one.
    ///
    /// The request may have other arguments. A nested value must be equal. Requests that failed
    /// count, too.
    ///
    /// # Panics
    /// Panics with the differences to the nearest request, or if the operation is unknown.
    ///
    /// # Example
    /// ```no_run
    /// # fn example(sandbox: &callfluent_sandbox::Sandbox) {
    /// use serde_json::json;
    ///
    /// sandbox.assert_requested("agents.create", json!({"name": "Sales", "blocked_phone_types": [1, 2]}));
    /// # }
    /// ```
    #[track_caller]
    pub fn assert_requested(&self, operation: &str, arguments: Value) -> JournalEntry {
        match self.requested(operation, arguments, None).map(|mut entries| entries.pop()) {
            Ok(Some(entry)) => entry,
            Ok(None) => fail("a matching request is expected"),
            Err(difference) => fail(&difference),
        }
    }

    /// Asserts that exactly this number of requests of an operation with these arguments was
    /// received. 0 asserts that there was none.
    ///
    /// # Panics
    /// Panics with the differences to the nearest request, or if the operation is unknown.
    #[track_caller]
    pub fn assert_requested_times(&self, operation: &str, arguments: Value, times: u64) {
        if let Err(difference) = self.requested(operation, arguments, Some(times)) {
            fail(&difference);
        }
    }

    fn requested(&self, operation: &str, arguments: Value, times: Option<u64>) -> Result<Vec<JournalEntry>, String> {
        let operation =
            Naming::SnakeCase.find_operation(operation, &operation_names()).map_err(|errors| errors.to_string())?;
        let arguments = match arguments {
            Value::Object(arguments) => arguments,
            Value::Null => Map::new(),
            _ => return Err("arguments: must be a JSON object".to_owned()),
        };
        let expectation = Expectation { operation, arguments: &arguments, times, naming: Naming::SnakeCase };
        let state = self.shared().read();
        expectation.check(state.journal.entries()).map(|entries| entries.into_iter().cloned().collect())
    }

    /// Copies the whole state: account, clock, journal, scripted responses, faults and the position
    /// of a replay.
    ///
    /// # Example
    /// ```
    /// # fn example(sandbox: &callfluent_sandbox::Sandbox) {
    /// let snapshot = sandbox.snapshot();
    /// sandbox.advance(60);
    /// sandbox.restore(&snapshot);
    /// # }
    /// ```
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(Box::new(self.shared().snapshot()))
    }

    /// Returns to a copied state.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.shared().restore(&snapshot.0);
    }
}
