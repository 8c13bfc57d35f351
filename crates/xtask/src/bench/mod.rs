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

/// Passes of a full run. Each starts all clients again, so that a target holds in three runs.
const PASSES: usize = 3;

/// Measures every scenario in each pass and writes the report: `docs/reports/benchmarks.md`, or
/// `.cache/bench/quick.md`. It is written after each pass, because a later one may fail.
pub(crate) fn run(extent: Extent) -> Result {
    if !cfg!(target_os = "linux") {
        println!("\nthe benchmarks need /proc; they are skipped on this system");
        return Ok(());
    }
    let (table, setup) = (scenarios::table()?, setup::Setup::new(extent)?);
    let passes = extent.pick(PASSES, 1);
    let mut measured = Vec::new();
    for pass in 1..=passes {
        let rows = table.scenarios.iter().map(|scenario| {
            let rounds = extent.pick(scenario.rounds.div_ceil(passes), 1);
            let measure = || measure::rows(&setup, scenario, rounds);
            timed(&format!("benchmark, pass {pass} of {passes}: {}", scenario.title), measure)
        });
        measured.push(rows.collect::<Result<Vec<_>>>()?);
        report::write(&setup, &table, &measured)?;
    }
    Ok(())
}
