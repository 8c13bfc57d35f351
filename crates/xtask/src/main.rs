//! The commands of this repository. Each sets up whatever it needs below the repository itself; a tool that is missing gets
//! one sentence.

mod bench;
mod demo;
mod deny;
mod faults;
mod fuzz;
mod generate;
mod node;
mod process;
mod prose;
mod python;
mod soak;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask demo               does the main job against a local sandbox, as a user would
cargo xtask test               checks everything: formatting, lints, generated files, tests
cargo xtask test node          the Node package alone: built, packed, installed, tested
cargo xtask test python        the Python package alone: built, installed, tested
cargo xtask bench              measures the client beside others and writes docs/benchmarks.md
cargo xtask bench --quick      each thing once and briefly, with the packages that were built last, to see that it runs
cargo xtask deny               the dependencies alone: their licences, sources and duplicates
cargo xtask prose [PATH]...    the prose alone; with paths, everything below them that is not clean
cargo xtask soak               load, cancellation, ends of processes and long use at full length, with figures; fuzzing
cargo xtask generate           writes what is derived from the catalog
cargo xtask generate --check   fails where a generated file is stale";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["demo"] => demo::run(),
        ["test"] => test::run(),
        ["test", "node"] => node::test(),
        ["test", "python"] => python::test(),
        ["bench"] => bench::run(bench::Extent::Full),
        ["bench", "--quick"] => bench::run(bench::Extent::Quick),
        ["deny"] => deny::run(),
        ["prose", paths @ ..] => prose::run(paths),
        ["soak"] => soak::run(),
        ["generate"] => generate::write(),
        ["generate", "--check"] => generate::check(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        other => Err(format!("cargo xtask does not know '{}'\n\n{HELP}", other.join(" "))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\nerror: {message}");
            ExitCode::FAILURE
        }
    }
}
