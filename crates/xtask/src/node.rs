//! Builds the Node package, packs and installs it as published, and tests the installed package.
//! Folders are below `.cache/node`, and in `node/node_modules`, `node/native` and `node/dist`.

// Indexing a JSON value returns null for a missing key, and adds the key in an assignment.
#![allow(clippy::indexing_slicing)]

use fs_err as fs;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::faults;
use crate::full_length;
use crate::process::{Result, cache, output, program, root, step, steps_at_once};

/// npm packages that check the package from outside, and the other runtimes.
const TOOLS: [&str; 4] = ["publint@0.3", "@arethetypeswrong/cli@0.18", "bun@1", "deno@2"];

/// Tests whose full length runs in `cargo xtask soak` only.
const LONG: [&str; 3] = ["signals", "properties-sent", "properties-read"];

/// Build for tests and demos: the dev profile, with the catalog that tests compare with.
const FOR_TESTS: [&str; 2] = ["--features", "catalog"];

/// Builds, packs, installs and tests the package.
pub(crate) fn test() -> Result {
    let installed = install()?;
    let faults = faults::environment()?;
    let mut tests = files(&installed.join("tests"), ".test.mjs")?;
    tests.sort();
    // At the same time: the tests often wait for timers, servers and processes.
    let runs = [("import", "Node: tests as ES modules"), ("require", "Node: tests by require")].map(|(form, title)| {
        let mut run = program("node");
        // The timeout ends tests that hang. On a busy machine, a whole file can take a minute.
        run.current_dir(&installed).args(["--test", "--test-timeout=180000", "--test-reporter=dot"]).args(&tests);
        run.env("CALLFLUENT_TEST_FORM", form).env("CALLFLUENT_WIRE_VECTORS", root().join("tests/wire"));
        run.envs(faults.clone());
        (title.to_owned(), vec![run])
    });
    steps_at_once(runs.into())?;
    step("Node: types, right and wrong uses", &mut npx(&installed, "tsc --project types"))?;
    let tools = tools()?;
    let tarball = packed().join("callfluent.tgz");
    step("publint", npx(&tools, "publint").arg(&tarball))?;
    step("are the types wrong?", npx(&tools, "attw --no-emoji").arg(&tarball))?;
    for (runtime, arguments) in [("bun", &["run"][..]), ("deno", &["run", "--allow-all", "--no-lock"])] {
        let Some(binary) = runtime_binary(&tools, runtime) else {
            println!("   skipped: npm has no {runtime} for this platform");
            continue;
        };
        let title = format!("the main paths in {runtime}");
        step(&title, Command::new(binary).current_dir(&installed).args(arguments).arg("tests/runtime-check.mjs"))?;
    }
    test_programs()
}

/// Runs the programs of `tests/packages`, complete jobs with bundlers and frameworks, with the
/// packed packages in a folder outside of the source.
pub(crate) fn programs() -> Result {
    if standing_tarballs().is_none() {
        build_tarballs_for_tests()?;
    }
    test_programs()
}

fn test_programs() -> Result {
    let source = root().join("tests").join("packages");
    let folder = cache("node").join("programs");
    let needed = fs::read(source.join("package.json"))?;
    // Frameworks take a minute to install, so they are kept until the list changes.
    let listed = folder.join("listed.json");
    if fs::read(&listed).ok().as_ref() != Some(&needed) {
        fresh(&folder)?;
        fs::write(folder.join("package.json"), &needed)?;
        step("programs: npm install of what they need", npm(&folder).args(["install", "--no-audit", "--no-fund"]))?;
        fs::write(&listed, &needed)?;
    }
    step(
        "programs: npm install of the tarballs",
        npm(&folder).args(["install", "--no-save", "--no-audit", "--no-fund"]).args(tarballs()),
    )?;
    copy_tree(&source, &folder)?;
    for example in ["express-lead-form", "webhook-receivers"] {
        copy_tree(&root().join("examples").join(example), &folder.join("express-example").join(example))?;
    }
    let mut tests = Vec::new();
    for program in fs::read_dir(&folder)?.flatten().filter(|entry| entry.file_name() != "node_modules") {
        if program.path().is_dir() {
            tests.extend(files(&program.path(), ".test.mjs")?);
        }
    }
    tests.sort();
    step(
        "programs: bundlers, frameworks and jobs",
        program("node")
            .current_dir(&folder)
            .args(["--test", "--test-concurrency=2", "--test-timeout=300000", "--test-reporter=dot"])
            .args(tests),
    )
}

