//! The Python package: builds the wheel as it is published, installs it in a clean environment for each Python there is, and
//! tests there what users get. What it sets up is below `.cache/python`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::{Outcome, cache, program, root, step};

/// The interpreters to look for. The first that is found also runs the tools.
const INTERPRETERS: [&str; 6] = ["python3.13", "python3.12", "python3.11", "python3.10", "python3", "python"];
/// What builds, checks and tests the package, all from the package index.
const TOOLS: [&str; 3] = ["maturin>=1.9,<2", "ruff==0.14.*", "mypy==1.18.*"];
/// What the tests need beside the wheel.
const FOR_TESTS: [&str; 3] = ["pytest>=8,<10", "pydantic>=2,<3", "uvloop>=0.21; sys_platform != 'win32'"];
/// The oldest Python that the package supports.
const OLDEST: (u32, u32) = (3, 10);
/// The newest Python that the tests are known to have everything for.
const NEWEST: (u32, u32) = (3, 13);

/// An interpreter that was found.
struct Interpreter {
    program: PathBuf,
    version: (u32, u32),
}

/// Builds, installs and tests the package.
pub(crate) fn test() -> Outcome {
    let interpreters = interpreters()?;
    let tools = tools(&interpreters)?;
    let wheel = wheel(&tools)?;
    let package = root().join("python");
    step("Python: lints", program(tool(&tools, "ruff")).current_dir(&package).args(["check", "."]))?;
    step("Python: formatting", program(tool(&tools, "ruff")).current_dir(&package).args(["format", "--check", "."]))?;
    step(
        "Python: types of the package, of right and of wrong uses",
        program(tool(&tools, "mypy"))
            .current_dir(&package)
            .args(["--strict", "--package", "callfluent", "--package", "uses", "--cache-dir"])
            .arg(cache("python").join("mypy"))
            .env("MYPYPATH", "src:tests"),
    )?;
    pyright(&tools)?;
    for interpreter in &interpreters {
        let environment = install(interpreter, &wheel)?;
        let title = format!("Python {}.{}: tests", interpreter.version.0, interpreter.version.1);
        // From another folder, so that what is tested is the installed package.
        let tests = package.join("tests");
        step(
            &title,
            program(python(&environment))
                .current_dir(&environment)
                .args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider", "--rootdir"])
                .arg(&tests)
                .arg(&tests),
        )?;
    }
    Ok(())
}

/// The other type checker that users have, in their editors; it comes from npm.
fn pyright(tools: &Path) -> Outcome {
    let folder = cache("python").join("pyright");
    fs::create_dir_all(&folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    step(
        "Python: pyright",
        program(npm).args(["install", "--silent", "--no-audit", "--no-fund", "pyright@1.1", "--prefix"]).arg(&folder),
    )?;
    step(
        "Python: types, by pyright",
        program("node")
            .current_dir(root().join("python"))
            .arg(folder.join("node_modules/pyright/index.js"))
            .args(["--project", ".", "--pythonpath"])
            .arg(python(tools)),
    )
}

/// Runs the tour of the package as its users have it.
pub(crate) fn demo(base_url: &str, api_key: &str) -> Outcome {
    let interpreters = interpreters()?;
    let tools = tools(&interpreters)?;
    let wheel = wheel(&tools)?;
    let newest = interpreters.first().ok_or("no Python was found")?;
    let environment = install(newest, &wheel)?;
    step(
        "the tour in Python",
        program(python(&environment))
            .arg(root().join("python/examples/tour.py"))
            .env("CALLFLUENT_BASE_URL", base_url)
            .env("CALLFLUENT_API_KEY", api_key),
    )
}

/// Every supported Python on this machine, each version once, the newest first.
fn interpreters() -> Result<Vec<Interpreter>, String> {
    let mut found: Vec<Interpreter> = Vec::new();
    for candidate in INTERPRETERS.map(PathBuf::from).into_iter().chain(managed()) {
        let asked = Command::new(&candidate)
            .args(["-c", "import sys, venv, ensurepip; print(sys.version_info[0], sys.version_info[1])"])
            .stderr(Stdio::null())
            .output();
        let Some(version) =
            asked.ok().filter(|asked| asked.status.success()).and_then(|asked| read_version(&asked.stdout))
        else {
            continue;
        };
        if (OLDEST..=NEWEST).contains(&version) && found.iter().all(|known| known.version != version) {
            found.push(Interpreter { program: candidate, version });
        }
    }
    found.sort_by_key(|interpreter| std::cmp::Reverse(interpreter.version));
    if found.is_empty() {
        let (major, minor) = OLDEST;
        return Err(format!("Python {major}.{minor} or newer with venv is needed; install it and try again"));
    }
    Ok(found)
}

/// The interpreters of a version manager, which its commands show one of at a time.
fn managed() -> Vec<PathBuf> {
    let Some(folder) = std::env::var_os("PYENV_ROOT") else {
        return Vec::new();
    };
    let versions = fs::read_dir(Path::new(&folder).join("versions")).into_iter().flatten().flatten();
    versions.map(|version| version.path().join("bin").join("python")).collect()
}

fn read_version(printed: &[u8]) -> Option<(u32, u32)> {
    let text = std::str::from_utf8(printed).ok()?;
    let mut numbers = text.split_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The environment with the tools.
fn tools(interpreters: &[Interpreter]) -> Result<PathBuf, String> {
    let newest = interpreters.first().ok_or("no Python was found")?;
    let folder = cache("python").join("tools");
    if !tool(&folder, "maturin").exists() {
        environment(newest, &folder)?;
    }
    step("Python: tools", pip(&folder).args(TOOLS).args(FOR_TESTS))?;
    Ok(folder)
}

/// Builds the wheel and says where it is.
fn wheel(tools: &Path) -> Result<PathBuf, String> {
    let folder = cache("python").join("wheels");
    let _ = fs::remove_dir_all(&folder);
    step(
        "Python: the wheel",
        program(tool(tools, "maturin"))
            .current_dir(root().join("python"))
            .args(["build", "--release", "--locked", "--out"])
            .arg(&folder),
    )?;
    let mut entries = fs::read_dir(&folder).map_err(|error| format!("there is no wheel: {error}"))?;
    entries
        .find_map(|entry| {
            entry.ok().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "whl"))
        })
        .ok_or_else(|| "maturin made no wheel".to_owned())
}

/// A clean environment with the wheel and what the tests need.
fn install(interpreter: &Interpreter, wheel: &Path) -> Result<PathBuf, String> {
    let folder = cache("python").join(format!("installed-{}.{}", interpreter.version.0, interpreter.version.1));
    let _ = fs::remove_dir_all(&folder);
    environment(interpreter, &folder)?;
    step("Python: the wheel in a clean environment", pip(&folder).arg(wheel).args(FOR_TESTS))?;
    Ok(folder)
}

fn environment(interpreter: &Interpreter, folder: &Path) -> Outcome {
    let (major, minor) = interpreter.version;
    let title = format!("Python {major}.{minor}: an environment");
    step(&title, program(&interpreter.program).args(["-m", "venv", "--clear"]).arg(folder))
}

fn pip(environment: &Path) -> Command {
    let mut command = program(python(environment));
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    command
}

fn python(environment: &Path) -> PathBuf {
    tool(environment, "python")
}

fn tool(environment: &Path, name: &str) -> PathBuf {
    if cfg!(windows) {
        environment.join("Scripts").join(format!("{name}.exe"))
    } else {
        environment.join("bin").join(name)
    }
}
