//! `cargo xtask bench`: measures the client beside others, in one run, against one server with fixed answers, and writes
//! what came out. What it sets up is below `.cache/bench`.

mod contender;
mod fresh;
mod instructions;
mod load;
mod pages;
mod places;
mod report;
mod rounds;
mod sizes;
mod target;
mod upload;

use std::fs;
use std::time::Instant;

use crate::process::{Result, cache, root};

use contender::Server;
pub(crate) use instructions::run as instructions;
use places::Places;
use report::Report;

/// How much is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything, with everybody; it takes some minutes.
    Full,
    /// Each thing once and briefly, to see that it runs.
    Quick,
}

impl Extent {
    fn is_quick(self) -> bool {
        self == Self::Quick
    }

    /// One number or the other.
    fn pick<T>(self, full: T, quick: T) -> T {
        if self.is_quick() { quick } else { full }
    }
}

/// A process that ends with its owner.
pub(crate) struct KillOnDrop(pub(crate) std::process::Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Measures everything and writes the report: `docs/benchmarks.md`, or a file below `.cache/bench` where it was a quick run.
pub(crate) fn run(extent: Extent) -> Result {
    if !cfg!(target_os = "linux") {
        println!("\nbenchmarks read the figures of processes as Linux gives them; they are left out on this system");
        return Ok(());
    }
    let places = Places::set_up(extent)?;
    let started = Instant::now();
    let server = Server::start(&places)?;
    let mut report = Report::default();
    load::measure(&places, &server, extent, &mut report)?;
    pages::measure(&places, &server, extent, &mut report)?;
    fresh::measure(&places, &server, extent, &mut report)?;
    upload::measure(&places, &server, extent, &mut report)?;
    sizes::measure(&places, &mut report)?;
    let path =
        if extent.is_quick() { cache("bench").join("quick.md") } else { root().join("docs").join("benchmarks.md") };
    fs::write(&path, report.markdown(&places, extent)).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("\n{}", report.targets_as_text());
    println!("\nmeasured in {:.0} s; written to {}", started.elapsed().as_secs_f64(), path.display());
    Ok(())
}
