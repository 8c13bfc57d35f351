//! The program `callfluent-sandbox`: reads its arguments, starts a sandbox, waits for Ctrl+C.
//! It is part of the library, so that the Python and the Node package offer the very same program.

use std::ffi::OsString;
use std::io::{self, Write};

use lexopt::{Arg, Parser, ValueExt};

use crate::sandbox::{Sandbox, SandboxBuilder};

/// The port that the program takes where none is given.
const DEFAULT_PORT: u16 = 4010;

const HELP: &str = "\
A local CallFluent API for demos and tests. Nothing leaves this machine and nothing is kept.

Usage: callfluent-sandbox [options]

  --port PORT              the port on 127.0.0.1 (4010; 0 takes a free one)
  --demo                   begin with two workspaces, six agents and sixty calls
  --api-key KEY            the key that requests must carry
  --seed NUMBER            where ids begin, and what UUIDs and demo data are made from
  --clock SECONDS          when the sandbox's time begins, in seconds since 1970
  --page-size NUMBER       calls on a page (20)
  --agent-limit NUMBER     agents that the account may have (100)
  --workspace-limit NUMBER workspaces that the account may have (5)
  --likely-fields          answers also have fields that are not documented but likely, such as created_at
  --drop-fields NAMES      fields that updates of agents silently leave as they are, with commas between
  --journal-limit NUMBER   entries that the journal keeps (10000)
  --faults RATE            strikes this share of all requests, such as 0.2, with random faults: broken connections, 429, 500,
                           503, 504, late answers, some before the request is carried out and some after
  --fault-seed NUMBER      repeats the same faults (0)
  --help                   this text
  --version                the version

Beside the API, http://127.0.0.1:PORT/sandbox answers for tests:
  GET    /sandbox              every operation with its method and path
  GET    /sandbox/journal      what was received and answered
  DELETE /sandbox/journal      empties it
  POST   /sandbox/reset        everything as it was at the start
  POST   /sandbox/respond      the answer for the next requests:
                               {\"operation\": \"agents.create\", \"times\": 1, \"status\": 429, \"headers\": {\"retry-after\": \"1\"}}
                               further \"path_contains\", \"body\" or \"body_text\", \"delay_ms\", \"process_first\", and
                               \"disconnect\": \"before_response\" or \"in_body\" for a connection that is closed instead of the answer
                               or in the middle of it
  DELETE /sandbox/respond      forgets the answers that were not taken yet
  POST   /sandbox/drop-fields  {\"fields\": [\"tone\"]}
  POST   /sandbox/faults       {\"rate\": 0.2, \"seed\": 7}; a rate of 0 ends them
";

/// What the arguments ask for.
#[derive(Debug)]
enum Request {
    Help,
    Version,
    Serve(SandboxBuilder),
}

/// Runs the program with these arguments (the program's own name is not among them) and gives its exit code.
/// It returns after Ctrl+C, or at once where there is nothing to serve.
pub fn run_from_arguments<Argument: Into<OsString>>(arguments: impl IntoIterator<Item = Argument>) -> u8 {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error.to_string(), 1),
    };
    // Whoever reads the address may end the program at once, so the signals are caught before it is told.
    let ending = {
        let _inside = runtime.enter();
        Ending::new()
    };
    let mut ending = match ending {
        Ok(ending) => ending,
        Err(error) => return complain(&error.to_string(), 1),
    };
    let sandbox = match start_from_arguments(arguments) {
        Ok(sandbox) => sandbox,
        Err(code) => return code,
    };
    runtime.block_on(ending.wait());
    sandbox.close_blocking();
    0
}

/// Starts what the program would run with these arguments and says where it is; for a host that ends programs in its own
/// way, such as Node.
///
/// # Errors
/// The exit code, where there is nothing to serve: after `--help`, `--version` or a wrong argument.
pub fn start_from_arguments<Argument: Into<OsString>>(
    arguments: impl IntoIterator<Item = Argument>,
) -> Result<Sandbox, u8> {
    let request = read(Parser::from_args(arguments.into_iter().map(Into::into)))
        .map_err(|error| complain(&format!("{error}\nSee callfluent-sandbox --help"), 2))?;
    match request {
        Request::Help => Err(say(HELP.trim_end())),
        Request::Version => Err(say(concat!("callfluent-sandbox ", env!("CARGO_PKG_VERSION")))),
        Request::Serve(builder) => serve(builder),
    }
}

fn read(mut parser: Parser) -> Result<Request, lexopt::Error> {
    let mut builder = Sandbox::builder().port(DEFAULT_PORT);
    let (mut fault_rate, mut fault_seed) = (0.0, 0);
    while let Some(argument) = parser.next()? {
        builder = match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(Request::Help),
            Arg::Long("version") | Arg::Short('V') => return Ok(Request::Version),
            Arg::Long("demo") => builder.demo(true),
            Arg::Long("port") | Arg::Short('p') => builder.port(parser.value()?.parse()?),
            Arg::Long("api-key") => builder.api_key(api_key(parser.value()?.string()?)?),
            Arg::Long("likely-fields") => builder.likely_fields(true),
            Arg::Long("seed") => builder.seed(parser.value()?.parse()?),
            Arg::Long("clock") => builder.clock(parser.value()?.parse()?),
            Arg::Long("page-size") => builder.page_size(parser.value()?.parse()?),
            Arg::Long("agent-limit") => builder.agent_limit(parser.value()?.parse()?),
            Arg::Long("workspace-limit") => builder.workspace_limit(parser.value()?.parse()?),
            Arg::Long("drop-fields") => {
                let names = parser.value()?.string()?;
                builder.drop_fields(names.split(',').map(str::trim).filter(|name| !name.is_empty()))
            }
            Arg::Long("journal-limit") => builder.journal_limit(parser.value()?.parse()?),
            Arg::Long("faults") => {
                fault_rate = share(parser.value()?.parse()?)?;
                builder
            }
            Arg::Long("fault-seed") => {
                fault_seed = parser.value()?.parse()?;
                builder
            }
            _ => return Err(argument.unexpected()),
        };
    }
    Ok(Request::Serve(builder.faults(fault_rate, fault_seed)))
}

