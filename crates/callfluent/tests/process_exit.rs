//! Processes that exit with requests in flight: with their exit code or by Ctrl+C, and at once. The
//! requests go to a server that never responds, and to one that responds at that moment.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use callfluent::CallFluent;
use serde_json::json;
use support::{Reply, Server};
use tokio::runtime::Runtime;

/// Environment variables of the child process: its way to exit, and the address of the server.
const ENDS: &str = "CALLFLUENT_TEST_ENDS";
const SERVER: &str = "CALLFLUENT_TEST_SERVER";
/// The line that the child prints when requests begin.
const BEGINS: &str = "calls begin";
/// Number and name of the signal of Ctrl+C.
const INTERRUPT: (i32, &str) = (2, "INT");
/// Maximum time until the child exits.
const SOON: Duration = Duration::from_secs(5);

/// Keeps 24 requests in flight, some blocking and some spawned.
fn keep_requesting(client: &CallFluent) {
    println!("{BEGINS}");
    for _ in 0..4 {
        let client = client.clone();
        std::thread::spawn(move || {
            loop {
                let _ = callfluent::bindings::runtime::block_on(client.agents().list(1));
            }
        });
    }
    for _ in 0..20 {
        let client = client.clone();
        let endless = async move {
            loop {
                let _ = client.agents().list(1).await;
            }
        };
        callfluent::bindings::runtime::spawn::<()>(endless).unwrap();
    }
}

/// Runs the child process that exits in this way.
fn program(end: &str) {
    let client = CallFluent::builder().api_key("test-key").base_url(std::env::var(SERVER).unwrap()).build().unwrap();
    match end {
        "exit" => {
            keep_requesting(&client);
            std::thread::sleep(Duration::from_millis(fastrand::u64(10..90)));
            std::process::exit(7);
        }
        "idle" => {
            let impatient = client.with_options(|options| options.timeout(Duration::from_millis(50)));
            let _ = callfluent::bindings::runtime::block_on(impatient.agents().list(1));
            println!("{BEGINS}, and have ended");
        }
        "interrupt" => {
            keep_requesting(&client);
            std::thread::sleep(SOON * 2);
        }
        "handler" => Runtime::new().unwrap().block_on(async {
            let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).unwrap();
            keep_requesting(&client);
            let own = async {
                loop {
                    let _ = client.agents().list(1).await;
                }
            };
            tokio::select! { _ = interrupt.recv() => {} () = own => {} }
            std::process::exit(9);
        }),
        "handler that returns" => {
            let runtime = Runtime::new().unwrap();
            runtime.block_on(async {
                let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).unwrap();
                keep_requesting(&client);
                interrupt.recv().await;
            });
            drop(runtime);
            println!("came to its end");
        }
        other => panic!("there is no program {other}"),
    }
}

#[test]
#[ignore = "is run by other tests"]
fn child_process() {
    if let Ok(end) = std::env::var(ENDS) {
        program(&end);
    }
}

/// Returns a command for this program that does not ignore the signal, as background jobs of a
/// shell do.
fn this_program() -> Command {
    let this = std::env::current_exe().unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    if ignored & (1 << (INTERRUPT.0 - 1)) == 0 {
        return Command::new(this);
    }
    let mut command = Command::new("env");
    command.arg(format!("--default-signal={}", INTERRUPT.1)).arg(this);
    command
}

/// Starts a child and waits until its requests begin.
fn start(end: &str, server: &Server) -> Child {
    let mut child = this_program()
        .args(["--ignored", "--exact", "child_process", "--nocapture"])
        .env(ENDS, end)
        .env(SERVER, server.base_url())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains(BEGINS)), "{end}: no call begins");
    child
}

/// Runs a child many times, interrupted at some moment or not, and checks its exit status.
fn ends(end: &str, interrupted: bool, as_asked: impl Fn(ExitStatus) -> bool) {
    let runs = if std::env::var_os("CALLFLUENT_SOAK").is_some() { 300 } else { 8 };
    let servers = Runtime::new().unwrap();
    let silent = servers.block_on(Server::start([Reply::silence()]));
    let answering = servers.block_on(Server::start([Reply::ok(json!([]))]));
    let mut slowest = Duration::ZERO;
    for run in 0..runs {
        let mut child = start(end, if run % 2 == 0 { &silent } else { &answering });
        if interrupted {
            std::thread::sleep(Duration::from_micros(fastrand::u64(0..40_000)));
            let id = child.id().to_string();
            assert!(Command::new("kill").args(["-s", INTERRUPT.1, &id]).status().unwrap().success());
        }
        let started = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if started.elapsed() > SOON {
                child.kill().unwrap();
                panic!("{end}, run {run}: it does not end");
            }
            std::thread::sleep(Duration::from_micros(200));
        };
        slowest = slowest.max(started.elapsed());
        let mut printed = String::new();
        child.stderr.take().unwrap().read_to_string(&mut printed).unwrap();
        assert!(as_asked(status), "{end}, run {run}: {status:?}: {printed}");
        assert!(!printed.contains("panicked"), "{end}, run {run}: {printed}");
    }
    assert!(!silent.recorded().is_empty() && !answering.recorded().is_empty(), "no call was under way");
    println!("programs, {end}: {runs} of {runs} as asked, the slowest gone after {slowest:?}");
}

#[test]
fn a_process_with_requests_in_flight_exits_with_its_code() {
    ends("exit", false, |status| status.code() == Some(7));
}

#[test]
fn a_process_with_an_idle_client_exits() {
    ends("idle", false, |status| status.success());
}

#[test]
fn an_unhandled_signal_ends_the_process() {
    ends("interrupt", true, |status| status.signal() == Some(INTERRUPT.0));
}

#[test]
fn a_signal_handler_decides_the_exit_code() {
    ends("handler", true, |status| status.code() == Some(9));
}

#[test]
fn dropping_the_runtime_after_a_signal_exits() {
    ends("handler that returns", true, |status| status.success());
}
