//! The platform that packages are built for, and the arguments and variables of its builds.
//! `CARGO_BUILD_TARGET` names it, as for cargo.

use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use super::settings::commit_time;
use crate::process::{Result, root, target_dir, target_triple};
use crate::python;

/// The oldest glibc that binaries run with: that of Amazon Linux 2 and AWS Lambda.
pub(super) const GLIBC: &str = "2.17";

pub(crate) struct Target(String);

impl Target {
    /// The target that `CARGO_BUILD_TARGET` names, or this machine.
    pub(crate) fn current() -> Result<Self> {
        target_triple().map(Self)
    }

    pub(crate) fn triple(&self) -> &str {
        &self.0
    }

    fn is_gnu(&self) -> bool {
        self.0.ends_with("-linux-gnu")
    }

    fn is_musl(&self) -> bool {
        self.0.ends_with("-linux-musl")
    }

    pub(super) fn maturin(&self) -> Vec<String> {
        let compatibility = match (self.is_gnu(), self.is_musl()) {
            (true, _) => format!("manylinux_{}", GLIBC.replace('.', "_")),
            (_, true) => "musllinux_1_2".to_owned(),
            _ => return Vec::new(),
        };
        vec!["--zig".into(), "--compatibility".into(), compatibility]
    }

    pub(crate) fn napi(&self) -> Vec<String> {
        match (self.is_gnu(), self.is_musl()) {
            (true, _) => vec!["--cross-compile".into(), "--target".into(), format!("{}.{GLIBC}", self.0)],
            (_, true) => vec!["--cross-compile".into(), "--target".into(), self.0.clone()],
            _ => vec!["--target".into(), self.0.clone()],
        }
    }

    /// Sets the variables of a build: the tools, and what makes it independent of this machine.
    pub(super) fn prepare(&self, command: &mut Command, tools: &Path) -> Result {
        let folders = python::python(tools).parent().map(Path::to_owned);
        let others = std::env::var_os("PATH").unwrap_or_default();
        command.env("PATH", std::env::join_paths(folders.into_iter().chain(std::env::split_paths(&others)))?);
        // Messages of panics and of C code name source files.
        let mut rust: Vec<String> = Vec::new();
        let mut c: Vec<String> = Vec::new();
        for (folder, shown) in source_folders()? {
            rust.push(format!("--remap-path-prefix={}={shown}", folder.display()));
            c.push(format!("-ffile-prefix-map={}={shown}", folder.display()));
        }
        if self.is_musl() {
            // A library cannot contain the C library that Node or Python already use.
            rust.push("-Ctarget-feature=-crt-static".into());
        }
        command.env("RUSTFLAGS", rust.join(" ")).env("CARGO_TARGET_DIR", build_folder());
        // As in release builds: debug information of zig has paths of this machine.
        command.env("CARGO_PROFILE_DEV_STRIP", "symbols");
        if !self.0.ends_with("-msvc") {
            command.env("CFLAGS", c.join(" "));
        }
        if let Some(time) = commit_time() {
            command.env("SOURCE_DATE_EPOCH", time);
        }
        Ok(())
    }
}

/// A folder of its own, so that builds for tests stay valid.
fn build_folder() -> PathBuf {
    target_dir().join("packages")
}

/// Folders of this machine that hold source files, with the names to show instead.
pub(super) fn source_folders() -> Result<Vec<(PathBuf, &'static str)>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).ok_or("the folder of cargo is unknown")?;
    let registries = fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
    let registries = registries.map(|registry| (registry.path(), "crates"));
    Ok(registries.chain([(build_folder(), "target"), (root(), "callfluent")]).collect())
}
