//! Programs that are killed at random moments of an export, and the memory of one. The file has
//! each call once, in the order of the list.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::{Path, Query, State};
use callfluent::CallFluent;
use serde_json::Value;

const SERVER: &str = "CALLFLUENT_TEST_SERVER";
const FILE: &str = "CALLFLUENT_TEST_FILE";
const PAGE_SIZE: usize = 100;

#[test]
#[ignore = "is run by other tests"]
fn child_process() {
    let (Ok(server), Ok(file)) = (std::env::var(SERVER), std::env::var(FILE)) else {
        return;
    };
    let client = CallFluent::builder().api_key("key").base_url(server).build_blocking().unwrap();
    client.calls().list(7, 1).unwrap();
    let before = peak_memory();
    let result = client.calls().export(&file).agent_ids([7]).wait().unwrap();
    std::fs::write(format!("{file}.measured"), format!("{} {}", result.calls, peak_memory() - before)).unwrap();
}

/// Returns the largest memory of this process so far in KiB; 0 if the system does not report it.
fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// Calls of one agent, on pages.
struct Calls {
    count: usize,
    transcript: String,
    delay: Duration,
    requests: AtomicUsize,
}

async fn page(
    State(calls): State<Arc<Calls>>,
    Path(_): Path<String>,
    Query(query): Query<std::collections::HashMap<String, usize>>,
) -> String {
    calls.requests.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(calls.delay).await;
    let first = (query.get("page").copied().unwrap_or(1) - 1) * PAGE_SIZE;
    let ids = first..(first + PAGE_SIZE).min(calls.count).max(first);
    let records: Vec<_> = ids.map(|id| format!("{{\"id\":{id},\"transcript\":\"{}\"}}", calls.transcript)).collect();
    format!("{{\"status\":true,\"data\":[{}]}}", records.join(","))
}

/// Serves calls from a thread of its own. Returns the base URL.
fn serve(calls: Arc<Calls>) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let router = axum::Router::new().route("/api/agent/{id}/calls", axum::routing::get(page)).with_state(calls);
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), router).await
        })
    });
    format!("http://{address}/api")
}

fn start_child(server: &str, file: &std::path::Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "child_process"])
        .env(SERVER, server)
        .env(FILE, file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn file(name: &str) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("export-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&file);
    file
}

fn position(file: &std::path::Path) -> Value {
    let hidden = format!(".{}.position", file.file_name().unwrap().to_str().unwrap());
    let content = std::fs::read(file.with_file_name(hidden)).unwrap_or_default();
    serde_json::from_slice(&content).unwrap_or_default()
}

#[test]
fn each_call_is_written_once_after_kills_at_random_moments() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let calls =
        Calls { count: 2_000, transcript: "a".repeat(10_000), delay: Duration::from_millis(3), requests: 0.into() };
    let (count, calls) = (calls.count, Arc::new(calls));
    let server = serve(Arc::clone(&calls));
    let file = file("killed.jsonl");
    let most = if std::env::var_os("CALLFLUENT_SOAK").is_some() { 200 } else { 8 };
    let (mut kills, mut continued) = (0, 0);
    for _ in 0..most {
        let before = calls.requests.load(Ordering::Relaxed);
        let known = position(&file)["calls"].as_u64().unwrap_or_default();
        let mut child = start_child(&server, &file);
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        // The first request is the list before the export. Each further one is a page of 1 MB.
        let target = before + random.usize(2..10);
        while calls.requests.load(Ordering::Relaxed) < target && child.try_wait().unwrap().is_none() {
            assert!(std::time::Instant::now() < deadline, "no request was sent");
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(Duration::from_micros(random.u64(0..30_000)));
        let _ = child.kill();
        if child.wait().unwrap().success() {
            break;
        }
        kills += 1;
        let now = position(&file)["calls"].as_u64().unwrap_or_default();
        assert!(now >= known, "a run began again: {now} after {known} calls");
        continued += usize::from(known > 0);
        assert!(!file.exists());
    }
    assert!(kills > 1 && continued > 0, "{kills} kills, {continued} runs continued");
    if !file.exists() {
        assert!(start_child(&server, &file).wait().unwrap().success());
    }
    let text = std::fs::read_to_string(&file).unwrap();
    let ids = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_u64().unwrap());
    assert!(ids.eq(0..count as u64));
}

#[test]
fn the_memory_does_not_depend_on_the_number_of_calls() {
    if peak_memory() == 0 {
        return;
    }
    // 3 KB each: the calls are larger than the bound.
    let is_long = std::env::var_os("CALLFLUENT_SOAK").is_some();
    let (count, bound) = if is_long { (1_000_000, 60 * 1024) } else { (10_000, 20 * 1024) };
    let calls = Calls { count, transcript: "word ".repeat(600), delay: Duration::ZERO, requests: 0.into() };
    let server = serve(Arc::new(calls));
    // The calls are a JSONL file first.
    let file = file("memory.csv");
    assert!(start_child(&server, &file).wait().unwrap().success());
    let measured_file = format!("{}.measured", file.display());
    let measured = std::fs::read_to_string(&measured_file).unwrap();
    println!("calls and KiB: {measured}");
    let (calls, kilobytes) = measured.split_once(' ').unwrap();
    assert_eq!(calls.parse(), Ok(count));
    assert!(kilobytes.parse::<usize>().unwrap() < bound, "{measured}");
    for leftover in [file.as_path(), measured_file.as_ref()] {
        std::fs::remove_file(leftover).unwrap();
    }
}
