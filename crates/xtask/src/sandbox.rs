//! `cargo xtask test sandbox`: the OpenAPI description against the sandbox, with schemathesis and
//! with generated clients, and the sandbox's page in headless Chromium.

use std::path::{Path, PathBuf};

use callfluent_sandbox::Sandbox;
use fs_err as fs;

use crate::node::npm;
use crate::process::{Result, cache, program, root, step};
use crate::python::{environment, newest, python, uv};

/// The first sends requests that the description allows, and others; the second generates a client.
const TOOLS: [&str; 2] = ["schemathesis>=4,<5", "openapi-python-client>=0.26,<1"];
/// Names of Chromium in the search path.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

pub(crate) fn test() -> Result {
    conformance()?;
    generated_clients()?;
    page()
}

/// Checks that the sandbox accepts what the description allows, and responds as described.
fn conformance() -> Result {
    let tools = tools()?;
    // Stateful tests create agents and workspaces.
    let sandbox = Sandbox::builder().demo(true).agent_limit(1_000).workspace_limit(1_000).start_blocking()?;
    let folder = cache("openapi");
    fs::create_dir_all(&folder)?;
    step(
        "Sandbox: OpenAPI conformance in all phases",
        // From its own folder, because it stores examples there.
        program(python(&tools))
            .current_dir(&folder)
            .args(["-m", "schemathesis.cli", "--config-file"])
            .arg(root().join("tests/openapi/schemathesis.toml"))
            .arg("run")
            .arg(description())
            .args(["--url", sandbox.base_url(), "--header"])
            .arg(format!("Authorization: Bearer {}", sandbox.api_key()))
            .args(["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "10", "--seed", "1"]),
    )
}

/// Generates clients in Python and TypeScript from the description, and runs the tour with each.
fn generated_clients() -> Result {
    let (tools, folder) = (tools()?, cache("openapi"));
    fs::create_dir_all(&folder)?;
    for name in ["package.json", "tour.py", "tour.ts"] {
        fs::copy(root().join("tests/openapi").join(name), folder.join(name))?;
    }
    let sandbox = Sandbox::builder().demo(true).start_blocking()?;
    let variables = [("CALLFLUENT_BASE_URL", sandbox.base_url()), ("CALLFLUENT_API_KEY", sandbox.api_key())];
    let in_folder = |name: &Path| {
        let mut command = program(name);
        command.current_dir(&folder).envs(variables);
        command
    };
    let interpreter = python(&tools);
    step(
        "Sandbox: openapi-python-client generates a client",
        in_folder(&interpreter)
            .args(["-m", "openapi_python_client", "generate", "--meta", "none", "--overwrite"])
            .args(["--output-path", "generated", "--path"])
            .arg(description()),
    )?;
    step("Sandbox: tour with openapi-python-client", in_folder(&interpreter).arg("tour.py"))?;
    step("Sandbox: npm install of openapi-typescript", npm(&folder).args(["install", "--no-audit", "--no-fund"]))?;
    let node = Path::new("node");
    step(
        "Sandbox: openapi-typescript generates types",
        in_folder(node).args(["node_modules/openapi-typescript/bin/cli.js", "--output", "api.ts"]).arg(description()),
    )?;
    step(
        "Sandbox: the tour with openapi-fetch compiles",
        in_folder(node)
            .args(["node_modules/typescript/bin/tsc", "--strict", "--module", "nodenext", "--target", "es2022"])
            .args(["--skipLibCheck", "tour.ts"]),
    )?;
    step("Sandbox: tour with openapi-fetch", in_folder(node).arg("tour.js"))
}

fn description() -> PathBuf {
    root().join("docs/openapi.json")
}

/// Returns an environment with the tools. It is kept until the list changes.
fn tools() -> Result<PathBuf> {
    let folder = cache("python").join("openapi");
    let installed = folder.join("installed");
    if fs::read_to_string(&installed).ok().as_deref() != Some(&TOOLS.join(" ")) {
        environment(&newest()?, &folder)?;
        step("schemathesis and openapi-python-client", uv(&folder)?.args(TOOLS))?;
        fs::write(installed, TOOLS.join(" "))?;
    }
    Ok(folder)
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
