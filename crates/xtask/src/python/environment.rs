//! The Python interpreters of this machine, and environments with packages.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fs_err as fs;

use crate::process::{Result, cache, program, step};

/// The interpreters to look for. The first that is found also runs the tools.
const INTERPRETERS: [&str; 6] = ["python3.13", "python3.12", "python3.11", "python3.10", "python3", "python"];
/// Interpreters without a GIL that pyo3 supports.
const FREE_THREADED: [&str; 1] = ["python3.14t"];
/// The oldest Python that the package supports.
const OLDEST: (u32, u32) = (3, 10);
/// The newest Python that all packages of the tests support.
const NEWEST: (u32, u32) = (3, 13);

/// uv reads `UV_DEFAULT_INDEX`, not the index in pip's settings.
const UV: &str = "uv>=0.9,<1";

/// An interpreter that was found.
pub(crate) struct Interpreter {
    program: PathBuf,
    pub(super) version: (u32, u32),
}

/// The newest supported Python on this machine.
pub(crate) fn newest() -> Result<Interpreter> {
    interpreters()?.into_iter().next().ok_or_else(|| "no Python was found".into())
}

/// Every supported Python on this machine, each version once, the newest first.
pub(super) fn interpreters() -> Result<Vec<Interpreter>> {
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

/// Returns the interpreters without a GIL, each of which needs a wheel of its own. maturin knows
/// their settings on Linux. On other systems, they must be installed.
pub(crate) fn free_threaded() -> Vec<&'static str> {
    if cfg!(target_os = "linux") {
        return FREE_THREADED.into();
    }
    let has_no_gil = "import sys, sysconfig; sys.exit(not sysconfig.get_config_var('Py_GIL_DISABLED'))";
    let asked = |name: &&str| Command::new(name).args(["-c", has_no_gil]).stderr(Stdio::null()).status();
    FREE_THREADED.into_iter().filter(|name| asked(name).is_ok_and(|status| status.success())).collect()
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

pub(crate) fn environment(interpreter: &Interpreter, folder: &Path) -> Result {
    let (major, minor) = interpreter.version;
    let title = format!("Python {major}.{minor}: an environment");
    step(&title, &mut venv(interpreter, folder))
}

/// Creates an environment without packages.
pub(super) fn venv(interpreter: &Interpreter, folder: &Path) -> Command {
    let mut venv = program(&interpreter.program);
    venv.args(["-m", "venv", "--clear"]).arg(folder);
    venv
}

/// Installs packages into an environment with uv, which compiles no bytecode. The tests install
/// many packages once for each version of Python.
pub(crate) fn uv(environment: &Path) -> Result<Command> {
    let folder = cache("python").join("uv");
    if !tool(&folder, "uv").exists() {
        self::environment(&newest()?, &folder)?;
        step("uv", pip(&folder).arg(UV))?;
    }
    let mut command = program(tool(&folder, "uv"));
    command.args(["pip", "install", "--quiet", "--python"]).arg(python(environment));
    Ok(command)
}

/// Installs packages into an environment as users do.
pub(super) fn pip(environment: &Path) -> Command {
    let mut command = program(python(environment));
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    command
}

pub(crate) fn python(environment: &Path) -> PathBuf {
    tool(environment, "python")
}

pub(crate) fn tool(environment: &Path, name: &str) -> PathBuf {
    if cfg!(windows) {
        environment.join("Scripts").join(format!("{name}.exe"))
    } else {
        environment.join("bin").join(name)
    }
}
