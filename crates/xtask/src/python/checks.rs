//! What reads the package without running it: lints, formatting, and the two type checkers that users have.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{python, tool};
use crate::process::{Outcome, cache, program, root, step};

/// Lints, formatting, and the types of the package, of right and of wrong uses, and of the examples.
pub(super) fn check(tools: &Path) -> Outcome {
    let package = root().join("python");
    let ruff = || {
        let mut ruff = program(tool(tools, "ruff"));
        ruff.current_dir(&package);
        ruff
    };
    step("Python: lints", ruff().args(["check", ".", "../benchmarks/python"]))?;
    step("Python: formatting", ruff().args(["format", "--check", ".", "../benchmarks/python"]))?;
    step(
        "Python: types, by mypy",
        program(tool(tools, "mypy"))
            .current_dir(&package)
            .args(["--strict", "--package", "callfluent", "--package", "uses", "--package", "examples", "--cache-dir"])
            .arg(cache("python").join("mypy"))
            .env("MYPYPATH", "src:tests"),
    )?;
    let folder = pyright_folder();
    fs::create_dir_all(&folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    step(
        "Python: pyright",
        program(npm).args(["install", "--silent", "--no-audit", "--no-fund", "pyright@1.1", "--prefix"]).arg(&folder),
    )?;
    step(
        "Python: types, by pyright",
        pyright().current_dir(&package).args(["--project", ".", "--pythonpath"]).arg(python(tools)),
    )
}

/// That everything that the installed package offers has a type that is known; one that is not is a failure.
pub(super) fn check_completeness(environment: &Path) -> Outcome {
    step(
        "Python: the installed package is typed completely",
        // From another folder, so that the installed package is what it finds; here it takes the first Python of the path.
        pyright()
            .current_dir(environment)
            .args(["--verifytypes", "callfluent", "--ignoreexternal"])
            .env("PATH", path_with(environment)?),
    )
}

fn path_with(environment: &Path) -> Result<OsString, String> {
    let first = python(environment).parent().map(Path::to_owned);
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(first.into_iter().chain(std::env::split_paths(&others))).map_err(|error| error.to_string())
}

fn pyright() -> Command {
    let mut command = program("node");
    command.arg(pyright_folder().join("node_modules/pyright/index.js"));
    command
}

/// Pyright comes from npm.
fn pyright_folder() -> PathBuf {
    cache("python").join("pyright")
}
