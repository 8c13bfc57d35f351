//! Runs other programs, says which, and turns a failure into one sentence.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What every command of this crate ends with.
pub(crate) type Outcome = Result<(), String>;

/// The repository's root folder.
pub(crate) fn root() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.ancestors().nth(2).unwrap_or(crate_folder).to_owned()
}

/// Where commands put what they set up: below the repository, outside of version control.
pub(crate) fn cache(name: &str) -> PathBuf {
    root().join(".cache").join(name)
}

/// A program to run in the repository's root.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    command
}

/// Cargo, the one that runs this.
pub(crate) fn cargo() -> Command {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program and says what for and how long it took.
pub(crate) fn step(title: &str, command: &mut Command) -> Outcome {
    println!("\n== {title}");
    let started = Instant::now();
    let status = command
        .status()
        .map_err(|error| format!("{title}: {} cannot be run: {error}", command.get_program().display()))?;
    if !status.success() {
        return Err(format!("{title} failed ({status}): {}", shown(command)));
    }
    println!("   {title}: {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// A program that cargo installs, such as `cargo-deny@0.20.2`, which is installed below the repository once.
pub(crate) fn tool(name_and_version: &str) -> Result<PathBuf, String> {
    let name = name_and_version.split('@').next().unwrap_or_default();
    let folder = cache(name_and_version);
    let tool = folder.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !tool.exists() {
        let built = folder.join("target");
        // Unoptimised it takes a third of the time to build and is as quick to run.
        let mut install = cargo();
        install.args(["install", "--quiet", "--locked", "--debug", name_and_version, "--root"]).arg(&folder);
        install.arg("--target-dir").arg(&built).env("CARGO_PROFILE_DEV_DEBUG", "0");
        step(&format!("{name}, which takes a minute or two once"), &mut install)?;
        let _ = std::fs::remove_dir_all(built);
    }
    Ok(tool)
}

/// Runs a program and returns what it prints; its errors go to the terminal.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    command.stderr(std::process::Stdio::inherit());
    let output =
        command.output().map_err(|error| format!("{} cannot be run: {error}", command.get_program().display()))?;
    if !output.status.success() {
        return Err(format!("failed ({}): {}", output.status, shown(command)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
