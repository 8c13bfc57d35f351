//! The servers that misbehave, for the tests of faults in Python and Node: builds their program and says where it is.

// Indexing a JSON value gives null for what is not there.
#![allow(clippy::indexing_slicing)]

use std::path::PathBuf;

use serde_json::Value;

use crate::process::{cargo, output, root, step};

/// The variables that drivers read.
pub(crate) const PROGRAM: &str = "CALLFLUENT_FAULT_SERVER";
pub(crate) const SCENARIOS: &str = "CALLFLUENT_FAULT_SCENARIOS";

/// Builds the program and says where it is.
pub(crate) fn program() -> Result<PathBuf, String> {
    let mut command = cargo();
    command.args(["build", "--locked", "--package", "callfluent-sandbox", "--features", "faults"]);
    step("the servers that misbehave", command.args(["--bin", "callfluent-fault-server"]))?;
    let messages = output(command.arg("--message-format=json"))?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "callfluent-fault-server")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| "cargo does not say where it put the servers".into())
}

/// The list of scenarios.
pub(crate) fn scenarios() -> PathBuf {
    root().join("tests/faults/scenarios.json")
}
