//! Installs the package in every way that users do, and sends a request to the sandbox: from a
//! clone, from the source distribution, and as a wheel on a machine without Rust.
//!
//! Everything is built from a copy of the files under version control. All builds use one target
//! folder, one profile and one interpreter, so that cargo compiles nothing twice.

use fs_err as fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::environment::{Interpreter, environment, pip, python, tool};
use crate::checkout;
use crate::process::{Result, cache, program, root, step, target_dir, target_triple};

const WHEELS: &str = "wheels";
/// Shows that an installed package works: an import and a request over a socket.
const CALL: &str = "
from callfluent import __version__
from callfluent.sandbox import Sandbox

with Sandbox() as sandbox, sandbox.client() as client:
    print('   callfluent', __version__, 'lists the workspaces of the sandbox:', client.workspaces.list())
";

/// A copy of the repository as a fresh clone has it, with the changes that are not committed yet.
pub(super) struct Checkout<'a> {
    folder: PathBuf,
    target: PathBuf,
    interpreter: &'a Interpreter,
    /// Environment for what is built from it. Its interpreter is the one of all builds.
    environment: PathBuf,
}

impl<'a> Checkout<'a> {
    /// Copies the repository.
    pub(super) fn new(interpreter: &'a Interpreter) -> Result<Self> {
        let target = target_dir();
        let environment = clean(interpreter, "from-source")?;
        let folder = checkout::copy(cache("python").join("checkout"))?;
        Ok(Self { folder, target, interpreter, environment })
    }

    /// This folder itself, whose build shares everything with that of xtask.
    pub(super) fn in_place(interpreter: &'a Interpreter, environment: &Path) -> Self {
        Self { folder: root(), target: target_dir(), interpreter, environment: environment.to_owned() }
    }

    /// Builds the wheel with a profile of cargo and returns its path.
    pub(super) fn wheel(&self, tools: &Path, profile: &str) -> Result<PathBuf> {
        let interpreter = python(&self.environment).to_string_lossy().into_owned();
        let level = if profile == "release" { "9" } else { "1" };
        let arguments = ["build", "--locked", "--profile", profile, "--compression-level", level];
        self.maturin(tools, "the wheel", &[&arguments[..], &["--interpreter", &interpreter]].concat(), WHEELS, "whl")
    }

    /// `pip install ./python`, as the README says.
    pub(super) fn install_from_clone(&self) -> Result {
        self.install("pip install ./python, in a fresh clone", Path::new("./python"))
    }

    /// The source distribution, built and installed by pip.
    pub(super) fn install_from_sdist(&self, tools: &Path) -> Result {
        let sdist = self.maturin(tools, "the source distribution", &["sdist"], "sdist", "gz")?;
        self.install("pip install of the source distribution", &sdist)
    }

    fn install(&self, title: &str, source: &Path) -> Result {
        let folder = &self.environment;
        environment(self.interpreter, folder)?;
        let mut install = pip(folder);
        install.current_dir(&self.folder).arg(source).env("CARGO_TARGET_DIR", &self.target);
        // pip would use the release profile, which takes minutes.
        install.env("MATURIN_PEP517_ARGS", "--profile dev");
        // A source distribution has no settings of cargo, and shares what other builds compiled.
        install.env("CARGO_BUILD_TARGET", target_triple()?);
        step(&format!("Python: {title}"), &mut install)?;
        call(&format!("Python: a request after {title}"), folder, &mut program(python(folder)))
    }

    fn maturin(&self, tools: &Path, what: &str, arguments: &[&str], into: &str, ending: &str) -> Result<PathBuf> {
        let folder = cache("python").join(into);
        let _ = fs::remove_dir_all(&folder);
        let mut maturin = program(tool(tools, "maturin"));
        maturin.current_dir(self.folder.join("python")).args(arguments).arg("--out").arg(&folder);
        step(&format!("Python: {what}"), maturin.env("CARGO_TARGET_DIR", &self.target))?;
        file_in(&folder, ending).ok_or_else(|| format!("maturin built no file for {what}").into())
    }
}

/// The wheel that was built last.
pub(super) fn standing_wheel() -> Option<PathBuf> {
    file_in(&cache("python").join(WHEELS), "whl")
}

/// The wheel for all versions of Python in a folder.
pub(super) fn wheel_in(folder: &Path) -> Option<PathBuf> {
    let mut paths = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    paths.find(|path| path.extension().is_some_and(|end| end == "whl") && path.to_string_lossy().contains("-abi3-"))
}

fn file_in(folder: &Path, ending: &str) -> Option<PathBuf> {
    let mut paths = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    paths.find(|path| path.extension().is_some_and(|end| end == ending))
}

/// Installs the wheel without Rust, without a package index and without any other package.
pub(super) fn install_without_rust(interpreter: &Interpreter, wheel: &Path) -> Result {
    let folder = clean(interpreter, "without-rust")?;
    let alone = |command: &mut Command| {
        // PATH holds the interpreter's own folder only.
        let programs = python(&folder).parent().map(Path::to_owned).unwrap_or_default();
        command.env("PATH", programs).env_remove("CARGO_HOME").env_remove("RUSTUP_HOME").env_remove("CARGO");
    };
    let mut install = pip(&folder);
    install.args(["--no-index", "--no-deps"]).arg(wheel);
    alone(&mut install);
    step("Python: the wheel without Rust", &mut install)?;
    let mut interpreter = program(python(&folder));
    alone(&mut interpreter);
    call("Python: a request without Rust", &folder, &mut interpreter)
}

/// Sends the request with an interpreter that does not see this folder.
fn call(title: &str, environment: &Path, interpreter: &mut Command) -> Result {
    step(title, interpreter.current_dir(environment).args(["-I", "-c", CALL]))
}

fn clean(interpreter: &Interpreter, name: &str) -> Result<PathBuf> {
    let folder = cache("python").join(name);
    let _ = fs::remove_dir_all(&folder);
    environment(interpreter, &folder)?;
    Ok(folder)
}
