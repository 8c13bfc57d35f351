//! Runs every scenario of `tests/faults`, which drivers in all languages share, over real sockets.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::pedantic
)]

mod check;
mod log;
mod memory;
mod run;
mod stopwatch;
mod table;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use callfluent_sandbox::faults::FaultServer;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Number of concurrent scenarios.
const AT_ONCE: usize = 16;
/// Tells a process which scenario it is to run.
const ONE: &str = "CALLFLUENT_FAULT_SCENARIO";
const MARK: &str = "outcome: ";

fn scenarios() -> (std::path::PathBuf, Vec<Value>) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/faults/scenarios.json");
    let list = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    (path, list)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_scenario_has_its_expected_outcome() {
    let (path, scenarios) = scenarios();
    let folder = std::env::temp_dir().join(format!("callfluent-faults-{}", std::process::id()));
    let host = Arc::new(FaultServer::start(&path, &folder).await.unwrap());
    let addresses = host.addresses();

    let mut outcomes = BTreeMap::new();
    let (alone, together): (Vec<_>, Vec<_>) = scenarios.iter().cloned().partition(|scenario| scenario["alone"] == true);
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for scenario in together {
        let here = addresses["scenarios"][scenario["name"].as_str().unwrap()].clone();
        let places = Arc::clone(&places);
        running.spawn(async move {
            let _place = places.acquire().await;
            let outcome = match scenario.get("environment") {
                None => run::outcome(&scenario, &here).await,
                Some(_) => elsewhere(&scenario, &here).await,
            };
            (scenario["name"].as_str().unwrap().to_owned(), outcome)
        });
    }
    outcomes.extend(running.join_all().await);
    for scenario in alone {
        let name = scenario["name"].as_str().unwrap();
        let before = memory::resident_mib();
        let mut outcome = run::outcome(&scenario, &addresses["scenarios"][name]).await;
        outcome["peak_memory_mib"] = json!(before.and_then(|before| Some(memory::peak_mib()? - before)));
        outcomes.insert(name.to_owned(), outcome);
    }

    let mut failures = Vec::new();
    failures.extend(log::leaks().iter().map(|leak| format!("a secret is logged: {leak}")));
    let libraries = log::libraries();
    for library in ["callfluent", "h2", "hyper_util", "reqwest", "rustls"] {
        assert!(libraries.contains(library), "nothing was logged by {library}: {libraries:?}");
    }
    let patience = Instant::now() + Duration::from_secs(20);
    for scenario in &scenarios {
        let name = scenario["name"].as_str().unwrap();
        let compare =
            || check::failures(scenario, &addresses["scenarios"][name], &outcomes[name], &host.recorded(name).unwrap());
        let leaked = json!(outcomes[name]["leaks"]);
        if leaked != json!([]) {
            failures.push(format!("{name}: a secret is logged: {leaked}"));
        }
        let mut said = compare();
        // A connection's end is seen a little later than it is made.
        while !said.is_empty() && Instant::now() < patience {
            tokio::time::sleep(Duration::from_millis(50)).await;
            said = compare();
        }
        if !said.is_empty() {
            failures.push(format!("{name}: {}\n    {}", said.join("; "), outcomes[name]));
        }
    }
    assert!(failures.is_empty(), "{} scenarios fail:\n{}", failures.len(), failures.join("\n"));
    table::write_if_asked(&scenarios, &outcomes);
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn the_report_lists_every_scenario() {
    table::compare(&scenarios().1);
}

/// The outcome of a scenario in a process of its own, whose environment it may set.
async fn elsewhere(scenario: &Value, addresses: &Value) -> Value {
    let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "one_scenario_in_its_own_process", "--nocapture"]);
    for name in
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"]
    {
        command.env_remove(name);
    }
    for (name, value) in scenario["environment"].as_object().unwrap() {
        command.env(name, run::filled_in(value, addresses).as_str().unwrap());
    }
    command.env(ONE, json!([scenario, addresses]).to_string()).stderr(Stdio::inherit());
    let printed = String::from_utf8(command.output().await.unwrap().stdout).unwrap();
    let line = printed.lines().find_map(|line| line.split_once(MARK)).expect("the process prints an outcome");
    serde_json::from_str(line.1).unwrap()
}

#[tokio::test]
#[ignore = "is run by another test"]
async fn one_scenario_in_its_own_process() {
    let Ok(given) = std::env::var(ONE) else {
        return;
    };
    let given: Value = serde_json::from_str(&given).unwrap();
    println!("{MARK}{}", run::outcome(&given[0], &given[1]).await);
}
