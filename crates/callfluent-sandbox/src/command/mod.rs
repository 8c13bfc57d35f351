//! The program `callfluent-sandbox`: parses arguments, starts a sandbox, waits for Ctrl+C.
//! It is part of the library, so that the Python and Node packages offer the same program.

mod help;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::str::FromStr;

use lexopt::{Arg, Parser, ValueExt};

use crate::sandbox::{Sandbox, SandboxBuilder};
use help::help;

/// The default of `--port`.
const DEFAULT_PORT: u16 = 4010;

/// The parsed arguments.
#[derive(Debug)]
enum Command {
    Help,
    Version,
    Serve(Box<SandboxBuilder>),
}

/// Runs the program and returns its exit code. `arguments` excludes the program's name.
///
/// Returns after Ctrl+C, or immediately after `--help`, `--version` or an invalid argument.
pub fn run_from_arguments<Argument: Into<OsString>>(arguments: impl IntoIterator<Item = Argument>) -> u8 {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return print_error(&error.to_string(), 1),
    };
    // A parent process may send a signal as soon as the address is printed, so the handlers are
    // installed before.
    let signals = {
        let _guard = runtime.enter();
        ShutdownSignals::new()
    };
    let mut signals = match signals {
        Ok(signals) => signals,
        Err(error) => return print_error(&error.to_string(), 1),
    };
    let sandbox = match start_from_arguments(arguments) {
        Ok(sandbox) => sandbox,
        Err(code) => return code,
    };
    runtime.block_on(signals.wait());
    sandbox.close_blocking();
    0
}

/// Starts the sandbox of the program and prints its address. For hosts that handle signals
/// themselves, such as Node.
///
/// # Errors
/// Returns the exit code after `--help`, `--version` or an invalid argument.
pub fn start_from_arguments<Argument: Into<OsString>>(
    arguments: impl IntoIterator<Item = Argument>,
) -> Result<Sandbox, u8> {
    let command = parse(Parser::from_args(arguments.into_iter().map(Into::into)))
        .map_err(|error| print_error(&format!("{error}; see callfluent-sandbox --help"), 2))?;
    match command {
        Command::Help => Err(print(help().trim_end())),
        Command::Version => Err(print(concat!("callfluent-sandbox ", env!("CARGO_PKG_VERSION")))),
        Command::Serve(builder) => serve(*builder),
    }
}

fn parse(mut parser: Parser) -> Result<Command, lexopt::Error> {
    let mut builder = Sandbox::builder().port(DEFAULT_PORT);
    let (mut fault_rate, mut fault_seed) = (0.0, 0);
    while let Some(argument) = parser.next()? {
        builder = match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help),
            Arg::Long("version") | Arg::Short('V') => return Ok(Command::Version),
            Arg::Long("demo") => builder.demo(true),
            Arg::Long("port") | Arg::Short('p') => builder.port(value_of("--port", &mut parser)?),
            Arg::Long("api-key") => builder.api_key(api_key(parser.value()?.string()?)?),
            Arg::Long("record") => builder.record(parser.value()?),
            Arg::Long("target") => builder.target(parser.value()?.string()?),
            Arg::Long("replay") => builder.replay(parser.value()?),
            Arg::Long("data-dir") => data_dir(builder, &parser.value()?)?,
            Arg::Long("likely-fields") => builder.likely_fields(true),
            Arg::Long("seed") => builder.seed(value_of("--seed", &mut parser)?),
            Arg::Long("clock") => builder.clock(value_of("--clock", &mut parser)?),
            Arg::Long("seconds-per-poll") => builder.seconds_per_poll(value_of("--seconds-per-poll", &mut parser)?),
            Arg::Long("page-size") => builder.page_size(value_of("--page-size", &mut parser)?),
            Arg::Long("agent-limit") => builder.agent_limit(value_of("--agent-limit", &mut parser)?),
            Arg::Long("workspace-limit") => builder.workspace_limit(value_of("--workspace-limit", &mut parser)?),
            Arg::Long("drop-fields") => {
                let names = parser.value()?.string()?;
                builder.drop_fields(names.split(',').map(str::trim).filter(|name| !name.is_empty()))
            }
            Arg::Long("journal-limit") => builder.journal_limit(value_of("--journal-limit", &mut parser)?),
            Arg::Long("faults") => {
                fault_rate = rate(value_of("--faults", &mut parser)?)?;
                builder
            }
            Arg::Long("fault-seed") => {
                fault_seed = value_of("--fault-seed", &mut parser)?;
                builder
            }
            _ => return Err(argument.unexpected()),
        };
    }
    Ok(Command::Serve(Box::new(builder.faults(fault_rate, fault_seed))))
}

