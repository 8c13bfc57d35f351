//! Builds the addon and the JavaScript, and packs the package and that of this platform.

// Indexing a JSON value returns null for a missing key, and adds the key in an assignment.
#![allow(clippy::indexing_slicing)]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;
use serde_json::{Map, Value, json};

use super::folders::{copy_files, files, fresh, manifest, npm, npx, write_json};
use crate::bench::process::Process;
use crate::package::notices;
use crate::package::target::Target;
use crate::process::{Result, cache, output, program, root, step};

/// Build for tests and demos: the dev profile, with the catalog that tests compare with.
const FOR_TESTS: [&str; 2] = ["--features", "catalog"];

fn packed() -> PathBuf {
    cache("node").join("packed")
}

/// Returns the tarballs of the last build, if they exist: the package and the platform package.
pub(crate) fn standing_tarballs() -> Option<Vec<PathBuf>> {
    tarballs_in(&packed())
}

/// Returns the tarballs of a folder: the package and the platform package.
pub(crate) fn tarballs_in(folder: &Path) -> Option<Vec<PathBuf>> {
    let main = folder.join(main_name());
    let platform = files(folder, ".tgz").ok()?.into_iter().find(|path| *path != main)?;
    main.exists().then(|| vec![main, platform])
}

/// File name of the package without an addon, as npm packs it.
pub(crate) fn main_name() -> String {
    format!("callfluent-{}.tgz", env!("CARGO_PKG_VERSION"))
}

/// Builds and packs the package with the release profile.
pub(crate) fn build_tarballs() -> Result<Vec<PathBuf>> {
    build(&["--profile", "release"], Target::current()?.triple(), |_| Ok(()))
}

/// Builds and packs the package with the dev profile.
pub(crate) fn build_tarballs_for_tests() -> Result<Vec<PathBuf>> {
    build(&FOR_TESTS, Target::current()?.triple(), |_| Ok(()))
}

/// Builds and packs the package for a target, in a prepared environment.
pub(crate) fn build_for_release(
    target: &Target,
    profile: &str,
    prepare: impl FnOnce(&mut Command) -> Result,
) -> Result<Vec<PathBuf>> {
    let mut arguments = vec!["--profile", profile];
    let target_arguments = target.napi();
    arguments.extend(target_arguments.iter().map(String::as_str));
    build(&arguments, target.triple(), prepare)
}

fn build(arguments: &[&str], target: &str, prepare: impl FnOnce(&mut Command) -> Result) -> Result<Vec<PathBuf>> {
    let source = root().join("node");
    step("Node: npm ci", npm(&source).args(["ci", "--no-audit", "--no-fund"]))?;
    // A binary of another platform must not be packed.
    fresh(&source.join("native"))?;
    let mut addon = npm(&source);
    addon.args(["run", "--silent", "build:addon", "--"]).args(arguments);
    prepare(&mut addon)?;
    step("Node: addon", &mut addon)?;
    step("Node: JavaScript and types", npm(&source).args(["run", "--silent", "build:js"]))?;
    pack(&source, target)?;
    standing_tarballs().ok_or_else(|| "npm packed no tarballs".into())
}

/// Packs the package and the package of this platform's binary. The package has the packages of all
/// platforms as optional dependencies, of which npm installs the one that fits.
fn pack(source: &Path, target: &str) -> Result {
    let staged = fresh(&cache("node").join("staged"))?;
    // napi writes inside the package's own folder only.
    let (main, platforms) = (staged.join("package"), fresh(&source.join("npm"))?);
    step("Node: platform packages", &mut npx(source, "napi create-npm-dirs"))?;
    let package = manifest(source)?;
    let mut addons = Map::new();
    for folder in fs::read_dir(&platforms)?.flatten() {
        addons.insert(
            manifest(&folder.path())?["name"].as_str().unwrap_or_default().to_owned(),
            package["version"].clone(),
        );
    }
    addons.sort_keys();

    let binary = files(&source.join("native"), ".node")?.pop().ok_or("napi built no addon")?;
    let platform = binary.file_stem().and_then(OsStr::to_str).and_then(|name| name.split_once('.'));
    let platform = platforms.join(platform.ok_or("the addon's name has no platform")?.1);
    fs::copy(&binary, platform.join(binary.file_name().unwrap_or_default()))?;
    complete_platform_package(&platform, &package, target)?;

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
    output(npm(&main).args(["pkg", "set", "--json", &format!("optionalDependencies={}", Value::from(addons))]))?;

    fresh(&packed())?;
    for folder in [&main, &platform] {
        output(npm(folder).args(["pack", "--silent", "--pack-destination"]).arg(packed()))?;
    }
    Ok(())
}

/// Adds metadata, licenses and the list of contained crates to what napi wrote.
fn complete_platform_package(folder: &Path, package: &Value, target: &str) -> Result {
    let mut platform = manifest(folder)?;
    let name = platform["name"].as_str().unwrap_or_default().to_owned();
    // Yarn keeps packages in zip files, from which the system cannot load a library.
    platform["preferUnplugged"] = json!(true);
    if let Some(files) = platform["files"].as_array_mut() {
        files.extend(["LICENSE-APACHE", "LICENSE-MIT", "NOTICE-THIRD-PARTY.txt", "sbom.cdx.json"].map(Value::from));
    }
    for key in ["homepage", "repository"] {
        if !package[key].is_null() {
            platform[key] = package[key].clone();
        }
    }
    write_json(&folder.join("package.json"), &platform)?;
    fs::write(folder.join("README.md"), format!("# `{name}`\n\nNative addon of the npm package `callfluent`.\n"))?;
    let components = notices::components("callfluent-node", &[target])?;
    fs::write(folder.join("NOTICE-THIRD-PARTY.txt"), notices::notices(&components)?)?;
    write_json(&folder.join("sbom.cdx.json"), &notices::bill_of_materials(&name, &components))
}

/// A registry on this machine with the platform packages, which are not published. Dropping it ends
/// it.
pub(crate) struct Registry {
    _process: Process,
    url: String,
}

impl Registry {
    pub(crate) fn start(tarballs: &[PathBuf]) -> Result<Self> {
        let mut command = program("node");
        command.arg(root().join("tests/packages/registry.mjs")).args(tarballs);
        let (process, url) = Process::start(command)?;
        Ok(Self { _process: process, url })
    }

    /// The argument of npm that uses it for the platform packages only.
    pub(crate) fn argument(&self) -> String {
        format!("--@callfluent:registry={}", self.url)
    }
}
