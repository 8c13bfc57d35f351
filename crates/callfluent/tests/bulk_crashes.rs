//! Programs that are killed at random moments of a bulk operation. Nobody is phoned twice, which
//! the sandbox's journal of requests shows.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use callfluent::{Bulk, CallFluent, CallStartParams, Error, Resolution, StartedCall};
use callfluent_sandbox::{Sandbox, ScriptedResponse};

const SERVER: &str = "CALLFLUENT_TEST_SERVER";
const JOURNAL: &str = "CALLFLUENT_TEST_JOURNAL";
const CALLS: usize = 40;

fn client(base_url: &str) -> CallFluent {
    CallFluent::builder().api_key("sandbox-key").base_url(base_url).build().unwrap()
}

fn start_calls(client: &CallFluent, journal: &Path) -> Bulk<StartedCall> {
    let calls = (0..CALLS).map(|index| (format!("lead-{index}"), CallStartParams::to(number(index))));
    client.calls().start_many(1002, calls).journal(journal).max_concurrency(4)
}

fn number(index: usize) -> String {
    format!("+1555200{index:04}")
}

#[test]
#[ignore = "is run by other tests"]
fn child_process() {
    let (Ok(server), Ok(journal)) = (std::env::var(SERVER), std::env::var(JOURNAL)) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { start_calls(&client(&server), Path::new(&journal)).await }).unwrap();
}

/// Returns how often each number was phoned.
fn phoned(sandbox: &Sandbox) -> BTreeMap<String, usize> {
    let mut phoned = BTreeMap::new();
    for entry in sandbox.journal().iter().filter(|entry| entry.processed) {
        *phoned.entry(entry.arguments["phone_number"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    phoned
}

/// Runs the child, and kills it after some time. Returns whether it completed.
fn run_and_kill(sandbox: &Sandbox, journal: &Path, after: Duration) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "child_process"])
        .env(SERVER, sandbox.base_url())
        .env(JOURNAL, journal)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The first request is the start of the work.
    let before = sandbox.journal().len();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while sandbox.journal().len() == before && child.try_wait().unwrap().is_none() {
        assert!(std::time::Instant::now() < deadline, "no request was sent");
        std::thread::sleep(Duration::from_micros(200));
    }
    std::thread::sleep(after);
    let _ = child.kill();
    child.wait().unwrap().success()
}

#[test]
fn nobody_is_phoned_twice_after_kills_at_random_moments() {
    let sandbox = Sandbox::builder().demo(true).api_key("sandbox-key").start_blocking().unwrap();
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let slow = ScriptedResponse::delayed(Duration::from_millis(6)).operation("calls.start").times(100_000);
    sandbox.respond(slow).unwrap();
    let journal = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("crashes-{}.jsonl", std::process::id()));
    let _ = std::fs::remove_file(&journal);
    let most = if std::env::var_os("CALLFLUENT_SOAK").is_some() { 200 } else { 8 };
    let mut kills = 0;
    for _ in 0..most {
        if run_and_kill(&sandbox, &journal, Duration::from_micros(random.u64(0..25_000))) {
            break;
        }
        kills += 1;
    }
    assert!(kills > 0, "the program was never killed");
    assert!(phoned(&sandbox).values().all(|times| *times == 1), "{:?}", phoned(&sandbox));

    // What is left is done, except for the unknown items.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let client = client(sandbox.base_url());
        let results = start_calls(&client, &journal).await.unwrap();
        let mut resolved = start_calls(&client, &journal);
        let mut unknown = 0;
        for (index, item) in results.iter().enumerate() {
            match &item.error {
                None => {}
                Some(Error::OutcomeUnknown(_)) => {
                    unknown += 1;
                    let was_phoned = phoned(&sandbox).contains_key(&number(index));
                    let resolution = if was_phoned { Resolution::Done } else { Resolution::Repeat };
                    resolved = resolved.resolve(item.id.clone(), resolution);
                }
                Some(error) => panic!("{error}"),
            }
        }
        assert!(resolved.await.unwrap().iter().all(|item| item.error.is_none()));
        println!("{kills} kills, {unknown} calls with an unknown outcome");
    });
    let phoned = phoned(&sandbox);
    assert_eq!(phoned.len(), CALLS);
    assert!(phoned.values().all(|times| *times == 1), "{phoned:?}");
    sandbox.close_blocking();
}
