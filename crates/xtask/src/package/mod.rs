//! `cargo xtask package`: builds what is published into `dist/`, and checks it. The same command
//! runs here and in the release workflow, there once for each target.

mod crates;
pub(crate) mod notices;
pub(crate) mod settings;
pub(crate) mod target;
mod verify;

use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::process::{Result, cache, program, root, step, timed};
use crate::python::{self, tool};
use crate::{checkout, node};
use settings::{RELEASE_TARGETS, dist, tools};
use target::Target;

/// File name of the bill of materials in a wheel.
const MATERIALS: &str = "sbom.cdx.json";

/// Builds everything: the packages without a platform, and those of one target.
pub(crate) fn run() -> Result {
    package("release")?;
    crates::package()?;
    verify::run()
}

/// Builds the packages of one target only, for the other targets of a release.
pub(crate) fn binaries() -> Result {
    package("release")?;
    // They are equal on all platforms, and published from one.
    fs::remove_file(dist().join("npm").join(node::main_name()))?;
    fs::remove_file(dist().join("python").join(sdist()))?;
    verify::run()
}

/// Builds everything without optimization, to try the command.
pub(crate) fn quick() -> Result {
    package("dev")?;
    crates::package()?;
    verify::run()
}

fn package(profile: &str) -> Result {
    let _ = fs::remove_dir_all(dist());
    let (tools, target) = (tools()?, Target::current()?);
    let source = checkout::copy(cache("package").join("source"))?;
    timed("licenses and bill of materials of third-party code", || {
        let components = notices::components("callfluent-python", &RELEASE_TARGETS)?;
        // maturin packs files with this beginning as licenses.
        fs::write(source.join("python/NOTICE-THIRD-PARTY.txt"), notices::notices(&components)?)?;
        let materials = notices::bill_of_materials("callfluent", &components);
        Ok(fs::write(cache("package").join(MATERIALS), format!("{materials:#}\n"))?)
    })?;
    wheels(&source, &tools, &target, profile)?;
    let mut sdist = program(tool(&tools, "maturin"));
    sdist.current_dir(source.join("python")).args(["sdist", "--out"]).arg(dist().join("python"));
    target.prepare(&mut sdist, &tools)?;
    step("Python: the source distribution", &mut sdist)?;
    npm(&tools, &target, profile)
}

/// Builds the wheel for all versions of Python, and one for each version without a GIL.
fn wheels(source: &Path, tools: &Path, target: &Target, profile: &str) -> Result {
    let mut maturin = program(tool(tools, "maturin"));
    maturin.current_dir(source.join("python")).args(["build", "--locked", "--profile", profile]);
    maturin.args(["--compression-level", if profile == "release" { "9" } else { "1" }]);
    maturin.arg("--sbom-include").arg(cache("package").join(MATERIALS));
    maturin.args(["--target", target.triple()]).args(target.maturin()).arg("--out").arg(dist().join("python"));
    maturin.arg("--interpreter").arg(python::python(tools)).args(python::free_threaded());
    target.prepare(&mut maturin, tools)?;
    step("Python: wheels", &mut maturin)?;
    if profile == "release" { smaller(&verify::wheels()) } else { Ok(()) }
}

/// Compresses optimized packages harder than maturin and npm can. It takes a minute for each.
pub(crate) fn smaller(packages: &[PathBuf]) -> Result {
    let script = root().join("crates/xtask/src/package/recompress.py");
    step("smaller packages", program(python::python(&tools()?)).arg(script).args(packages))
}

/// Builds the npm package and the package of the platform.
fn npm(tools: &Path, target: &Target, profile: &str) -> Result {
    let tarballs = node::build_for_release(target, profile, |command| target.prepare(command, tools))?;
    if profile == "release" {
        smaller(&tarballs)?;
    }
    fs::create_dir_all(dist().join("npm"))?;
    for tarball in tarballs {
        fs::copy(&tarball, dist().join("npm").join(tarball.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

fn sdist() -> String {
    format!("callfluent-{}.tar.gz", env!("CARGO_PKG_VERSION"))
}
