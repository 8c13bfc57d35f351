//! The Python package: builds the wheel, installs it in a clean environment for each Python
//! version, and tests the installed package. Everything is in `.cache/python`.

mod checks;
mod environment;
mod installs;
mod programs;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::faults;
use crate::full_length;
use crate::package::settings::dist;
use crate::process::{Result, cache, long_step, program, root, step, steps_at_once};
use environment::{Interpreter, interpreters, venv};
pub(crate) use environment::{environment, free_threaded, newest, python, tool, uv};
use installs::Checkout;

/// Tools that build, check and test the package.
const MATURIN: &str = "maturin>=1.9,<2";
/// griffe reads the API from the stubs; the last one has types of `callfluent.telemetry`.
const TOOLS: [&str; 5] = [MATURIN, "ruff==0.14.*", "mypy==1.18.*", "griffe==2.4.1", OPENTELEMETRY];
const OPENTELEMETRY: &str = "opentelemetry-sdk>=1.30,<2";
/// Packages that the tests need.
const FOR_TESTS: [&str; 29] = [
    "anyio>=4.9,<5",
    "django>=5,<7",
    "django-stubs>=5,<7",
    "duckdb>=2,<3; python_version >= '3.13'",
    "fastapi>=0.115,<1",
    "flask>=3,<4",
    "gunicorn>=23; sys_platform != 'win32'",
    "httpx>=0.28,<1",
    "hypothesis>=6.130,<7",
    "ipykernel>=7,<8; python_version >= '3.13'",
    "jedi>=0.19,<1",
    OPENTELEMETRY,
    "matplotlib>=3.10,<4; python_version >= '3.13'",
    "nanoarrow>=0.9,<1; python_version >= '3.13'",
    "nbclient>=0.10,<1; python_version >= '3.13'",
    "orjson>=3.10,<4",
    // Readers of tables and the packages of notebooks are large, so one interpreter tests them.
    "pandas>=3,<4; python_version >= '3.13'",
    "polars>=2,<3; python_version >= '3.13'",
    "pyarrow>=26,<27; python_version >= '3.13'",
    "pydantic>=2,<3",
    "pytest>=9,<10",
    "pytest-xdist>=3,<4",
    "python-multipart>=0.0.18,<1",
    "requests>=2.32,<3",
    "tenacity>=9,<10",
    "tqdm>=4.66,<5; python_version >= '3.13'",
    "trio>=0.30,<1",
    "uvicorn>=0.34,<1",
    "uvloop>=0.21; sys_platform != 'win32'",
];
/// Engines that read call history: 105 MB to download. Only the environment of the newest version
/// has them; in others, their tests are skipped.
const ENGINES: [&str; 6] = [
    "dask[dataframe]>=2026.8",
    "distributed>=2026.8",
    "dlt[duckdb]>=1.31,<2",
    // Sail is a server for Spark Connect without Java.
    "pysail>=0.7.2,<0.8; sys_platform != 'win32'",
    "pyspark-client>=4.1,<4.3",
    "redis>=6",
];
/// Tests that start servers of engines in their own process. They run apart from other tests, some
/// of which fork or measure memory and threads.
const OF_ENGINES: [&str; 4] = ["dlt", "engine_examples", "engine_tasks", "spark"];
/// Tests of the core and of the sandbox through Python. They run in the newest version only: the
/// wheel is the same file for all versions.
const INDEPENDENT: [&str; 6] = ["any_arguments", "any_responses", "load", "peers", "sandbox_exchanges", "soak"];
/// Tests of what interpreters can do in another way: objects of the binding, threads, signals,
/// processes, event loops, introspection. They run in every version. The package has no code for a
/// certain version, so the oldest and the newest one are enough for all other tests.
const OF_INTERPRETERS: [&str; 15] = [
    "arguments",
    "client",
    "contexts",
    "exits",
    "frameworks",
    "imports",
    "interrupts",
    "introspection",
    "log_times",
    "loops",
    "pickles",
    "processes",
    "record_sequence",
    "records",
    "tables",
];
/// Tests with a full length in Python only.
const LONG: [&str; 5] = ["any_arguments", "any_responses", "exits", "gunicorn", "interrupts"];

/// Seconds that a test may take; the slowest takes about a minute on a busy machine.
const TEST_TIMEOUT_SECONDS: u32 = 300;

/// Builds, installs and tests the package.
pub(crate) fn test() -> Result {
    let interpreters = interpreters()?;
    let tools = tools()?;
    checks::check(&tools)?;
    let faults = faults::environment()?;
    let newest = interpreters.first().ok_or("no Python was found")?;
    let checkout = Checkout::new(newest)?;
    let wheel = checkout.wheel(&tools, "dev")?;
    let runs = interpreters.iter().enumerate().map(|(position, interpreter)| {
        let (folder, (major, minor)) = (installed(interpreter), interpreter.version);
        let mut tests = pytest(&folder);
        tests.envs(faults.clone()).args(tests_of(position, interpreters.len()));
        let mut packages = install(&folder, &wheel)?;
        let mut steps = vec![venv(interpreter, &folder)];
        if position == 0 {
            packages.args(ENGINES);
            let mut engines = pytest(&folder);
            engines.args(OF_ENGINES.map(test_file));
            steps.extend([packages, tests, engines]);
        } else {
            steps.extend([packages, tests]);
        }
        Ok((format!("Python {major}.{minor}: tests"), steps))
    });
    // Two at a time: the tests often wait for timers, servers and processes, and some measure time.
    steps_at_once(2, runs.collect::<Result<_>>()?)?;
    checks::check_installed(&tools, &installed(newest))?;
    installs::install_without_rust(newest, &wheel)?;
    programs::test(&wheel, programs::Extent::Fast)?;
    checkout.install_from_clone()?;
    checkout.install_from_sdist(&tools)
}

