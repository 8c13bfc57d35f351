//! Builds the Node package, packs and installs it as published, and tests the installed package.
//! Folders are below `.cache/node`, and in `node/node_modules`, `node/native` and `node/dist`.

pub(crate) mod folders;
mod pack;
pub(crate) mod programs;

use fs_err as fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::faults;
use crate::full_length;
use crate::process::{Result, cache, long_step, program, root, step, steps_at_once};
pub(crate) use folders::{copy_files, npm, write_json};
use folders::{files, fresh, manifest, npx};
pub(crate) use pack::{
    Registry, build_for_release, build_tarballs, build_tarballs_for_tests, main_name, standing_tarballs,
};

/// npm packages that check the package from outside, the reader of its API, and the other runtimes.
const TOOLS: [&str; 5] = ["publint@0.3", "@arethetypeswrong/cli@0.18", "@microsoft/api-extractor@7", "bun@1", "deno@2"];

/// Tests whose full length runs in `cargo xtask soak` only.
const LONG: [&str; 3] = ["signals", "properties-sent", "properties-read"];

/// Tests of what differs between the two forms of the package: loading, optional packages, stack
/// traces, processes, the sandbox's program. All other code is compiled from the same files.
const BY_REQUIRE: [&str; 14] = [
    "client",
    "environment",
    "errors",
    "export",
    "lifecycle",
    "metadata",
    "parity",
    "platform",
    "processes",
    "sandbox",
    "tables",
    "telemetry",
    "together",
    "webhooks",
];

/// Builds, packs, installs and tests the package.
pub(crate) fn test() -> Result {
    let tarballs = build_tarballs_for_tests()?;
    let installed = install(&tarballs)?;
    let faults = faults::environment()?;
    let mut tests = files(&installed.join("tests"), ".test.mjs")?;
    tests.sort();
    let by_require = BY_REQUIRE.map(|name| installed.join(format!("tests/{name}.test.mjs"))).to_vec();
    // At least two files at a time: the tests often wait for timers, servers and processes.
    let at_once = std::thread::available_parallelism()?.get().max(2);
    let forms = [("import", "Node: tests as ES modules", tests), ("require", "Node: tests by require", by_require)];
    for (form, title, tests) in forms {
        let mut run = program("node");
        // The timeout ends tests that hang. On a busy machine, a whole file can take a minute.
        run.current_dir(&installed).args(["--test", "--test-timeout=180000", "--test-reporter=dot"]);
        run.arg(format!("--test-concurrency={at_once}")).args(&tests);
        run.env("CALLFLUENT_TEST_FORM", form).env("CALLFLUENT_REPOSITORY", root()).envs(faults.clone());
        step(title, &mut run)?;
    }
    step("Node: types, right and wrong uses", &mut npx(&installed, "tsc --project types"))?;
    check_tarballs(&tarballs)?;
    let tools = tools()?;
    for (runtime, arguments) in [("bun", &["run"][..]), ("deno", &["run", "--allow-all", "--no-lock"])] {
        let Some(binary) = runtime_binary(&tools, runtime) else {
            println!("   skipped: npm has no {runtime} for this platform");
            continue;
        };
        let title = format!("the main paths in {runtime}");
        step(&title, program(binary).current_dir(&installed).args(arguments).arg("tests/runtime-check.mjs"))?;
    }
    programs::test(&tarballs)
}

/// Checks the package, the first of the tarballs, from outside.
pub(crate) fn check_tarballs(tarballs: &[PathBuf]) -> Result {
    let tools = tools()?;
    let main = tarballs.iter().find(|tarball| tarball.file_name().is_some_and(|name| name == main_name().as_str()));
    let Some(main) = main else {
        return Ok(());
    };
    step("publint", npx(&tools, "publint").arg(main))?;
    step("are the types wrong?", npx(&tools, "attw --no-emoji").arg(main))
}

/// Runs the long tests at full length.
pub(crate) fn soak() -> Result {
    let tests = install(&build_tarballs_for_tests()?)?.join("tests");
    long_step(
        "soak in Node",
        program("node")
            .current_dir(&tests)
            .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
            .args(full_length::TESTS.iter().chain(&LONG).map(|name| tests.join(format!("{name}.test.mjs"))))
            .env(full_length::VARIABLE, "1"),
    )
}

