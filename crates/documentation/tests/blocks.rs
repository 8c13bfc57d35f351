//! The Rust blocks of the READMEs and the guide, run as programs against the sandbox.

// Examples are short rather than careful, and users copy them to crates without these lints.
#![allow(clippy::all, clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![allow(unused, unreachable_pub)]

use std::path::{Path, PathBuf};
use std::process::Command;

use callfluent_sandbox::Sandbox;

include!(concat!(env!("OUT_DIR"), "/blocks.rs"));

/// Returns a new copy of the files of the examples: some examples write files.
fn files(name: &str) -> std::io::Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/documentation/files");
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if copy.exists() {
        std::fs::remove_dir_all(&copy)?;
    }
    std::fs::create_dir_all(&copy)?;
    for entry in std::fs::read_dir(source)? {
        let entry = entry?;
        std::fs::copy(entry.path(), copy.join(entry.file_name()))?;
    }
    Ok(copy)
}

#[test]
fn every_block_of_the_documentation_runs() {
    assert!(BLOCKS.len() > if cfg!(feature = "parquet") { 1 } else { 10 });
    let failures: Vec<_> =
        BLOCKS.iter().filter_map(|(name, place)| run(name).err().map(|error| format!("{place}: {error}"))).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Runs one block as its own process: it reads the environment and its files.
fn run(name: &str) -> Result<(), String> {
    let sandbox = Sandbox::builder().demo(true).start_blocking().map_err(|error| error.to_string())?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(program)
        .args(["--exact", &format!("{name}::run"), "--ignored", "--nocapture"])
        .current_dir(files(name).map_err(|error| error.to_string())?)
        .env("CALLFLUENT_BASE_URL", sandbox.base_url())
        .env("CALLFLUENT_API_KEY", sandbox.api_key())
        .env("CALLFLUENT_OFFLINE", "1")
        .output()
        .map_err(|error| error.to_string())?;
    let printed = String::from_utf8_lossy(&output.stdout);
    // A name that matches no test is a success, too.
    if output.status.success() && printed.contains("1 passed") {
        return Ok(());
    }
    Err(format!("{printed}{}", String::from_utf8_lossy(&output.stderr)))
}
