//! `cargo xtask test`: every check and every test. Each part is a command of its own, such as
//! `cargo xtask test python`.

use std::time::Instant;

use crate::api::{self, Mode};
use crate::bench::{self, Extent};
use crate::process::{Result, cargo, print_summary, step};
use crate::{check, node, python, sandbox, site};

/// Runs every part, up to the first failure, and prints a summary.
pub(crate) fn run() -> Result {
    let first = [check::run, rust, docs, site::test, python];
    let last = [node, sandbox::test, || bench::run(Extent::Quick)];
    let started = Instant::now();
    let result = std::thread::scope(|scope| {
        // Waits for the network while cargo uses the processors.
        let downloads = scope.spawn(node::download);
        first.iter().try_for_each(|part| part())?;
        downloads.join().unwrap_or_else(|_| Err("panic".into()))?;
        last.iter().try_for_each(|part| part())
    });
    print_summary(started.elapsed());
    result
}

/// Runs the Rust tests.
pub(crate) fn rust() -> Result {
    step("Rust: tests", &mut cargo("test --workspace --all-targets --locked"))?;
    // In a command of its own: with these features, each crate of the workspace would wait for
    // arrow-rs.
    let packages = "--package callfluent --package callfluent-documentation";
    let features = "--features callfluent/parquet,callfluent-documentation/parquet";
    let tests = "--test arrow --test blocks";
    step("Rust: tables of arrow-rs", &mut cargo(&format!("test {packages} {features} {tests} --locked")))
}

/// Runs the examples in the documentation, and rustdoc with its lints. Compares the public API,
/// which the pages of rustdoc show.
pub(crate) fn docs() -> Result {
    step("Rust: documentation tests", &mut cargo("test --workspace --doc --locked"))?;
    let mut rustdoc = cargo("doc --workspace --no-deps --locked");
    step("Rust: documentation", rustdoc.env("RUSTDOCFLAGS", "--deny warnings"))?;
    api::rust(Mode::Check)
}

/// Tests the Python package and compares its public API.
pub(crate) fn python() -> Result {
    api::python(Mode::Check)?;
    python::test()
}

/// Tests the Node package and compares its public API.
pub(crate) fn node() -> Result {
    node::test()?;
    api::node(Mode::Check)
}

/// Runs programs of users in all environments, with the packages of `dist/` if they were built.
pub(crate) fn packages() -> Result {
    let started = Instant::now();
    let result = node::programs::run().and_then(|()| python::programs());
    print_summary(started.elapsed());
    result
}