/// Runs the tour with the installed package.
pub(crate) fn demo(base_url: &str, api_key: &str) -> Result {
    step(
        "the tour in Node",
        program("node")
            .current_dir(install(&build_tarballs_for_tests()?)?)
            .arg("examples/tour.mjs")
            .env("CALLFLUENT_BASE_URL", base_url)
            .env("CALLFLUENT_API_KEY", api_key),
    )
}

/// Installs the tarballs in an empty folder, with tests, types and examples beside them.
fn install(tarballs: &[PathBuf]) -> Result<PathBuf> {
    let source = root().join("node");
    let installed = fresh(&cache("node").join("installed"))?;
    write_json(&installed.join("package.json"), &json!({ "private": true }))?;
    let manifest = manifest(&source)?;
    let tool = |name: &str| Some(format!("{name}@{}", manifest.get("devDependencies")?.get(name)?.as_str()?));
    let tools = [
        "@opentelemetry/api",
        "@opentelemetry/context-async-hooks",
        "@opentelemetry/sdk-metrics",
        "@opentelemetry/sdk-trace-base",
        "@types/express",
        "@types/node",
        "apache-arrow",
        "express",
        "fast-check",
        "fastify",
        "hono",
        "hyparquet",
        "hyparquet-writer",
        "typescript",
    ];
    let tools = tools.into_iter().filter_map(tool);
    let registry = Registry::start(tarballs)?;
    let mut install = npm(&installed);
    install.args(["install", "--no-audit", "--no-fund", "--no-package-lock"]).arg(registry.argument());
    step("Node: npm install of the tarballs", install.args(tarballs).args(tools))?;
    for folder in ["tests", "tests/support", "types", "examples"] {
        copy_files(&source.join(folder), &installed.join(folder))?;
    }
    Ok(installed)
}

/// Downloads the tools and what programs of users need, with output in files. It takes minutes, and
/// mostly waits for the network.
pub(crate) fn download() -> Result {
    let commands = [install_tools()?, programs::install_needs()?].into_iter().flatten().collect::<Vec<_>>();
    if commands.is_empty() { Ok(()) } else { steps_at_once(1, vec![("npm packages".to_owned(), commands)]) }
}

/// Returns the folder with the tools, after installing what is missing.
pub(crate) fn tools() -> Result<PathBuf> {
    if let Some(mut install) = install_tools()? {
        step("tools from npm", &mut install)?;
    }
    Ok(cache("node").join("tools"))
}

/// Returns the command that installs the tools, if one is missing.
fn install_tools() -> Result<Option<Command>> {
    let folder = cache("node").join("tools");
    let name = |tool: &'static str| tool.rsplit_once('@').map_or(tool, |(name, _)| name);
    if TOOLS.into_iter().all(|tool| folder.join("node_modules").join(name(tool)).is_dir()) {
        return Ok(None);
    }
    let folder = fresh(&folder)?;
    write_json(&folder.join("package.json"), &json!({ "private": true }))?;
    let mut install = npm(&folder);
    install.args(["install", "--no-audit", "--no-fund"]).args(TOOLS);
    Ok(Some(install))
}

/// Finds the executable of a runtime: the one npm linked, or the one in the platform's package.
/// Either can be missing, depending on whether npm ran the install scripts.
fn runtime_binary(tools: &Path, runtime: &str) -> Option<PathBuf> {
    let modules = tools.join("node_modules");
    let name = format!("{runtime}{}", std::env::consts::EXE_SUFFIX);
    let scopes = ["@oven", "@deno"].into_iter().filter_map(|scope| fs::read_dir(modules.join(scope)).ok()).flatten();
    let packaged =
        scopes.flatten().flat_map(|package| [package.path().join("bin").join(&name), package.path().join(&name)]);
    let mut places = std::iter::once(modules.join(".bin").join(runtime)).chain(packaged);
    places.find(|path| Command::new(path).arg("--version").output().is_ok_and(|output| output.status.success()))
}
