//! The Node package: builds the addon, packs it as it is published, installs the tarballs in a clean folder, and tests there
//! what users get. What it sets up is below `.cache/node` and `node/node_modules`.

// Indexing a JSON value gives null for what is not there, and is writing for what is.
#![allow(clippy::indexing_slicing)]

use fs_err as fs;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::faults;
use crate::process::{Result, build, cache, output, program, root, step};
use crate::soak;

/// The tools that look at the package from outside, and the other runtimes, all from npm.
const TOOLS: [&str; 4] = ["publint@0.3", "@arethetypeswrong/cli@0.18", "bun@1", "deno@2"];

/// The tests that have a full length here only.
const LONG: [&str; 3] = ["signals", "properties-sent", "properties-read"];

/// Builds, packs, installs and tests the package.
pub(crate) fn test() -> Result {
    let installed = install()?;
    let faults = faults::environment()?;
    for (form, title) in [("import", "tests in Node, as ES modules"), ("require", "tests in Node, by require")] {
        let mut tests: Vec<_> = files(&installed.join("tests"), ".test.mjs")?;
        tests.sort();
        step(
            title,
            program("node")
                .current_dir(&installed)
                .args(["--test", "--test-timeout=60000", "--test-reporter=dot"])
                .args(tests)
                .env("CALLFLUENT_TEST_FORM", form)
                .env("CALLFLUENT_WIRE_VECTORS", root().join("tests/wire"))
                .envs(faults.clone()),
        )?;
    }
    step("the package's types, right and wrong uses", npx(&installed).args(["tsc", "--project", "types"]))?;
    let tools = tools()?;
    let tarball = packed().join("callfluent.tgz");
    step("publint", npx(&tools).arg("publint").arg(&tarball))?;
    step("are the types wrong?", npx(&tools).args(["attw", "--no-emoji"]).arg(&tarball))?;
    for (runtime, arguments) in [("bun", &["run"][..]), ("deno", &["run", "--allow-all", "--no-lock"])] {
        let Some(binary) = runtime_binary(&tools, runtime) else {
            println!("   {runtime} cannot be had from npm on this platform; it is left out");
            continue;
        };
        let title = format!("the main paths in {runtime}");
        step(&title, Command::new(binary).current_dir(&installed).args(arguments).arg("tests/runtime-check.mjs"))?;
    }
    Ok(())
}

/// Runs the long tests at their full length.
pub(crate) fn soak() -> Result {
    let installed = install()?;
    step(
        "soak in Node",
        program("node")
            .current_dir(&installed)
            .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
            .args(soak::TESTS.iter().chain(&LONG).map(|name| installed.join("tests").join(format!("{name}.test.mjs"))))
            .env(soak::FULL_LENGTH, "1"),
    )
}

/// Runs the tour of the package as its users have it.
pub(crate) fn demo(base_url: &str, api_key: &str) -> Result {
    let installed = install()?;
    step(
        "the tour in Node",
        program("node")
            .current_dir(installed)
            .arg("examples/tour.mjs")
            .env("CALLFLUENT_BASE_URL", base_url)
            .env("CALLFLUENT_API_KEY", api_key),
    )
}

/// Where the tarballs are put.
fn packed() -> PathBuf {
    cache("node").join("packed")
}

/// The tarballs that were packed last: of the package, and of its binary for this platform.
pub(crate) fn standing_tarballs() -> Option<Vec<PathBuf>> {
    let tarballs = tarballs();
    tarballs.iter().all(|tarball| tarball.exists()).then_some(tarballs)
}

fn tarballs() -> Vec<PathBuf> {
    ["callfluent.tgz", "platform.tgz"].map(|tarball| packed().join(tarball)).into()
}

/// Builds and packs what is published.
pub(crate) fn build_tarballs() -> Result<Vec<PathBuf>> {
    let platform = node(
        "const report = process.report.getReport().header;
         const libc = { linux: report.glibcVersionRuntime ? '-gnu' : '-musl', win32: '-msvc' }[process.platform] ?? '';
         process.stdout.write(`${process.platform}-${process.arch}${libc}`)",
    )?;
    let source = root().join("node");
    step("npm packages of the compiler and the bundler", npm(&source).args(["ci", "--no-audit", "--no-fund"]))?;
    step("JavaScript and its types", npm(&source).args(["run", "build"]))?;
    let addon = build_addon()?;
    pack(&source, &platform, &addon)?;
    Ok(tarballs())
}

/// A clean folder with the package installed from its tarballs, and with tests, types and examples beside it.
fn install() -> Result<PathBuf> {
    let tarballs = build_tarballs()?;
    let source = root().join("node");
    let installed = fresh(&cache("node").join("installed"))?;
    write_json(&installed.join("package.json"), &json!({ "private": true }))?;
    // The compiler, and what the tests are written with; the bundler has done its work.
    let tools = manifest(&source)?["devDependencies"].clone();
    let tools = tools.as_object().into_iter().flatten().filter(|(name, _)| *name != "esbuild");
    let tools = tools.map(|(name, version)| format!("{name}@{}", version.as_str().unwrap_or("*")));
    step(
        "npm install of the tarballs in a clean folder",
        npm(&installed).args(["install", "--no-audit", "--no-fund", "--no-package-lock"]).args(tarballs).args(tools),
    )?;
    for folder in ["tests", "tests/support", "types", "examples"] {
        copy_files(&source.join(folder), &installed.join(folder))?;
    }
    Ok(installed)
}

/// Builds the addon and says where it is.
fn build_addon() -> Result<PathBuf> {
    let [addon] = build("the addon", "--release --package callfluent-node", ["callfluent_node"])?;
    Ok(addon)
}