/// Runs the long tests at full length.
pub(crate) fn soak() -> Result {
    let tests = install()?.join("tests");
    step(
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
            .current_dir(install()?)
            .arg("examples/tour.mjs")
            .env("CALLFLUENT_BASE_URL", base_url)
            .env("CALLFLUENT_API_KEY", api_key),
    )
}

fn packed() -> PathBuf {
    cache("node").join("packed")
}

/// Returns the tarballs of the last build, if they exist: the package and the platform package.
pub(crate) fn standing_tarballs() -> Option<Vec<PathBuf>> {
    let tarballs = tarballs();
    tarballs.iter().all(|tarball| tarball.exists()).then_some(tarballs)
}

fn tarballs() -> Vec<PathBuf> {
    ["callfluent.tgz", "platform.tgz"].map(|tarball| packed().join(tarball)).into()
}

/// Builds and packs the package with the release profile.
pub(crate) fn build_tarballs() -> Result<Vec<PathBuf>> {
    build_with(&["--profile", "release"])
}

/// Builds and packs the package with the dev profile.
pub(crate) fn build_tarballs_for_tests() -> Result<Vec<PathBuf>> {
    build_with(&FOR_TESTS)
}

fn build_with(arguments: &[&str]) -> Result<Vec<PathBuf>> {
    let source = root().join("node");
    step("Node: npm ci", npm(&source).args(["ci", "--no-audit", "--no-fund"]))?;
    // A binary of another platform must not be packed.
    fresh(&source.join("native"))?;
    step("Node: addon", npm(&source).args(["run", "--silent", "build:addon", "--"]).args(arguments))?;
    step("Node: JavaScript and types", npm(&source).args(["run", "--silent", "build:js"]))?;
    pack(&source)?;
    Ok(tarballs())
}

/// Installs the tarballs in an empty folder, with tests, types and examples beside them.
fn install() -> Result<PathBuf> {
    let tarballs = build_tarballs_for_tests()?;
    let source = root().join("node");
    let installed = fresh(&cache("node").join("installed"))?;
    write_json(&installed.join("package.json"), &json!({ "private": true }))?;
    let manifest = manifest(&source)?;
    let tool = |name: &str| Some(format!("{name}@{}", manifest["devDependencies"].get(name)?.as_str()?));
    let tools = ["@types/express", "@types/node", "express", "fast-check", "fastify", "hono", "typescript"]
        .into_iter()
        .filter_map(tool);
    step(
        "Node: npm install of the tarballs",
        npm(&installed).args(["install", "--no-audit", "--no-fund", "--no-package-lock"]).args(tarballs).args(tools),
    )?;
    for folder in ["tests", "tests/support", "types", "examples"] {
        copy_files(&source.join(folder), &installed.join(folder))?;
    }
    Ok(installed)
}

