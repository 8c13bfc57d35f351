//! `cargo xtask demo`: starts a sandbox and does the main job against it, in each language.

use crate::process::{Outcome, cargo, step};
use crate::{node, python};

/// Runs the tour in each language.
pub(crate) fn run() -> Outcome {
    let sandbox = callfluent_sandbox::Sandbox::builder()
        .demo(true)
        .start_blocking()
        .map_err(|error| format!("the sandbox cannot start: {error}"))?;
    println!("A sandbox of the CallFluent API runs at {}", sandbox.base_url());
    step(
        "the tour in Rust",
        cargo()
            .args(["run", "--quiet", "--locked", "--package", "callfluent", "--example", "tour"])
            .env("CALLFLUENT_BASE_URL", sandbox.base_url())
            .env("CALLFLUENT_API_KEY", sandbox.api_key()),
    )?;
    python::demo(sandbox.base_url(), sandbox.api_key())?;
    node::demo(sandbox.base_url(), sandbox.api_key())
}