/// Parses the value of an option. Errors have its name.
fn value_of<T: FromStr<Err: Into<Box<dyn Error + Send + Sync>>>>(
    option: &str,
    parser: &mut Parser,
) -> Result<T, lexopt::Error> {
    let value = parser.value()?;
    value.parse().map_err(|error| format!("{option}: {error}").into())
}

#[cfg(feature = "data-dir")]
#[expect(clippy::unnecessary_wraps, reason = "programs without the feature report an error")]
fn data_dir(builder: SandboxBuilder, directory: &std::ffi::OsStr) -> Result<SandboxBuilder, lexopt::Error> {
    Ok(builder.data_dir(directory))
}

#[cfg(not(feature = "data-dir"))]
fn data_dir(_: SandboxBuilder, _: &std::ffi::OsStr) -> Result<SandboxBuilder, lexopt::Error> {
    let install = "cargo install callfluent-sandbox --features data-dir";
    Err(format!("--data-dir needs the program with SQLite; run {install}").into())
}

fn rate(rate: f64) -> Result<f64, lexopt::Error> {
    if (0.0..=1.0).contains(&rate) {
        Ok(rate)
    } else {
        Err(format!("--faults must be from 0 to 1, but is {rate}").into())
    }
}

fn api_key(key: String) -> Result<String, lexopt::Error> {
    if key.is_empty() { Err("--api-key must not be empty".into()) } else { Ok(key) }
}

fn serve(builder: SandboxBuilder) -> Result<Sandbox, u8> {
    let (port, is_recording) = (builder.chosen_port(), builder.is_recording());
    let sandbox = builder.start_blocking().map_err(|error| match error.kind() {
        // The port has nothing to do with an invalid setting.
        io::ErrorKind::InvalidInput => print_error(&format!("{error}; see callfluent-sandbox --help"), 2),
        _ => print_error(&format!("could not start on port {port}: {error}"), 1),
    })?;
    // The output is valid shell input. The key of a real server is not printed.
    let key = if is_recording {
        "# CALLFLUENT_API_KEY must be the key of the real server".to_owned()
    } else {
        format!("export CALLFLUENT_API_KEY={}", quoted(sandbox.api_key()))
    };
    let code = print(&format!(
        "# CallFluent sandbox; see --help for options; stop with Ctrl+C\n\
         export CALLFLUENT_BASE_URL={}\n{key}",
        quoted(sandbox.base_url()),
    ));
    if code == 0 { Ok(sandbox) } else { Err(code) }
}

/// Quotes a string for a shell if necessary.
fn quoted(string: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.:/".contains(character);
    if string.chars().all(plain) { string.to_owned() } else { format!("'{}'", string.replace('\'', r"'\''")) }
}

/// The signals that stop the program: Ctrl+C, and SIGTERM on Unix.
#[cfg(unix)]
struct ShutdownSignals {
    interrupted: tokio::signal::unix::Signal,
    terminated: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl ShutdownSignals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self { interrupted: signal(SignalKind::interrupt())?, terminated: signal(SignalKind::terminate())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }
}

#[cfg(windows)]
struct ShutdownSignals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl ShutdownSignals {
    fn new() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn wait(&mut self) {
        let _ = self.0.recv().await;
    }
}

/// Prints to standard output. Returns the exit code: 1 if the pipe is closed.
fn print(text: &str) -> u8 {
    let mut output = io::stdout().lock();
    // Flushed, because a parent process may wait for the address.
    u8::from(output.write_all(format!("{text}\n").as_bytes()).and_then(|()| output.flush()).is_err())
}

fn print_error(text: &str, code: u8) -> u8 {
    let _ = writeln!(io::stderr().lock(), "callfluent-sandbox: {text}");
    code
}
