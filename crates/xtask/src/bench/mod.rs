//! `cargo xtask bench`: measures this client beside others, in one run against one server with
//! fixed responses.
//!
//! `benchmarks/scenarios.json` is the table of everything that is measured, with its targets.
//! `setup` builds and installs the clients, `process` talks to them, `measure` gives each its turn,
//! and `report` judges the targets and writes the page.

mod instructions;
mod measure;
pub(crate) mod process;
mod report;
mod scenarios;
mod setup;

use crate::process::{Result, timed};

pub(crate) use instructions::run as instructions;
pub(crate) use setup::Extent;

/// Measures every scenario and writes the report: `docs/reports/benchmarks.md`, or
/// `.cache/bench/quick.md`.
pub(crate) fn run(extent: Extent) -> Result {
    if !cfg!(target_os = "linux") {
        println!("\nthe benchmarks need /proc; they are skipped on this system");
        return Ok(());
    }
    let (table, setup) = (scenarios::table()?, setup::Setup::new(extent)?);
    let rows = table.scenarios.iter().map(|scenario| {
        let measure = || measure::rows(&setup, scenario);
        timed(&format!("benchmark: {}", scenario.title), measure)
    });
    report::write(&setup, &table, &rows.collect::<Result<Vec<_>>>()?)
}
