//! Runs other programs as named steps, and keeps what each step took for the summary at the end of
//! `cargo xtask test`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use fs_err as fs;
use serde_json::Value;

/// Result of everything in this crate. An error is one sentence for the terminal.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A step that takes longer is ended. The longest step of the tests takes about ten minutes, and an
/// optimized build half an hour on a busy machine.
const STEP_TIMEOUT: Duration = Duration::from_secs(40 * 60);
/// Time between two looks at a program that runs.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

struct Step {
    title: String,
    seconds: f64,
    passed: bool,
}

static STEPS: Mutex<Vec<Step>> = Mutex::new(Vec::new());

/// The repository's root folder.
pub(crate) fn root() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.ancestors().nth(2).unwrap_or(crate_folder).to_owned()
}

/// A folder for what commands set up: inside the repository, outside of version control.
pub(crate) fn cache(name: &str) -> PathBuf {
    root().join(".cache").join(name)
}

/// Folder that cargo builds this workspace in.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The target that `CARGO_BUILD_TARGET` names, or this machine.
pub(crate) fn target_triple() -> Result<String> {
    if let Ok(target) = std::env::var("CARGO_BUILD_TARGET") {
        return Ok(target);
    }
    let version = output(program("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc -vV names no host")?.to_owned())
}

/// A program that starts in the repository's root and prints no colors. Many tools print colors if
/// the variable `CI` is set, and tests read what tools print.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root()).env("NO_COLOR", "1").env_remove("FORCE_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

/// The cargo that runs this program, with arguments separated by spaces.
pub(crate) fn cargo(arguments: &str) -> Command {
    let mut command = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments.split_whitespace());
    command
}

/// Runs a program as a step, and ends it after 40 minutes.
pub(crate) fn step(title: &str, command: &mut Command) -> Result {
    timed(title, || run(STEP_TIMEOUT, title, command))
}

/// Runs a program as a step that may take any time.
pub(crate) fn long_step(title: &str, command: &mut Command) -> Result {
    timed(title, || run(Duration::MAX, title, command))
}

/// Runs work of this process as a step: prints its title and its seconds, and keeps both for the
/// summary.
pub(crate) fn timed<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n== {title}");
    let started = Instant::now();
    let result = work();
    let seconds = started.elapsed().as_secs_f64();
    if result.is_ok() {
        println!("   {title}: {seconds:.1} s");
    }
    record(title, seconds, result.is_ok());
    result
}

/// Runs series of programs, each as a step, and a number of them at the same time. Output goes to
/// one file per series, below `.cache/output`. A failed series prints its file.
pub(crate) fn steps_at_once(number: usize, series: Vec<(String, Vec<Command>)>) -> Result {
    let titles: Vec<_> = series.iter().map(|(title, _)| title.as_str()).collect();
    println!("\n== {number} at the same time, with output in .cache/output: {}", titles.join(", "));
    let waiting = Mutex::new(series.into_iter());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        let run = || -> Vec<Result> {
            std::iter::from_fn(next).map(|(title, commands)| step_to_file(&title, commands)).collect()
        };
        let runs: Vec<_> = (0..number).map(|_| scope.spawn(run)).collect();
        // Every series runs to its end; the first error is returned.
        let results: Vec<_> =
            runs.into_iter().map(|run| run.join().unwrap_or_else(|_| vec![Err("panic".into())])).collect();
        results.into_iter().flatten().collect()
    })
}

fn step_to_file(title: &str, commands: Vec<Command>) -> Result {
    let started = Instant::now();
    let name: String = title.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
    let path = cache("output").join(format!("{name}.txt"));
    fs::create_dir_all(cache("output"))?;
    let file = fs::File::create(&path)?.into_parts().0;
    let result = commands.into_iter().try_for_each(|mut command| {
        run(STEP_TIMEOUT, title, command.stdout(file.try_clone()?).stderr(file.try_clone()?).stdin(Stdio::null()))
    });
    let output = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
    let shown = if result.is_ok() { output.trim_end().lines().last().unwrap_or_default() } else { output.trim_end() };
    let seconds = started.elapsed().as_secs_f64();
    println!("\n== {title}\n{shown}\n   {title}: {seconds:.1} s");
    record(title, seconds, result.is_ok());
    result
}

