//! The commands of this repository. Each sets up what it needs inside the repository; a missing
//! tool is one sentence.

mod api;
mod bench;
mod check;
mod checkout;
mod demo;
mod faults;
mod full_length;
mod generate;
mod node;
mod package;
mod process;
mod prose;
mod python;
mod sandbox;
mod site;
mod soak;
mod test;

use std::process::ExitCode;

use bench::Extent;
use process::Result;

/// The words of a command, its line in the help, and its function.
type Command = (&'static str, &'static str, fn() -> Result);

const COMMANDS: &[Command] = &[
    ("demo", "runs the tour in Rust, Python and Node against a local sandbox", demo::run),
    ("test", "runs every check and every test, as CI does", test::run),
    ("test check", "formatting, generated files, lints, dependencies, layers", check::run),
    ("test rust", "the Rust tests, with the seeds of the fuzz targets", test::rust),
    ("test docs", "documentation tests, and rustdoc without warnings", test::docs),
    ("test python", "the Python package: built, installed, tested", test::python),
    ("test node", "the Node package: built, packed, installed, tested", test::node),
    ("test packages", "programs of users in many environments, with dist/ if it exists", test::packages),
    ("test site", "the documentation site: built, links, accessibility", site::test),
    ("test sandbox", "the OpenAPI description against the sandbox, and its page in Chromium", sandbox::test),
    ("test bench", "every benchmark once and briefly", || bench::run(Extent::Quick)),
    ("check", "the same as `test check`; takes about a minute", check::run),
    ("package", "builds wheel, sdist, npm packages and crates into dist/ and checks them; takes minutes", package::run),
    ("package binaries", "wheel and addon of the target that CARGO_BUILD_TARGET names", package::binaries),
    ("package --quick", "the same as `package` without optimization", package::quick),
    ("generate", "writes the files that are derived from the catalog", generate::write),
    ("generate --check", "fails if a generated file is stale", generate::check),
    ("api", "writes the public API of each language to tests/api, which tests compare", api::write),
    ("api --check", "fails if the public API differs from tests/api", api::check),
    ("deny", "licenses, sources and duplicates of the dependencies", check::dependencies),
    ("prose", "the rules of docs/contributing/style.md; `prose PATH...` lists every finding there", prose),
    ("bench", "measures the client beside others; writes docs/reports/benchmarks.md", || bench::run(Extent::Full)),
    ("bench --quick", "the same as `test bench`", || bench::run(Extent::Quick)),
    ("bench instructions", "instructions of one request, in the core and in reqwest", bench::instructions),
    ("soak", "load, cancellation, long use and fuzzing at full length", soak::run),
];

fn main() -> ExitCode {
    let words = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
    // The only arguments that are not words of a command are the paths of `prose`.
    let words = if words.starts_with("prose ") { "prose" } else { &words };
    let Some((_, _, run)) = COMMANDS.iter().find(|(command, ..)| *command == words) else {
        for (command, help, _) in COMMANDS {
            println!("cargo xtask {command:20} {help}");
        }
        return ExitCode::from(u8::from(!["", "help", "--help", "-h"].contains(&words)));
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::FAILURE
        }
    }
}

fn prose() -> Result {
    let paths: Vec<String> = std::env::args().skip(2).collect();
    prose::run(&paths.iter().map(String::as_str).collect::<Vec<_>>())
}