fn share(rate: f64) -> Result<f64, lexopt::Error> {
    if (0.0..=1.0).contains(&rate) { Ok(rate) } else { Err("--faults must be from 0 to 1".into()) }
}

fn api_key(key: String) -> Result<String, lexopt::Error> {
    if key.is_empty() { Err("--api-key must not be empty".into()) } else { Ok(key) }
}

fn serve(builder: SandboxBuilder) -> Result<Sandbox, u8> {
    let port = builder.chosen_port();
    let sandbox = builder
        .start_blocking()
        .map_err(|error| complain(&format!("the sandbox could not start on port {port}: {error}"), 1))?;
    // Lines that a shell takes as they are.
    let code = say(&format!(
        "# CallFluent sandbox; --help lists more; Ctrl+C ends it\nexport CALLFLUENT_BASE_URL={}\nexport CALLFLUENT_API_KEY={}",
        quoted(sandbox.base_url()),
        quoted(sandbox.api_key()),
    ));
    if code == 0 { Ok(sandbox) } else { Err(code) }
}

/// A text as a shell reads it.
fn quoted(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.:/".contains(character);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// The signals that end the program: Ctrl+C and, where there is one, the request to terminate.
#[cfg(unix)]
struct Ending {
    interrupted: tokio::signal::unix::Signal,
    terminated: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Ending {
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
struct Ending(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Ending {
    fn new() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn wait(&mut self) {
        let _ = self.0.recv().await;
    }
}

/// Writes to standard output; a closed pipe ends the program, but without a panic.
fn say(text: &str) -> u8 {
    let mut output = io::stdout().lock();
    // At once, for whoever reads what comes first.
    u8::from(output.write_all(format!("{text}\n").as_bytes()).and_then(|()| output.flush()).is_err())
}

fn complain(text: &str, code: u8) -> u8 {
    let _ = writeln!(io::stderr().lock(), "callfluent-sandbox: {text}");
    code
}
