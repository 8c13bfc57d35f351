//! The table of the benchmarks, `benchmarks/scenarios.json`: what is measured, with which clients,
//! and the targets.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::process::{Result, root};

/// Title of a column.
type Column = String;

#[derive(Deserialize)]
pub(super) struct Table {
    /// Figure of each column, and the factor to its unit.
    pub(super) columns: BTreeMap<Column, (String, f64)>,
    groups: BTreeMap<String, Vec<String>>,
    pub(super) scenarios: Vec<Scenario>,
}

/// One section of the report.
#[derive(Deserialize)]
pub(super) struct Scenario {
    pub(super) title: String,
    pub(super) about: String,
    pub(super) measure: Measure,
    /// Address of the server: `plain`, `distant`, `tls` or `tls_http2`.
    #[serde(default = "plain")]
    pub(super) server: String,
    /// Rounds of all passes together.
    pub(super) rounds: usize,
    pub(super) clients: Vec<String>,
    pub(super) columns: Vec<Column>,
    pub(super) targets: Vec<Target>,
    /// Client whose first column is 1 in the last column of the table.
    pub(super) relative_to: Option<String>,
}

fn plain() -> String {
    "plain".to_owned()
}

/// Work of one turn.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Measure {
    /// Agents, with so many requests in flight. Figures: `wall`, `cpu`, `loop`.
    Concurrent(u32),
    /// 1,000 requests at once, on new connections and on existing ones. Figures: `cold`, `warm`.
    Burst,
    /// Agents, with so many requests in flight in a new process. Figures: `wall`, `cpu`, and
    /// `bytes` of memory per request in flight.
    InFlight(u32),
    /// A task of the clients, so many times. Figures: `wall`, `cpu`, `loop`.
    Task(String, u32),
    /// A task with each of these lengths, and the records per unit of length. One figure per total
    /// number of records: the time of each record.
    Lengths(String, u32, Vec<u32>),
    /// A measurement of `fresh.py` or `fresh.mjs`, each in a process of its own.
    Fresh(String),
    /// A process that only imports the package. Figure: `wall`.
    Import,
    /// An upload of a large file. Figures: `seconds`, `bytes`.
    Upload,
    /// Length of a package file. Figure: `bytes`.
    Size,
}

/// A target for a column of one client.
#[derive(Deserialize)]
pub(super) struct Target {
    pub(super) client: String,
    pub(super) column: Column,
    /// Client whose value is subtracted first.
    pub(super) beyond: Option<String>,
    pub(super) bound: Bound,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Bound {
    AtMost(f64),
    Above(f64),
    /// A factor of the same column of another client.
    Times(f64, String),
    /// A factor of the same column of another client, with `beyond` subtracted from both.
    TimesBeyond(f64, String),
    /// A factor of the smallest value of any other client in the same language.
    TimesBestPeer(f64),
    /// A factor of another column of the same client.
    TimesColumn(f64, Column),
}

/// Reads the table, with groups replaced by their clients.
pub(super) fn table() -> Result<Table> {
    let mut table: Table = serde_json::from_str(&fs_err::read_to_string(root().join("benchmarks/scenarios.json"))?)?;
    for scenario in &mut table.scenarios {
        let clients = std::mem::take(&mut scenario.clients).into_iter();
        let group = |client: &str| table.groups.get(client.strip_prefix('@')?).cloned();
        scenario.clients = clients.flat_map(|client| group(&client).unwrap_or_else(|| vec![client])).collect();
    }
    Ok(table)
}
