//! `cargo xtask test sandbox`: the OpenAPI description against the sandbox, with schemathesis, and
//! the sandbox's page in headless Chromium.

use std::path::{Path, PathBuf};

use callfluent_sandbox::Sandbox;
use fs_err as fs;

use crate::node::npm;
use crate::process::{Result, cache, program, root, step};
use crate::python::{environment, newest, pip, python};

/// The tool that sends requests which the description allows, and others.
const SCHEMATHESIS: &str = "schemathesis>=4,<5";
/// Names of Chromium in the search path.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

pub(crate) fn test() -> Result {
    conformance()?;
    page()
}

/// Checks that the sandbox accepts what the description allows, and responds as described.
fn conformance() -> Result {
    let folder = cache("python").join("schemathesis");
    environment(&newest()?, &folder)?;
    step("schemathesis", pip(&folder).arg(SCHEMATHESIS))?;
    // A list of thousands of agents would make each response of an agent list slow.
    let sandbox = Sandbox::builder().demo(true).agent_limit(1_000).workspace_limit(1_000).start_blocking()?;
    let report = cache("schemathesis");
    fs::create_dir_all(&report)?;
    step(
        "Sandbox: OpenAPI conformance in all phases",
        // From its own folder, because it stores examples there.
        program(python(&folder))
            .current_dir(&report)
            .args(["-m", "schemathesis.cli", "run"])
            .arg(root().join("docs/openapi.json"))
            .args(["--url", sandbox.base_url(), "--header"])
            .arg(format!("Authorization: Bearer {}", sandbox.api_key()))
            .args(["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "20", "--seed", "1"]),
    )
}

/// Tests the page if Chromium is installed.
fn page() -> Result {
    let Some(browser) = std::env::var_os("CHROMIUM").map(PathBuf::from).or_else(installed_browser) else {
        println!("   skipped: the page of the sandbox, because Chromium is not installed");
        return Ok(());
    };
    let folder = cache("sandbox-page");
    fs::create_dir_all(&folder)?;
    for name in ["package.json", "page.test.mjs"] {
        fs::copy(root().join("tests/sandbox-page").join(name), folder.join(name))?;
    }
    step("Sandbox: npm install for the page", npm(&folder).args(["install", "--silent", "--no-audit", "--no-fund"]))?;
    let sandbox = Sandbox::builder().demo(true).start_blocking()?;
    step(
        "Sandbox: page in Chromium",
        program("node")
            .current_dir(&folder)
            .args(["--test", "page.test.mjs"])
            .env("CHROMIUM", browser)
            .env("SANDBOX_ADDRESS", sandbox.base_url().trim_end_matches("/api"))
            .env("SANDBOX_API_KEY", sandbox.api_key()),
    )
}

fn installed_browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let found = |name: &str| folders.iter().map(|folder| folder.join(name)).find(|file| Path::is_file(file));
    BROWSERS.iter().find_map(|name| found(name))
}
