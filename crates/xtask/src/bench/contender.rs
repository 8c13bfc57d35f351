//! The processes that are measured: each lives as long as the run and is asked for work by lines of JSON, so that rounds can
//! go in turns without any start-up in them. And the server that all of them use.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::places::Places;
use crate::process::program;

/// No single measurement takes this long; what does has failed.
const PATIENCE: Duration = Duration::from_secs(90);

/// What something cost, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cost {
    /// By the clock.
    pub(crate) wall: f64,
    /// Of the processor, by the whole process.
    pub(crate) cpu: f64,
    /// For which the event loop's thread was busy; in Rust there is none.
    pub(crate) event_loop: Option<f64>,
}

impl Cost {
    /// The cost of one of so many.
    pub(crate) fn of_each(self, number: u32) -> Self {
        let number = f64::from(number);
        let event_loop = self.event_loop.map(|seconds| seconds / number);
        Self { wall: self.wall / number, cpu: self.cpu / number, event_loop }
    }
}

/// A process with one client in it.
pub(crate) struct Contender {
    /// What it is called in the report.
    pub(crate) name: String,
    talk: std::result::Result<Talk, String>,
}

struct Talk {
    process: Child,
    orders: ChildStdin,
    answers: Receiver<String>,
}

impl Contender {
    /// Starts a process; what fails, now or later, is kept as the reason why it was not run.
    pub(crate) fn start(name: impl Into<String>, command: Command) -> Self {
        let mut contender = Self { name: name.into(), talk: Talk::start(command) };
        if let Err(reason) = contender.hear() {
            contender.talk = Err(reason);
        }
        contender
    }

    /// One that cannot be run, and why.
    pub(crate) fn absent(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { name: name.into(), talk: Err(reason.into()) }
    }

    /// Why it is not run, where it is not.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.talk.as_ref().err().map(String::as_str)
    }

    /// Has it do something. After a failure it is asked for nothing more.
    pub(crate) fn ask(&mut self, order: &Value) -> std::result::Result<Cost, String> {
        let cost = self.asked(order);
        if let Err(reason) = &cost {
            self.talk = Err(reason.clone());
        }
        cost
    }

    fn asked(&mut self, order: &Value) -> std::result::Result<Cost, String> {
        let talk = self.talk.as_mut().map_err(|reason| reason.clone())?;
        writeln!(talk.orders, "{order}").map_err(|error| format!("it has ended: {error}"))?;
        let answer = self.hear()?;
        let seconds = |name: &str| answer.get(name).and_then(Value::as_f64);
        match (seconds("wall"), seconds("cpu")) {
            (Some(wall), Some(cpu)) => Ok(Cost { wall, cpu, event_loop: seconds("loop") }),
            _ => Err(format!("it answers {answer}")),
        }
    }

    fn hear(&mut self) -> std::result::Result<Value, String> {
        let talk = self.talk.as_mut().map_err(|reason| reason.clone())?;
        let line = talk.answers.recv_timeout(PATIENCE).map_err(|_| "it has ended or does not answer".to_owned())?;
        let answer: Value = serde_json::from_str(&line).map_err(|_| format!("it says {line:?}"))?;
        match answer.get("error").and_then(Value::as_str) {
            Some(reason) => Err(reason.lines().next().unwrap_or(reason).chars().take(200).collect()),
            None => Ok(answer),
        }
    }
}

impl Talk {
    fn start(mut command: Command) -> std::result::Result<Self, String> {
        let cannot = |error: std::io::Error| format!("it cannot be started: {error}");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(cannot)?;
        let (Some(orders), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("it cannot be talked to".into());
        };
        let (sender, answers) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { process, orders, answers })
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The server with fixed answers.
pub(crate) struct Server {
    pub(crate) base_url: String,
    _talk: Talk,
}

impl Server {
    pub(crate) fn start(places: &Places) -> std::result::Result<Self, String> {
        let talk = Talk::start(with_many_files(&places.server))?;
        let base_url =
            talk.answers.recv_timeout(PATIENCE).map_err(|_| "the benchmarks' server does not start".to_owned())?;
        Ok(Self { base_url, _talk: talk })
    }
}

/// A program that may have as many connections open as are needed here.
pub(crate) fn with_many_files(name: impl AsRef<OsStr>) -> Command {
    let mut command = program("sh");
    command
        .args(["-c", "ulimit -n 65536 2>/dev/null || ulimit -n \"$(ulimit -Hn)\"; exec \"$0\" \"$@\""])
        .arg(name.as_ref());
    command
}