/// Returns the arguments that select the tests of an interpreter from its position: the first is
/// the newest version, the last the oldest one. Those of engines run apart.
fn tests_of(position: usize, count: usize) -> Vec<OsString> {
    let ignored: &[&[&str]] = match position {
        0 => &[&OF_ENGINES],
        _ if position + 1 == count => &[&OF_ENGINES, &INDEPENDENT],
        _ => return OF_INTERPRETERS.iter().map(|name| test_file(name).into()).collect(),
    };
    let mut arguments = vec![root().join("python/tests").into()];
    arguments.extend(ignored.concat().into_iter().map(|name| {
        let mut argument = OsString::from("--ignore=");
        argument.push(test_file(name));
        argument
    }));
    arguments
}

/// Runs the long tests at their full length, in the newest Python.
pub(crate) fn soak() -> Result {
    let interpreters = interpreters()?;
    let tools = tools()?;
    let newest = interpreters.first().ok_or("no Python was found")?;
    let wheel = Checkout::new(newest)?.wheel(&tools, "release")?;
    let folder = installed(newest);
    environment(newest, &folder)?;
    step("Python: the wheel in a clean environment", &mut install(&folder, &wheel)?)?;
    long_step(
        "soak in Python",
        pytest(&folder)
            .args(["-o", "faulthandler_timeout=0"])
            .arg("--durations=0")
            .args(full_length::TESTS.iter().chain(&LONG).map(|name| test_file(name)))
            .env(full_length::VARIABLE, "1"),
    )
}

/// Runs the tour of the package as its users have it.
pub(crate) fn demo(base_url: &str, api_key: &str) -> Result {
    let (newest, environment_dir) = (newest()?, cache("python").join("demo"));
    environment(&newest, &environment_dir)?;
    step("Python: maturin", uv(&environment_dir)?.arg(MATURIN))?;
    let wheel = Checkout::in_place(&newest, &environment_dir).wheel(&environment_dir, "dev")?;
    step("Python: the wheel in a clean environment", uv(&environment_dir)?.arg(wheel))?;
    step(
        "the tour in Python",
        program(python(&environment_dir))
            .arg(root().join("python/examples/tour.py"))
            .env("CALLFLUENT_BASE_URL", base_url)
            .env("CALLFLUENT_API_KEY", api_key),
    )
}

/// Runs programs of users with the wheel of `dist/`, or else with that of the last build.
pub(crate) fn programs() -> Result {
    let wheel = installs::wheel_in(&dist().join("python")).or_else(standing_wheel);
    programs::test(&wheel.map_or_else(|| build_wheel("dev"), Ok)?, programs::Extent::All)
}

/// Builds the wheel with a profile of cargo and returns its path.
pub(crate) fn build_wheel(profile: &str) -> Result<PathBuf> {
    Checkout::new(&newest()?)?.wheel(&tools()?, profile)
}

/// The wheel that was built last.
pub(crate) fn standing_wheel() -> Option<PathBuf> {
    installs::standing_wheel()
}

/// The environment with the tools.
pub(crate) fn tools() -> Result<PathBuf> {
    let folder = cache("python").join("tools");
    if !tool(&folder, "maturin").exists() {
        environment(&newest()?, &folder)?;
    }
    step("Python: tools", uv(&folder)?.args(TOOLS).args(FOR_TESTS))?;
    Ok(folder)
}

/// The environment that the tests of an interpreter run in.
fn installed(interpreter: &Interpreter) -> PathBuf {
    let (major, minor) = interpreter.version;
    cache("python").join(format!("installed-{major}.{minor}"))
}

/// Installs the wheel and what the tests need.
fn install(folder: &Path, wheel: &Path) -> Result<Command> {
    let mut install = uv(folder)?;
    install.arg(wheel).args(FOR_TESTS);
    Ok(install)
}

fn test_file(name: &str) -> PathBuf {
    root().join(format!("python/tests/test_{name}.py"))
}

/// Runs tests, in another folder, so that they find the installed package only.
fn pytest(folder: &Path) -> Command {
    let mut pytest = program(python(folder));
    pytest.current_dir(folder).args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider", "--rootdir"]);
    pytest.arg(root().join("python/tests"));
    // A test that does not end prints what each thread does, and ends the run.
    pytest.args([
        "-o",
        &format!("faulthandler_timeout={TEST_TIMEOUT_SECONDS}"),
        "-o",
        "faulthandler_exit_on_timeout=true",
    ]);
    pytest
}
