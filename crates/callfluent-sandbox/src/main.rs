//! The program `callfluent-sandbox`; its code is in `command.rs` of the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    callfluent_sandbox::run_from_arguments(std::env::args_os().skip(1)).into()
}
