//! Programs of users in `tests/packages`: bundlers, frameworks, package managers and runtimes. They
//! run with packed packages, in a folder outside of the source.

use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use super::folders::{copy_files, files, fresh, npm};
use super::pack::{Registry, build_tarballs_for_tests, standing_tarballs, tarballs_in};
use crate::package::settings::dist;
use crate::process::{Result, cache, program, root, step};

/// Runs all programs with the packages of `dist/`, or else with those of the last build.
pub(crate) fn run() -> Result {
    let tarballs = match tarballs_in(&dist().join("npm")) {
        Some(tarballs) => tarballs,
        None => standing_tarballs().map_or_else(build_tarballs_for_tests, Ok)?,
    };
    println!("\nprograms with {}", tarballs.first().map(|path| path.display().to_string()).unwrap_or_default());
    test(&tarballs)
}

/// Installs the tarballs and runs the programs.
pub(crate) fn test(tarballs: &[PathBuf]) -> Result {
    let source = root().join("tests").join("packages");
    let folder = cache("node").join("programs");
    if let Some(mut install) = install_needs()? {
        step("programs: npm install of what they need", &mut install)?;
    }
    let registry = Registry::start(tarballs)?;
    step(
        "programs: npm install of the tarballs",
        npm(&folder).args(["install", "--no-save", "--no-audit", "--no-fund"]).arg(registry.argument()).args(tarballs),
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
            .args(tests)
            .env("CALLFLUENT_TARBALLS", std::env::join_paths(tarballs)?),
    )
}

/// Returns the command that installs what the programs need. Frameworks take a minute to install,
/// so they are kept until the list changes.
pub(super) fn install_needs() -> Result<Option<Command>> {
    let folder = cache("node").join("programs");
    let needed = fs::read(root().join("tests/packages/package.json"))?;
    // npm writes this file at the end of an installation.
    let complete = folder.join("node_modules/.package-lock.json").is_file();
    if complete && fs::read(folder.join("package.json")).ok().as_ref() == Some(&needed) {
        return Ok(None);
    }
    fresh(&folder)?;
    fs::write(folder.join("package.json"), &needed)?;
    let mut install = npm(&folder);
    install.args(["install", "--no-audit", "--no-fund"]);
    Ok(Some(install))
}

/// Copies a folder with its folders.
fn copy_tree(from: &Path, to: &Path) -> Result {
    copy_files(from, to)?;
    for folder in fs::read_dir(from)?.flatten().filter(|entry| entry.path().is_dir()) {
        copy_tree(&folder.path(), &to.join(folder.file_name()))?;
    }
    Ok(())
}
