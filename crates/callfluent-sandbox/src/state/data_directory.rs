//! `--data-dir`: the state in a `SQLite` database, for sandboxes that outlive their process.
//! Each change is one transaction, which ends before the response is sent. The database has a table
//! for each kind of object, with one JSON document per row, and one row for everything else.

use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, Transaction, params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::log::Log;
use super::shared_state::{Beginning, State, Store};
use crate::account::{Objects, Stored};
use crate::settings::Settings;

const FILE: &str = "sandbox.sqlite3";
/// The version of the tables and documents. A sandbox rejects those of another version.
const FORMAT: i64 = 1;
/// Time for an earlier process to end, which still locks the database.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// The exclusive lock stops a second sandbox. With a write-ahead log, a committed change survives
/// the end of the process without a wait for the disk.
const SETUP: &str = "
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS agents (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS calls (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS webhooks (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS snapshots (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
    COMMIT;
";

/// Everything except agents, calls, requests and webhooks.
#[derive(Serialize, Deserialize)]
struct Document<S> {
    /// The settings of the latest start.
    started_with: Settings,
    state: S,
}

/// The database of a data directory.
#[derive(Debug)]
struct DataDirectory {
    connection: Connection,
    settings: Settings,
    /// The generation that the tables have; `None` before the first write.
    generation: Option<u64>,
    journal_end: u64,
    webhooks_end: u64,
}

/// Opens or makes the database in a directory, and returns what earlier processes kept.
pub(crate) fn open_data_directory(directory: &Path, settings: &Settings) -> io::Result<Beginning> {
    std::fs::create_dir_all(directory).map_err(|error| described(directory, &error.to_string()))?;
    let failed = |error: rusqlite::Error| described(directory, &reason(&error));
    let connection = Connection::open(directory.join(FILE)).map_err(failed)?;
    connection.busy_timeout(LOCK_TIMEOUT).map_err(failed)?;
    connection.execute_batch(SETUP).map_err(failed)?;
    let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    if format != 0 && format != FORMAT {
        let text = format!("made by another version (format {format}, expected {FORMAT}); use another directory");
        return Err(described(directory, &text));
    }
    connection.pragma_update(None, "user_version", FORMAT).map_err(failed)?;
    let mut store =
        DataDirectory { connection, settings: settings.clone(), generation: None, journal_end: 0, webhooks_end: 0 };
    let kept = store.load().map_err(|error| described(directory, &error.to_string()))?;
    let (state, snapshots) = kept.unwrap_or_else(|| (State::new(settings), Vec::new()));
    Ok(Beginning { state, snapshots, store: Some(Box::new(store)), exchanges: None })
}

fn described(directory: &Path, reason: &str) -> io::Error {
    io::Error::other(format!("data directory {}: {reason}", directory.display()))
}

fn reason(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "in use by another sandbox; stop it, or use another directory".to_owned()
        }
        Some(ErrorCode::NotADatabase) => format!("{FILE} is not a SQLite database; use another directory"),
        _ => error.to_string(),
    }
}

impl DataDirectory {
    /// Reads the state and the snapshots; `None` from a new database.
    fn load(&mut self) -> io::Result<Option<(State, Vec<State>)>> {
        let Some(document) = rows::<Document<State>>(&self.connection, "state")?.pop() else {
            return Ok(None);
        };
        let mut state = document.state;
        state.account.agents = objects(rows(&self.connection, "agents")?, |agent| agent.id);
        state.account.calls = objects(rows(&self.connection, "calls")?, |call| call.id);
        state.journal.put_entries(rows(&self.connection, "journal")?.into());
        state.deliveries.put_entries(rows(&self.connection, "webhooks")?.into());
        self.mark_saved(&mut state);
        let current = &mut state.account.settings;
        current.api_key.clone_from(&self.settings.api_key);
        current.apply_changes(&document.started_with, &self.settings);
        let limit = current.journal_limit;
        state.journal.set_limit(limit);
        state.deliveries.set_limit(limit);
        if document.started_with.faults != self.settings.faults {
            state.faults = self.settings.faults.clone();
        }
        Ok(Some((state, rows(&self.connection, "snapshots")?)))
    }

    /// Remembers that the tables have this state.
    fn mark_saved(&mut self, state: &mut State) {
        state.account.agents.track_changes();
        state.account.calls.track_changes();
        self.generation = Some(state.generation);
        self.journal_end = state.journal.end();
        self.webhooks_end = state.deliveries.end();
    }
}

impl Store for DataDirectory {
    fn save(&mut self, state: &mut State) -> io::Result<()> {
        let transaction = self.connection.transaction().map_err(io::Error::other)?;
        let is_new = self.generation != Some(state.generation);
        let (journal_end, webhooks_end) = if is_new { (0, 0) } else { (self.journal_end, self.webhooks_end) };
        if is_new {
            let clear = "DELETE FROM agents; DELETE FROM calls; DELETE FROM journal; DELETE FROM webhooks;";
            transaction.execute_batch(clear).map_err(io::Error::other)?;
        }
        save_objects(&transaction, "agents", &state.account.agents, is_new)?;
        save_objects(&transaction, "calls", &state.account.calls, is_new)?;
        save_log(&transaction, "journal", &state.journal, journal_end)?;
        save_log(&transaction, "webhooks", &state.deliveries, webhooks_end)?;
        let document = without_rows(state, |state| {
            serde_json::to_string(&Document { started_with: self.settings.clone(), state })
        })?;
        put(&transaction, "state", 1, &document)?;
        transaction.commit().map_err(io::Error::other)?;
        self.mark_saved(state);
        Ok(())
    }

    fn save_snapshot(&mut self, id: usize, snapshot: &mut State) -> io::Result<()> {
        let transaction = self.connection.transaction().map_err(io::Error::other)?;
        put(&transaction, "snapshots", id as u64, &serde_json::to_string(snapshot)?)?;
        transaction.commit().map_err(io::Error::other)
    }
}

/// Calls a function with the state without the objects that have their own rows.
fn without_rows<T>(state: &mut State, use_state: impl FnOnce(&State) -> T) -> T {
    let (agents, calls) = (std::mem::take(&mut state.account.agents), std::mem::take(&mut state.account.calls));
    let (journal, deliveries) = (state.journal.take_entries(), state.deliveries.take_entries());
    let result = use_state(state);
    state.account.agents = agents;
    state.account.calls = calls;
    state.journal.put_entries(journal);
    state.deliveries.put_entries(deliveries);
    result
}

/// Writes the changed objects, or all of them.
fn save_objects<T: Serialize + Stored>(
    at: &Transaction<'_>,
    table: &str,
    objects: &Objects<T>,
    all: bool,
) -> io::Result<()> {
    if all {
        return objects.rows().try_for_each(|(id, object)| put(at, table, id, &serde_json::to_string(object)?));
    }
    objects.changed().try_for_each(|id| match objects.get(id) {
        Some(object) => put(at, table, id, &serde_json::to_string(object)?),
        None => run(at, &format!("DELETE FROM {table} WHERE id = ?"), params![id]),
    })
}

/// Writes the entries since a position, and removes those that left the log.
fn save_log<T: Serialize>(at: &Transaction<'_>, table: &str, log: &Log<T>, since: u64) -> io::Result<()> {
    log.since(since).try_for_each(|(position, entry)| put(at, table, position, &serde_json::to_string(entry)?))?;
    if log.begin() == 0 {
        return Ok(());
    }
    run(at, &format!("DELETE FROM {table} WHERE id < ?"), params![log.begin()])
}

fn put(at: &Transaction<'_>, table: &str, id: u64, json: &str) -> io::Result<()> {
    run(at, &format!("INSERT OR REPLACE INTO {table} VALUES (?, ?)"), params![id, json])
}

fn run(at: &Transaction<'_>, sql: &str, parameters: &[&dyn rusqlite::ToSql]) -> io::Result<()> {
    at.execute(sql, parameters).map(|_| ()).map_err(io::Error::other)
}

/// Reads the documents of a table in the order of their IDs.
fn rows<T: DeserializeOwned>(connection: &Connection, table: &str) -> io::Result<Vec<T>> {
    let mut statement =
        connection.prepare(&format!("SELECT json FROM {table} ORDER BY id")).map_err(io::Error::other)?;
    let documents = statement.query_map([], |row| row.get::<_, String>(0)).map_err(io::Error::other)?;
    documents.map(|json| Ok(serde_json::from_str(&json.map_err(io::Error::other)?)?)).collect()
}

fn objects<T: Stored>(rows: Vec<T>, id: impl Fn(&T) -> u64) -> Objects<T> {
    let mut objects = Objects::default();
    for row in rows {
        objects.insert(id(&row), row);
    }
    objects
}
