//! The fault server, which the fault tests in Python and Node run against.

use std::path::PathBuf;

use crate::process::{Result, build, root};

/// Builds the fault server and returns the environment variables that the tests read.
pub(crate) fn environment() -> Result<[(&'static str, PathBuf); 2]> {
    let arguments = "--package callfluent-sandbox --features faults --bin callfluent-fault-server";
    let [server] = build("fault server", arguments, ["callfluent-fault-server"])?;
    let scenarios = root().join("tests/faults/scenarios.json");
    Ok([("CALLFLUENT_FAULT_SERVER", server), ("CALLFLUENT_FAULT_SCENARIOS", scenarios)])
}
