//! The fault server, which the fault tests in Python and Node run against.

use std::path::PathBuf;

use crate::process::{Result, build, root};

/// Builds the fault server and returns the environment variables that the tests read.
pub(crate) fn environment() -> Result<[(&'static str, PathBuf); 2]> {
    // With the features of `cargo test --workspace`, so that cargo does not build its dependencies
    // once more: a test selects them.
    let arguments = "--workspace --bin callfluent-fault-server --test layers";
    let [server] = build("fault server", arguments, ["callfluent-fault-server"])?;
    let scenarios = root().join("tests/faults/scenarios.json");
    Ok([("CALLFLUENT_FAULT_SERVER", server), ("CALLFLUENT_FAULT_SCENARIOS", scenarios)])
}
