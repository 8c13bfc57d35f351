//! npm, and the files of packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;
use serde_json::Value;

use crate::process::{Result, program};

pub(crate) fn npm(folder: &Path) -> Command {
    let mut command = program(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(folder);
    command
}

/// A program of npm packages that are installed in a folder.
pub(crate) fn npx(folder: &Path, arguments: &str) -> Command {
    let mut command = npm(folder);
    command.args(["exec", "--no", "--"]).args(arguments.split(' '));
    command
}

pub(crate) fn manifest(folder: &Path) -> Result<Value> {
    Ok(serde_json::from_str(&fs::read_to_string(folder.join("package.json"))?)?)
}

pub(crate) fn write_json(path: &Path, value: &Value) -> Result {
    Ok(fs::write(path, format!("{value:#}\n"))?)
}

/// Empties a folder, or creates it.
pub(crate) fn fresh(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    Ok(folder.to_owned())
}

/// Lists the files of a folder whose names end in `ending`.
pub(crate) fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    Ok(paths.filter(|path| path.is_file() && path.to_string_lossy().ends_with(ending)).collect())
}

pub(crate) fn copy_files(from: &Path, to: &Path) -> Result {
    fs::create_dir_all(to)?;
    for path in files(from, "")? {
        fs::copy(&path, to.join(path.file_name().unwrap_or_default()))?;
    }
    Ok(())
}