/// Packs the package and its binary for this platform, the way they are published: the binary is a package of its own,
/// which the other one has as an optional dependency.
fn pack(source: &Path, platform: &str, addon: &Path) -> Result {
    let staged = fresh(&cache("node").join("staged"))?;
    let mut package = manifest(source)?;
    let version = package["version"].clone();
    let binary = format!("callfluent.{platform}.node");
    let platform_name = format!("callfluent-{platform}");

    let mut words = platform.split('-');
    let (system, processor, library) = (words.next(), words.next(), words.next());
    let mut described = json!({
        "name": platform_name,
        "version": version,
        "description": format!("The binary of callfluent for {platform}."),
        "license": package["license"],
        "main": binary,
        "files": [binary],
        "os": [system],
        "cpu": [processor],
        "engines": package["engines"],
    });
    if system == Some("linux") {
        described["libc"] = json!([if library == Some("musl") { "musl" } else { "glibc" }]);
    }
    let platform_folder = fresh(&staged.join("platform"))?;
    write_json(&platform_folder.join("package.json"), &described)?;
    copy(addon, &platform_folder.join(&binary))?;

    // What only this repository needs is left out; the binaries that there are come in.
    if let Some(package) = package.as_object_mut() {
        for own in ["devDependencies", "scripts", "napi"] {
            package.remove(own);
        }
        package.insert("optionalDependencies".into(), json!({ &*platform_name: version }));
    }
    let package_folder = fresh(&staged.join("package"))?;
    write_json(&package_folder.join("package.json"), &package)?;
    copy(&source.join("README.md"), &package_folder.join("README.md"))?;
    for folder in ["dist", "dist/generated", "sandbox"] {
        copy_files(&source.join(folder), &package_folder.join(folder))?;
    }

    let tarballs = fresh(&packed())?;
    let version = version.as_str().unwrap_or_default();
    for (folder, package, tarball) in
        [(&package_folder, "callfluent", "callfluent.tgz"), (&platform_folder, &*platform_name, "platform.tgz")]
    {
        step(
            &format!("npm pack of {package}"),
            npm(folder).args(["pack", "--silent", "--pack-destination"]).arg(&tarballs),
        )?;
        let written = tarballs.join(format!("{package}-{version}.tgz"));
        fs::rename(&written, tarballs.join(tarball))?;
    }
    Ok(())
}

/// The folder with the tools, installed where they are not yet.
fn tools() -> Result<PathBuf> {
    let folder = cache("node").join("tools");
    if TOOLS.iter().all(|tool| folder.join("node_modules").join(name_of(tool)).is_dir()) {
        return Ok(folder);
    }
    let folder = fresh(&folder)?;
    write_json(&folder.join("package.json"), &json!({ "private": true }))?;
    step("tools from npm", npm(&folder).args(["install", "--no-audit", "--no-fund"]).args(TOOLS))?;
    Ok(folder)
}

/// `bun` of `bun@1`.
fn name_of(tool: &str) -> &str {
    tool.rsplit_once('@').map_or(tool, |(name, _)| name)
}

/// The executable of a runtime: what npm linked, or what is in the package that it chose for the platform. Either may be
/// missing, depending on whether npm ran the install scripts.
fn runtime_binary(tools: &Path, runtime: &str) -> Option<PathBuf> {
    let modules = tools.join("node_modules");
    let name = format!("{runtime}{}", std::env::consts::EXE_SUFFIX);
    let scopes = ["@oven", "@deno"].into_iter().filter_map(|scope| fs::read_dir(modules.join(scope)).ok()).flatten();
    let packaged =
        scopes.flatten().flat_map(|package| [package.path().join("bin").join(&name), package.path().join(&name)]);
    let mut places = std::iter::once(modules.join(".bin").join(runtime)).chain(packaged);
    places.find(|path| Command::new(path).arg("--version").output().is_ok_and(|said| said.status.success()))
}

pub(crate) fn npm(folder: &Path) -> Command {
    in_folder(if cfg!(windows) { "npm.cmd" } else { "npm" }, folder)
}

fn npx(folder: &Path) -> Command {
    let mut command = in_folder(if cfg!(windows) { "npx.cmd" } else { "npx" }, folder);
    command.arg("--no-install");
    command
}

fn in_folder(name: &str, folder: &Path) -> Command {
    let mut command = program(name);
    command.current_dir(folder);
    command
}

/// What a piece of JavaScript prints.
fn node(script: &str) -> Result<String> {
    output(program("node").args(["--eval", script]))
        .map_err(|error| format!("Node 20 or later is required, with npm: {error}").into())
}

fn manifest(folder: &Path) -> Result<Value> {
    let path = folder.join("package.json");
    let text = fs::read_to_string(&path)?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()).into())
}

pub(crate) fn write_json(path: &Path, value: &Value) -> Result {
    Ok(fs::write(path, format!("{value:#}\n"))?)
}

/// An empty folder.
fn fresh(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    Ok(folder.to_owned())
}

/// The files of a folder whose names end like this.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?;
    let paths = entries.flatten().map(|entry| entry.path());
    let wanted = |path: &PathBuf| path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.ends_with(ending));
    Ok(paths.filter(|path| path.is_file() && wanted(path)).collect())
}

pub(crate) fn copy_files(from: &Path, to: &Path) -> Result {
    fs::create_dir_all(to)?;
    for path in files(from, "")? {
        copy(&path, &to.join(path.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result {
    Ok(fs::copy(from, to).map(drop)?)
}
