//! What the dependencies are held to: their licences, their sources, and that none is there twice; see `deny.toml`.

use std::fs;
use std::path::PathBuf;

use crate::process::{Outcome, cache, cargo, program, step};

/// The program that checks; an exact version, since what it finds differs from one to the next.
const TOOL: &str = "cargo-deny@0.20.2";

/// Checks. Only the dependencies themselves are fetched, those of all platforms: a build brings no more than its own.
pub(crate) fn run() -> Outcome {
    step("the dependencies of all platforms", cargo().args(["fetch", "--quiet", "--locked"]))?;
    let mut check = program(tool()?);
    check.args(["--locked", "--offline", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    step("licences, sources and duplicates of the dependencies", &mut check)
}

/// Installs the program below the repository, once.
fn tool() -> Result<PathBuf, String> {
    let folder = cache(TOOL);
    let tool = folder.join("bin").join(if cfg!(windows) { "cargo-deny.exe" } else { "cargo-deny" });
    if !tool.exists() {
        let built = folder.join("target");
        // Unoptimised it takes a third of the time to build and is as quick to run.
        let mut install = cargo();
        install.args(["install", "--quiet", "--locked", "--debug", TOOL, "--root"]).arg(&folder);
        install.arg("--target-dir").arg(&built).env("CARGO_PROFILE_DEV_DEBUG", "0");
        step("cargo-deny, which takes a minute or two once", &mut install)?;
        let _ = fs::remove_dir_all(built);
    }
    Ok(tool)
}
