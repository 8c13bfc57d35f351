//! `cargo xtask soak`: the tests of load, cancellation, processes and long use at full length, and
//! the fuzz targets for minutes. `cargo xtask test` runs the same tests in short.

use crate::process::{Result, cargo, long_step, program, root, step, tool};
use crate::{full_length, node, python};

/// An exact version: its options differ from one version to the next.
const CARGO_FUZZ: &str = "cargo-fuzz@0.13.2";

/// Runs everything, up to the first failure.
pub(crate) fn run() -> Result {
    let tests = "--test load --test cancellation --test process_exit --test soak -- --nocapture --test-threads=1";
    let mut rust = cargo(&format!("test --profile fast --locked --package callfluent {tests}"));
    long_step("soak in Rust", rust.env(full_length::VARIABLE, "1"))?;
    let slow_links = "test --profile fast --locked --package callfluent --test slow_links -- --ignored";
    long_step("slow and dead links in Rust", &mut cargo(slow_links))?;
    python::soak()?;
    node::soak()?;
    fuzz()
}

/// Runs each fuzz target for three minutes. A sanitizer would need nightly Rust, and finds little:
/// the client has almost no unsafe code.
fn fuzz() -> Result {
    step("seeds of the fuzz targets", &mut cargo("run --quiet --locked --package callfluent-fuzz --bin seeds"))?;
    let cargo_fuzz = tool(CARGO_FUZZ)?;
    for target in fs_err::read_dir(root().join("fuzz/corpus"))? {
        let target = target?.file_name();
        let mut run = program(&cargo_fuzz);
        run.args(["fuzz", "run", "--sanitizer", "none", "--features", "libfuzzer"]).arg(&target);
        run.args(["--", "-max_total_time=180", "-print_final_stats=1"]);
        step(&format!("three minutes of fuzzing: {}", target.display()), &mut run)?;
    }
    Ok(())
}
