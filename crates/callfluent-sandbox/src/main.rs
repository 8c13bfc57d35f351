//! The program; all of it is in the library's `command.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    callfluent_sandbox::run_from_arguments(std::env::args_os().skip(1)).into()
}
