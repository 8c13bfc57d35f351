//! Checks that do not run the package: lints, formatting, and the two type checkers that users
//! have.

use fs_err as fs;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::environment::{python, tool};
use crate::process::{Result, cache, program, root, step, steps_at_once};

/// Folders with Python, relative to that of the package.
const SOURCES: [&str; 4] = [".", "../benchmarks/python", "../tests/api", "../tests/packages/python"];

/// Lints, formatting, and the types of the package, of right and of wrong uses, and of the
/// examples.
pub(super) fn check(tools: &Path) -> Result {
    let package = root().join("python");
    let ruff = || {
        let mut ruff = program(tool(tools, "ruff"));
        ruff.current_dir(&package);
        ruff
    };
    step("Python: lints", ruff().arg("check").args(SOURCES))?;
    step("Python: formatting", ruff().args(["format", "--check"]).args(SOURCES))?;
    let mut mypy = program(tool(tools, "mypy"));
    mypy.current_dir(&package)
        .args(["--strict", "--package", "callfluent", "--package", "uses", "--package", "examples", "--cache-dir"])
        .arg(cache("python").join("mypy"))
        .env("MYPYPATH", "src:tests");
    let folder = pyright_folder();
    fs::create_dir_all(&folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut install = program(npm);
    install.args(["install", "--silent", "--no-audit", "--no-fund", "pyright@1.1", "--prefix"]).arg(&folder);
    let mut pyright = pyright();
    pyright.current_dir(&package).args(["--project", ".", "--pythonpath"]).arg(python(tools));
    let by_pyright = ("Python: types, by pyright".to_owned(), vec![install, pyright]);
    steps_at_once(2, vec![("Python: types, by mypy".to_owned(), vec![mypy]), by_pyright])
}

/// Type checks of the installed package: every public name has a type, and the examples and the
/// tests of types give the same results as in this folder.
pub(super) fn check_installed(tools: &Path, environment: &Path) -> Result {
    let mut complete = pyright();
    // In another folder, so that it finds the installed package. It takes the first Python of PATH.
    complete
        .current_dir(environment)
        .args(["--verifytypes", "callfluent", "--ignoreexternal"])
        .env("PATH", path_with(environment)?);
    let folder = uses()?;
    let interpreter = python(environment);
    let mut mypy = program(tool(tools, "mypy"));
    mypy.current_dir(&folder)
        .args(["--strict", "--config-file=", "--python-executable"])
        .arg(&interpreter)
        .arg("--cache-dir")
        .arg(cache("python").join("mypy-installed"))
        .arg(".")
        .env_remove("MYPYPATH");
    let mut by_pyright = pyright();
    by_pyright.current_dir(&folder).args(["--project", ".", "--pythonpath"]).arg(&interpreter);
    let series = [
        ("Python: types of the installed package, by mypy", mypy),
        ("Python: the installed package is typed completely", complete),
        ("Python: types of the installed package, by pyright", by_pyright),
    ];
    steps_at_once(2, series.map(|(title, command)| (title.to_owned(), vec![command])).into())?;
    let _ = fs::remove_dir_all(&folder);
    Ok(())
}

/// Returns a folder with code of users and without the package.
fn uses() -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("callfluent-uses-{}", std::process::id()));
    let fill = || {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        for from in ["python/tests/uses", "python/examples"] {
            for entry in fs::read_dir(root().join(from))?.flatten() {
                if entry.path().extension().is_some_and(|ending| ending == "py") && entry.file_name() != "__init__.py" {
                    fs::copy(entry.path(), folder.join(entry.file_name()))?;
                }
            }
        }
        for (name, readme) in [("readme.py", "README.md"), ("readme_of_the_package.py", "python/README.md")] {
            let text = fs::read_to_string(root().join(readme))?;
            let after = text.split_once("```python\n").map_or("", |(_, after)| after);
            let example = after.split_once("```").map_or("", |(example, _)| example);
            fs::write(folder.join(name), example)?;
        }
        // As in pyproject.toml.
        fs::write(
            folder.join("pyrightconfig.json"),
            r#"{"typeCheckingMode": "standard", "enableTypeIgnoreComments": true}"#,
        )
    };
    fill().map_err(|error: std::io::Error| format!("{} cannot be written: {error}", folder.display()))?;
    Ok(folder)
}

fn path_with(environment: &Path) -> Result<OsString> {
    let first = python(environment).parent().map(Path::to_owned);
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(first.into_iter().chain(std::env::split_paths(&others))).map_err(Into::into)
}

fn pyright() -> Command {
    let mut command = program("node");
    command.arg(pyright_folder().join("node_modules/pyright/index.js"));
    command
}

/// Folder of pyright, which comes from npm.
fn pyright_folder() -> PathBuf {
    cache("python").join("pyright")
}
