//! `cargo xtask soak`: the tests of load, cancellation, processes and long use at their full length and with their figures, which
//! `cargo xtask test` runs in short, and the fuzz targets for minutes.

use crate::process::{Outcome, cargo, step};
use crate::{fuzz, node, python};

/// The variable that asks the tests for their full length.
pub(crate) const FULL_LENGTH: &str = "CALLFLUENT_SOAK";
/// What the tests that have a full length are called, in each language.
pub(crate) const TESTS: [&str; 4] = ["load", "cancellation", "processes", "soak"];

/// Runs everything; ends at the first failure.
pub(crate) fn run() -> Outcome {
    step(
        "soak in Rust",
        cargo()
            .args(["test", "--release", "--locked", "--package", "callfluent"])
            .args([
                "--test",
                "load",
                "--test",
                "cancellation",
                "--test",
                "programs",
                "--test",
                "soak",
                "--",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(FULL_LENGTH, "1"),
    )?;
    python::soak()?;
    node::soak()?;
    fuzz::long()
}
