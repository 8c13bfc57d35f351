//! `cargo xtask demo`: starts a sandbox and runs the tour of each language against it.

use crate::process::{Result, cargo, step};
use crate::{node, python};

/// Runs the tours, the quickest to build first.
pub(crate) fn run() -> Result {
    let sandbox = callfluent_sandbox::Sandbox::builder().demo(true).start_blocking()?;
    println!("The sandbox of the CallFluent API runs at {}", sandbox.base_url());
    // As an example of this crate, it needs nothing that cargo has not built for this crate.
    let mut tour = cargo("run --quiet --locked --package xtask --example tour-of-demo");
    tour.env("CALLFLUENT_BASE_URL", sandbox.base_url()).env("CALLFLUENT_API_KEY", sandbox.api_key());
    step("the tour in Rust", &mut tour)?;
    python::demo(sandbox.base_url(), sandbox.api_key())?;
    node::demo(sandbox.base_url(), sandbox.api_key())
}
