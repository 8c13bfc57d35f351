//! `cargo xtask soak`: the tests of load, cancellation, processes and long use at full length, and the fuzz targets for
//! minutes. `cargo xtask test` runs the same tests in short.

use crate::process::{Result, cargo, step};
use crate::{fuzz, node, python};

/// Environment variable that makes the tests run at full length.
pub(crate) const FULL_LENGTH: &str = "CALLFLUENT_SOAK";
/// Names of the tests that have a full length, in each language.
pub(crate) const TESTS: [&str; 4] = ["load", "cancellation", "processes", "soak"];

/// Runs everything, up to the first failure.
pub(crate) fn run() -> Result {
    let tests = "--test load --test cancellation --test programs --test soak -- --nocapture --test-threads=1";
    let mut rust = cargo(&format!("test --release --locked --package callfluent {tests}"));
    step("soak in Rust", rust.env(FULL_LENGTH, "1"))?;
    python::soak()?;
    node::soak()?;
    fuzz::long()
}
