//! The fuzz targets: over the seeds that all languages share in `cargo xtask test`, and for minutes with what the fuzzer thinks
//! of in `cargo xtask soak`.

use crate::process::{Outcome, cargo, root, step, tool};

const TARGETS: [&str; 3] = ["records", "answers", "arguments"];
/// What runs a target with the fuzzer's own ideas; an exact version, as its options differ from one to the next.
const TOOL: &str = "cargo-fuzz@0.13.2";

/// Runs each target over its seeds, without the fuzzer's own ideas.
pub(crate) fn seeds() -> Outcome {
    write_seeds()?;
    for target in TARGETS {
        let mut run = cargo();
        run.args([
            "run",
            "--quiet",
            "--locked",
            "--manifest-path",
            "fuzz/Cargo.toml",
            "--bin",
            target,
            "--",
            "-runs=0",
        ]);
        step(&format!("the seeds of the fuzz target {target}"), run.arg(root().join("fuzz/corpus").join(target)))?;
    }
    Ok(())
}

/// Runs each target for three minutes. The client has no unsafe code of its own, so that the sanitizer, which asks for another
/// Rust, would find little.
pub(crate) fn long() -> Outcome {
    write_seeds()?;
    let tool = tool(TOOL)?;
    for target in TARGETS {
        let mut run = crate::process::program(&tool);
        run.args(["fuzz", "run", "--sanitizer", "none", target, "--", "-max_total_time=180", "-print_final_stats=1"]);
        step(&format!("three minutes of the fuzz target {target}"), &mut run)?;
    }
    Ok(())
}

fn write_seeds() -> Outcome {
    let mut write = cargo();
    write.args(["run", "--quiet", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--bin", "seeds"]);
    step("seeds of the fuzz targets", &mut write)
}
