//! The fuzz targets: over their seeds in `cargo xtask test`, for minutes each in `cargo xtask soak`.

use fs_err as fs;

use crate::process::{Result, cargo, program, root, step, tool};

/// An exact version: its options differ from one version to the next.
const CARGO_FUZZ: &str = "cargo-fuzz@0.13.2";
const RUN: &str = "run --quiet --locked --manifest-path fuzz/Cargo.toml --bin";

/// Runs each target over its seeds, without input of the fuzzer's own.
pub(crate) fn seeds() -> Result {
    for target in targets()? {
        let mut run = cargo(&format!("{RUN} {target} -- -runs=0"));
        step(&format!("fuzz seeds: {target}"), run.arg(root().join("fuzz/corpus").join(target)))?;
    }
    Ok(())
}

/// Runs each target for three minutes. The client has no unsafe code, so a sanitizer would find little; it would also need
/// a nightly compiler.
pub(crate) fn long() -> Result {
    let tool = tool(CARGO_FUZZ)?;
    for target in targets()? {
        let mut run = program(&tool);
        run.args(["fuzz", "run", "--sanitizer", "none", &target, "--", "-max_total_time=180", "-print_final_stats=1"]);
        step(&format!("three minutes of fuzzing: {target}"), &mut run)?;
    }
    Ok(())
}

/// Writes the seeds and returns the names of the targets.
fn targets() -> Result<Vec<String>> {
    step("fuzz seeds", &mut cargo(&format!("{RUN} seeds")))?;
    let files = fs::read_dir(root().join("fuzz/targets"))?.flatten();
    let names = files.filter_map(|file| Some(file.path().file_stem()?.to_string_lossy().into_owned()));
    Ok(names.filter(|name| name != "seeds").collect())
}
