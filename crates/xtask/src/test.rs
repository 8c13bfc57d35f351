//! `cargo xtask test`: every check and every test. Each part is a command of its own, such as
//! `cargo xtask test python`.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::api::{self, Mode};
use crate::bench::{self, Extent};
use crate::process::{Result, cargo, print_summary, program, step, steps_at_once};
use crate::{check, node, python, sandbox, site};

/// Time from the start of the tests to that of the next build.
const HEAD_START: Duration = Duration::from_secs(10);

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
    let workspace = "test --workspace --all-targets --locked";
    step("Rust: the tests compile", &mut cargo(&format!("{workspace} --no-run")))?;
    // In a command of its own: with these features, each crate of the workspace would wait for
    // arrow-rs.
    let packages = "--package callfluent --package callfluent-documentation";
    let features = "--features callfluent/parquet,callfluent-documentation/parquet";
    let tables = format!("test {packages} {features} --test arrow --test blocks --locked");
    // arrow-rs compiles while the tests wait for timers and servers. Cargo builds for one command
    // at a time, and has to look at the tests before it starts them.
    let run = |title: &str, command: Command| steps_at_once(1, vec![(title.to_owned(), vec![command])]);
    std::thread::scope(|scope| {
        let tests = scope.spawn(|| run("Rust: tests", cargo(workspace)));
        std::thread::sleep(HEAD_START);
        let tables = run("Rust: tables of arrow-rs", at_low_priority(cargo(&tables)));
        tests.join().unwrap_or_else(|_| Err("panic".into())).and(tables)
    })
}

/// Lets other programs go first, on systems with `nice`: some tests measure time.
fn at_low_priority(command: Command) -> Command {
    if !cfg!(unix) {
        return command;
    }
    let mut nice = program("nice");
    nice.args(["-n", "19"]).arg(command.get_program()).args(command.get_args());
    nice
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
