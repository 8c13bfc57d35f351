//! The Python package: builds the wheel as it is published, installs it in a clean environment for each Python there is, and
//! tests there what users get. What it sets up is below `.cache/python`.

mod checks;
mod installs;

use fs_err as fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::faults;
use crate::process::{Result, cache, program, root, step};
use crate::soak;
use installs::Checkout;

/// The interpreters to look for. The first that is found also runs the tools.
const INTERPRETERS: [&str; 6] = ["python3.13", "python3.12", "python3.11", "python3.10", "python3", "python"];
/// What builds, checks and tests the package, all from the package index.
const TOOLS: [&str; 3] = ["maturin>=1.9,<2", "ruff==0.14.*", "mypy==1.18.*"];
/// What the tests need beside the wheel.
const FOR_TESTS: [&str; 7] = [
    "anyio>=4.9,<5",
    "gunicorn>=23; sys_platform != 'win32'",
    "hypothesis>=6.130,<7",
    "pydantic>=2,<3",
    "pytest>=8,<10",
    "trio>=0.30,<1",
    "uvloop>=0.21; sys_platform != 'win32'",
];
/// What has a full length beside the tests that every language has.
const LONG: [&str; 5] = ["any_answers", "any_arguments", "exits", "gunicorn", "interrupts"];
/// The oldest Python that the package supports.
const OLDEST: (u32, u32) = (3, 10);
/// The newest Python that the tests are known to have everything for.
const NEWEST: (u32, u32) = (3, 13);

/// An interpreter that was found.
pub(crate) struct Interpreter {
    program: PathBuf,
    version: (u32, u32),
}

/// Builds, installs and tests the package.
pub(crate) fn test() -> Result {
    let interpreters = interpreters()?;
    let tools = tools(&interpreters)?;
    checks::check(&tools)?;
    let faults = faults::environment()?;
    let newest = interpreters.first().ok_or("no Python was found")?;
    let checkout = Checkout::new(newest)?;
    let wheel = checkout.wheel(&tools)?;
    // From another folder, so that what is tested is the installed package.
    let tests = root().join("python").join("tests");
    for (index, interpreter) in interpreters.iter().enumerate() {
        let environment = install(interpreter, &wheel)?;
        if index == 0 {
            checks::check_installed(&tools, &environment)?;
        }
        let title = format!("Python {}.{}: tests", interpreter.version.0, interpreter.version.1);
        step(
            &title,
            program(python(&environment))
                .current_dir(&environment)
                .envs(faults.clone())
                .args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider", "--rootdir"])
                .arg(&tests)
                .arg(&tests),
        )?;
    }
    installs::install_without_rust(newest, &wheel)?;
    checkout.install_from_clone()?;
    checkout.install_from_sdist(&tools)
}

/// Runs the long tests at their full length, in the newest Python.
pub(crate) fn soak() -> Result {
    let interpreters = interpreters()?;
    let tools = tools(&interpreters)?;
    let newest = interpreters.first().ok_or("no Python was found")?;
    let wheel = Checkout::new(newest)?.wheel(&tools)?;
    let environment = install(newest, &wheel)?;
    let tests = root().join("python/tests");
    step(
        "soak in Python",
        program(python(&environment))
            .current_dir(&environment)
            .args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider", "--durations=0", "--rootdir"])
            .arg(&tests)
            .args(soak::TESTS.iter().chain(&LONG).map(|name| tests.join(format!("test_{name}.py"))))
            .env(soak::FULL_LENGTH, "1"),
    )
}

/// Runs the tour of the package as its users have it.
pub(crate) fn demo(base_url: &str, api_key: &str) -> Result {
    let interpreters = interpreters()?;
    let tools = tools(&interpreters)?;
    let newest = interpreters.first().ok_or("no Python was found")?;
    let wheel = Checkout::new(newest)?.wheel(&tools)?;
    let environment = install(newest, &wheel)?;
    step(
        "the tour in Python",
        program(python(&environment))
            .arg(root().join("python/examples/tour.py"))
            .env("CALLFLUENT_BASE_URL", base_url)
            .env("CALLFLUENT_API_KEY", api_key),
    )
}

/// Builds the wheel as it is published, and says where it is.
pub(crate) fn build_wheel() -> Result<PathBuf> {
    let interpreters = interpreters()?;
    let newest = interpreters.first().ok_or("no Python was found")?;
    Checkout::new(newest)?.wheel(&tools(&interpreters)?)
}

/// The wheel that was built last.
pub(crate) fn standing_wheel() -> Option<PathBuf> {
    installs::standing_wheel()
}

/// The newest supported Python on this machine.
pub(crate) fn newest() -> Result<Interpreter> {
    interpreters()?.into_iter().next().ok_or_else(|| "no Python was found".into())
}

/// Every supported Python on this machine, each version once, the newest first.
fn interpreters() -> Result<Vec<Interpreter>> {
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
        return Err(format!("Python {major}.{minor} or newer with venv is needed; install it and try again").into());
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
fn tools(interpreters: &[Interpreter]) -> Result<PathBuf> {
    let newest = interpreters.first().ok_or("no Python was found")?;
    let folder = cache("python").join("tools");
    if !tool(&folder, "maturin").exists() {
        environment(newest, &folder)?;
    }
    step("Python: tools", pip(&folder).args(TOOLS).args(FOR_TESTS))?;
    Ok(folder)
}

/// A clean environment with the wheel and what the tests need.
fn install(interpreter: &Interpreter, wheel: &Path) -> Result<PathBuf> {
    let folder = cache("python").join(format!("installed-{}.{}", interpreter.version.0, interpreter.version.1));
    let _ = fs::remove_dir_all(&folder);
    environment(interpreter, &folder)?;
    step("Python: the wheel in a clean environment", pip(&folder).arg(wheel).args(FOR_TESTS))?;
    Ok(folder)
}

pub(crate) fn environment(interpreter: &Interpreter, folder: &Path) -> Result {
    let (major, minor) = interpreter.version;
    let title = format!("Python {major}.{minor}: an environment");
    step(&title, program(&interpreter.program).args(["-m", "venv", "--clear"]).arg(folder))
}

pub(crate) fn pip(environment: &Path) -> Command {
    let mut command = program(python(environment));
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    command
}

pub(crate) fn python(environment: &Path) -> PathBuf {
    tool(environment, "python")
}

fn tool(environment: &Path, name: &str) -> PathBuf {
    if cfg!(windows) {
        environment.join("Scripts").join(format!("{name}.exe"))
    } else {
        environment.join("bin").join(name)
    }
}
