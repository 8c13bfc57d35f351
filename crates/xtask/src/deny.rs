//! What the dependencies are held to: their licences, their sources, and that none is there twice; see `deny.toml`.

use crate::process::{Outcome, cargo, program, step, tool};

/// The program that checks; an exact version, since what it finds differs from one to the next.
const TOOL: &str = "cargo-deny@0.20.2";

/// Checks. Only the dependencies themselves are fetched, those of all platforms: a build brings no more than its own.
pub(crate) fn run() -> Outcome {
    step("the dependencies of all platforms", cargo().args(["fetch", "--quiet", "--locked"]))?;
    let mut check = program(tool(TOOL)?);
    check.args(["--locked", "--offline", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    step("licences, sources and duplicates of the dependencies", &mut check)
}
