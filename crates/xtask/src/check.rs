//! `cargo xtask check`: what can be checked without running the client.

use crate::process::{Result, cargo, program, step, tool};
use crate::{generate, prose};

/// An exact version: the findings of another one may differ.
const CARGO_DENY: &str = "cargo-deny@0.20.2";

/// Runs every check, up to the first failure.
pub(crate) fn run() -> Result {
    step("formatting", &mut cargo("fmt --all --check"))?;
    prose::run(&[])?;
    generate::check()?;
    step("lints", &mut cargo("clippy --workspace --all-targets --locked -- --deny warnings"))?;
    dependencies()
}

/// Checks the dependencies against `deny.toml`.
pub(crate) fn dependencies() -> Result {
    // A build downloads the dependencies of one platform, cargo-deny reads those of all.
    step("dependencies of all platforms", &mut cargo("fetch --quiet --locked"))?;
    let mut check = program(tool(CARGO_DENY)?);
    check.args(["--locked", "--offline", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    step("licenses, sources and duplicates of the dependencies", &mut check)
}
