//! Processes with one benchmark client each. A process takes orders as lines of JSON, so a round
//! contains no start-up.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::process::{Result, program};

/// A client that takes longer for one order has failed.
const ORDER_TIMEOUT: Duration = Duration::from_secs(90);

/// Measured values by name, such as `wall` in seconds.
pub(super) type Figures = BTreeMap<String, f64>;

/// A running process, which ends with its owner.
pub(crate) struct Process {
    child: Child,
    orders: ChildStdin,
    lines: Receiver<String>,
}

impl Process {
    /// Starts a process and returns it with the first line that it prints.
    pub(crate) fn start(mut command: Command) -> Result<(Self, String)> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (orders, output) = child.stdin.take().zip(child.stdout.take()).ok_or("the process has no pipes")?;
        let (sender, lines) = channel();
        thread::spawn(move || {
            BufReader::new(output).lines().map_while(std::result::Result::ok).try_for_each(|line| sender.send(line))
        });
        let mut started = Self { child, orders, lines };
        let line = started.line()?;
        Ok((started, line))
    }

    /// Has a task done so many times and returns the cost of one.
    pub(super) fn ask(&mut self, task: &str, times: u32, concurrency: u32, argument: Option<u32>) -> Result<Figures> {
        let order = json!({ "task": task, "times": times, "concurrency": concurrency, "argument": argument });
        writeln!(self.orders, "{order}")?;
        let mut cost = figures(&self.line()?)?;
        for seconds in cost.values_mut() {
            *seconds /= f64::from(times);
        }
        Ok(cost)
    }

    fn line(&mut self) -> Result<String> {
        Ok(self.lines.recv_timeout(ORDER_TIMEOUT).map_err(|_| "the process ended or does not respond")?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Decodes a line of figures. The line `{"error": ".."}` is an error.
pub(super) fn figures(line: &str) -> Result<Figures> {
    let line: Value = serde_json::from_str(line).map_err(|_| format!("unexpected output: {line:?}"))?;
    if let Some(error) = line.get("error").and_then(Value::as_str) {
        return Err(error.lines().next().unwrap_or(error).chars().take(200).collect::<String>().into());
    }
    let fields = line.as_object().into_iter().flatten();
    Ok(fields.filter_map(|(name, value)| Some((name.clone(), value.as_f64()?))).collect())
}

/// A program that may open as many connections as the benchmarks need.
pub(super) fn with_many_files(name: impl AsRef<OsStr>) -> Command {
    let mut command = program("sh");
    let script = "ulimit -n 65536 2>/dev/null || ulimit -n \"$(ulimit -Hn)\"; exec \"$0\" \"$@\"";
    command.args(["-c", script]).arg(name.as_ref());
    command
}

/// Starts the benchmark server. Returns its addresses by name. It writes the certificate of its
/// authority into the folder: `authority.pem`.
pub(super) fn start_server(mut server: Command, folder: &Path) -> Result<(Process, BTreeMap<String, String>)> {
    server.arg(folder);
    let (process, addresses) = Process::start(server)?;
    Ok((process, serde_json::from_str(&addresses)?))
}
