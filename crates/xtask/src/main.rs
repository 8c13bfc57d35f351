//! The commands of this repository. Each sets up whatever it needs below the repository itself; a tool that is missing gets
//! one sentence.

mod demo;
mod generate;
mod node;
mod process;
mod python;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask demo               does the main job against a local sandbox, as a user would
cargo xtask test               checks everything: formatting, lints, generated files, tests
cargo xtask test node          the Node package alone: built, packed, installed, tested
cargo xtask test python        the Python package alone: built, installed, tested
cargo xtask generate           writes what is derived from the catalogue
cargo xtask generate --check   fails where a generated file is stale";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["demo"] => demo::run(),
        ["test"] => test::run(),
        ["test", "node"] => node::test(),
        ["test", "python"] => python::test(),
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