/// Runs a program, and ends it if it takes longer than a limit.
fn run(limit: Duration, title: &str, command: &mut Command) -> Result {
    let mut child = command.spawn().map_err(|error| cannot_start(command, &error))?;
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            let minutes = limit.as_secs_f64() / 60.0;
            return Err(format!("{title} did not end within {minutes:.1} minutes: {}", words(command)).into());
        }
        std::thread::sleep(BETWEEN_LOOKS);
    };
    if status.success() { Ok(()) } else { Err(format!("{title} failed ({status}): {}", words(command)).into()) }
}

fn record(title: &str, seconds: f64, passed: bool) {
    let step = Step { title: title.to_owned(), seconds, passed };
    STEPS.lock().unwrap_or_else(PoisonError::into_inner).push(step);
}

/// Prints one line per step and a closing line with the time of all.
pub(crate) fn print_summary(total: Duration) {
    let steps = STEPS.lock().unwrap_or_else(PoisonError::into_inner);
    println!("\n== summary");
    for Step { title, seconds, passed } in steps.iter() {
        println!("{} {seconds:7.1} s  {title}", if *passed { "passed" } else { "FAILED" });
    }
    let passed = steps.iter().filter(|step| step.passed).count();
    println!("{passed} passed, {} failed; {} s", steps.len() - passed, total.as_secs());
}

/// Runs a program and returns what it prints; its errors go to the terminal.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| cannot_start(command, &error))?;
    if !output.status.success() {
        return Err(format!("failed ({}): {}", output.status, words(command)).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs `cargo build` as a step and returns the paths of the programs and libraries that it built,
/// in the order of `names`.
pub(crate) fn build<const N: usize>(title: &str, arguments: &str, names: [&str; N]) -> Result<[PathBuf; N]> {
    let mut command = cargo("build --locked --message-format json-render-diagnostics");
    command.args(arguments.split_whitespace());
    let messages = timed(title, || output(&mut command))?;
    let artifacts: Vec<Value> = messages.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let path = |name: &str| {
        let artifact =
            artifacts.iter().find(|artifact| artifact.pointer("/target/name").is_some_and(|it| it == name))?;
        let path = artifact.get("executable").filter(|path| path.is_string());
        path.or_else(|| artifact.pointer("/filenames/0"))?.as_str().map(PathBuf::from)
    };
    let paths: Vec<PathBuf> = names.iter().filter_map(|name| path(name)).collect();
    paths.try_into().map_err(|_| format!("cargo reports no path for one of {names:?}").into())
}

/// A program that cargo installs once below the repository, such as `cargo-deny@0.20.2`.
pub(crate) fn tool(name_and_version: &str) -> Result<PathBuf> {
    let name = name_and_version.split('@').next().unwrap_or_default();
    let folder = cache(name_and_version);
    let tool = folder.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !tool.exists() {
        let built = folder.join("target");
        // An unoptimized build takes a third of the time, and these tools run for seconds.
        let mut install = cargo("install --quiet --locked --debug");
        install.arg(name_and_version).arg("--root").arg(&folder).arg("--target-dir").arg(&built);
        step(&format!("{name} (built once, takes minutes)"), install.env("CARGO_PROFILE_DEV_DEBUG", "0"))?;
        let _ = fs::remove_dir_all(built);
    }
    Ok(tool)
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start {}: {error}; is it installed?", command.get_program().display())
}

fn words(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_does_not_end_is_ended() {
        let started = Instant::now();
        let error = run(Duration::from_millis(200), "test: endless", Command::new("sleep").arg("60"));
        assert!(error.unwrap_err().to_string().contains("test: endless did not end within"));
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn every_series_runs_to_its_end_and_keeps_its_output() {
        let series = |title: &str, arguments: &[&str]| {
            let commands = arguments.iter().map(|argument| cargo(argument)).collect();
            (title.to_owned(), commands)
        };
        let failing = series("test: a failing series", &["no-such-command", "--version"]);
        let passing = series("test: a passing series", &["--version", "--version"]);
        let error = steps_at_once(2, vec![failing, passing]).unwrap_err().to_string();
        assert!(error.contains("a failing series") && error.contains("no-such-command"), "{error}");
        let output = |name: &str| fs::read_to_string(cache("output").join(name)).unwrap();
        assert!(output("test--a-failing-series.txt").contains("no such command"));
        // A series ends with its first failure.
        assert!(!output("test--a-failing-series.txt").contains("cargo 1."));
        assert_eq!(output("test--a-passing-series.txt").matches("cargo 1.").count(), 2);
    }
}