/// Packs the package and the package of this platform's binary, which is its optional dependency.
fn pack(source: &Path) -> Result {
    let staged = fresh(&cache("node").join("staged"))?;
    // napi writes inside the package's own folder only.
    let (main, platforms) = (staged.join("package"), fresh(&source.join("npm"))?);
    step("Node: platform packages", &mut npx(source, "napi create-npm-dirs"))?;
    let binary = files(&source.join("native"), ".node")?.pop().ok_or("napi built no addon")?;
    let platform = binary.file_stem().and_then(OsStr::to_str).and_then(|name| name.split_once('.'));
    let platform = platforms.join(platform.ok_or("the addon's name has no platform")?.1);
    fs::copy(&binary, platform.join(binary.file_name().unwrap_or_default()))?;

    let package = manifest(source)?;
    let mut platform_package = manifest(&platform)?;
    let name = platform_package["name"].as_str().unwrap_or_default().to_owned();
    // Yarn keeps packages in zip files, from which the system cannot load a library.
    platform_package["preferUnplugged"] = json!(true);
    if let Some(files) = platform_package["files"].as_array_mut() {
        files.extend(["LICENSE-APACHE", "LICENSE-MIT"].map(Value::from));
    }
    platform_package["homepage"] = package["homepage"].clone();
    write_json(&platform.join("package.json"), &platform_package)?;
    fs::write(platform.join("README.md"), format!("# `{name}`\n\nNative addon of the npm package `callfluent`.\n"))?;
    for folder in ["dist", "dist/generated", "sandbox", "webhooks"] {
        copy_files(&source.join(folder), &main.join(folder))?;
    }
    fs::copy(source.join("README.md"), main.join("README.md"))?;
    for license in ["LICENSE", "LICENSE-APACHE", "LICENSE-MIT"] {
        for package in [&main, &platform] {
            fs::copy(root().join(license), package.join(license))?;
        }
    }
    // npm keeps the order of the conditions in `exports`. Node takes the first one that applies.
    fs::copy(source.join("package.json"), main.join("package.json"))?;
    output(npm(&main).args(["pkg", "delete", "devDependencies", "scripts", "napi"]))?;
    let addon = json!({ name: package["version"] });
    output(npm(&main).args(["pkg", "set", "--json", &format!("optionalDependencies={addon}")]))?;

    fresh(&packed())?;
    for (folder, tarball) in [main, platform].iter().zip(tarballs()) {
        let written = output(npm(folder).args(["pack", "--silent", "--pack-destination"]).arg(packed()))?;
        fs::rename(packed().join(written.trim()), tarball)?;
    }
    Ok(())
}

/// Returns the folder with the tools, after installing what is missing.
fn tools() -> Result<PathBuf> {
    let folder = cache("node").join("tools");
    let name = |tool: &'static str| tool.rsplit_once('@').map_or(tool, |(name, _)| name);
    if TOOLS.into_iter().all(|tool| folder.join("node_modules").join(name(tool)).is_dir()) {
        return Ok(folder);
    }
    let folder = fresh(&folder)?;
    write_json(&folder.join("package.json"), &json!({ "private": true }))?;
    step("tools from npm", npm(&folder).args(["install", "--no-audit", "--no-fund"]).args(TOOLS))?;
    Ok(folder)
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

pub(crate) fn npm(folder: &Path) -> Command {
    let mut command = program(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(folder);
    command
}

/// A program of npm packages that are installed in a folder.
fn npx(folder: &Path, arguments: &str) -> Command {
    let mut command = npm(folder);
    command.args(["exec", "--no", "--"]).args(arguments.split(' '));
    command
}

fn manifest(folder: &Path) -> Result<Value> {
    Ok(serde_json::from_str(&fs::read_to_string(folder.join("package.json"))?)?)
}

pub(crate) fn write_json(path: &Path, value: &Value) -> Result {
    Ok(fs::write(path, format!("{value:#}\n"))?)
}

/// Empties a folder, or creates it.
fn fresh(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    Ok(folder.to_owned())
}

/// Lists the files of a folder whose names end in `ending`.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    Ok(paths.filter(|path| path.is_file() && path.to_string_lossy().ends_with(ending)).collect())
}

/// Copies a folder with its folders.
fn copy_tree(from: &Path, to: &Path) -> Result {
    copy_files(from, to)?;
    for folder in fs::read_dir(from)?.flatten().filter(|entry| entry.path().is_dir()) {
        copy_tree(&folder.path(), &to.join(folder.file_name()))?;
    }
    Ok(())
}

pub(crate) fn copy_files(from: &Path, to: &Path) -> Result {
    fs::create_dir_all(to)?;
    for path in files(from, "")? {
        fs::copy(&path, to.join(path.file_name().unwrap_or_default()))?;
    }
    Ok(())
}
