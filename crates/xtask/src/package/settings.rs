//! Places, tools and platforms of packages.

use std::path::PathBuf;

use crate::process::{Result, cache, output, program, root, step};
use crate::python::{environment, newest, tool, uv};

/// Exact versions, since other ones may build other files. zig links with the libraries of old
/// Linux distributions.
const TOOLS: [&str; 7] = [
    "maturin==1.16.0",
    "ziglang==0.17.1",
    "cargo-zigbuild==0.24.1",
    "auditwheel==6.8.2",
    "abi3audit==0.0.26",
    "twine==7.0.0",
    "zopflipy==1.14",
];

/// Platforms of the release. Their npm packages are in `napi.targets` of `node/package.json`.
pub(super) const RELEASE_TARGETS: [&str; 8] = [
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-gnu",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
];

/// The folder for everything that is published.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// Returns the environment with the tools, after installing them.
pub(super) fn tools() -> Result<PathBuf> {
    let folder = cache("package").join("tools");
    if !tool(&folder, "maturin").exists() {
        environment(&newest()?, &folder)?;
    }
    step("tools that build and check packages", uv(&folder)?.args(TOOLS))?;
    Ok(folder)
}

/// Seconds since 1970 of the commit, the time of all files in the packages.
pub(super) fn commit_time() -> Option<String> {
    let time = output(program("git").args(["log", "-1", "--format=%ct"])).ok()?;
    Some(time.trim().to_owned()).filter(|time| !time.is_empty())
}
