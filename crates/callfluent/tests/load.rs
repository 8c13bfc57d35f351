//! Twenty thousand concurrent operations against a sandbox that fails one request in five: nothing
//! is done twice, no reported success is lost, and every unknown outcome is reported as such.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use callfluent::bindings::schema::Naming;
use callfluent::bindings::{PublicJson, invoke};
use callfluent::{Attachment, CallFluent};
use callfluent_sandbox::{JournalEntry, Sandbox};
use fastrand::Rng;
use serde_json::{Value, json};

const OPERATIONS: usize = 20_000;
const AT_ONCE: usize = 64;
const FAULTS: f64 = 0.2;
/// Operations that must not be processed twice.
const ONCE: [&str; 5] =
    ["agents.create", "calls.start", "calls.hang_up", "custom_fields.create", "knowledge.upload_only"];
/// The header that tells the operations apart in the journal.
const MARKER: &str = "x-operation";

/// Outcome of one operation, as its caller sees it.
#[derive(Debug)]
struct Told {
    operation: &'static str,
    marker: String,
    /// Its subject: an agent or a call.
    target: String,
    success: bool,
    outcome_unknown: bool,
    error: String,
}

/// One of those who work at the same time: a workspace of its own, an agent that calls, and what it
/// knows to be there.
struct Worker {
    client: CallFluent,
    workspace: u64,
    caller: String,
    random: Rng,
    agents: Vec<String>,
    calls: Vec<String>,
    told: Vec<Told>,
}

fn agent(workspace: u64, name: &str) -> Value {
    json!({
        "workspace_id": workspace, "format": "inbound", "timezone": "UTC+00:00", "name": name, "lang": "en",
        "voice": "alloy", "agent_type": "sales", "background": "b", "goal": "none yet", "tone": "t", "instructions": "i",
    })
}

async fn call(
    client: &CallFluent,
    operation: &str,
    arguments: Value,
    files: Vec<Attachment>,
) -> callfluent::Result<Value> {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    invoke(client, operation, arguments, files, Naming::Snake).await.map(PublicJson::into_value)
}

impl Worker {
    /// Work in peace: a workspace and an agent that can call.
    async fn new(client: CallFluent, number: usize, seed: u64) -> Self {
        let name = format!("workspace {number}");
        let workspace = call(&client, "workspaces.create", json!({ "name": name }), vec![]).await.unwrap();
        let workspace = workspace["id"].as_u64().unwrap();
        let arguments = json!({ "workspace_id": workspace, "agent_type": "outbound" });
        let numbers = call(&client, "phone_numbers.list", arguments, vec![]).await.unwrap();
        let mut caller = agent(workspace, "caller");
        caller["format"] = "outbound".into();
        caller["phone_number"] = numbers["numbers"][0]["number"].clone();
        let caller = call(&client, "agents.create", caller, vec![]).await.unwrap();
        Self {
            client,
            workspace,
            caller: caller["id"].to_string(),
            random: Rng::with_seed(seed + number as u64),
            agents: Vec::new(),
            calls: Vec::new(),
            told: Vec::new(),
        }
    }

    /// One operation, as chance will have it.
    async fn work(&mut self, marker: String) {
        let known = !self.agents.is_empty();
        let one = self.random.usize(..self.agents.len().max(1));
        let agent_id = self.agents.get(one).unwrap_or(&self.caller).clone();
        let mut files = Vec::new();
        let (operation, arguments, target) = match self.random.u8(..100) {
            0..20 => ("agents.get", json!({ "agent_id": agent_id }), agent_id),
            20..28 => ("agents.list", json!({ "workspace_id": self.workspace }), String::new()),
            28..38 => ("agents.create", agent(self.workspace, &marker), String::new()),
            38..50 if known => {
                let mut arguments = agent(self.workspace, "renamed");
                arguments["goal"] = marker.clone().into();
                arguments["agent_id"] = agent_id.clone().into();
                ("agents.update", arguments, agent_id)
            }
            50..66 => {
                let arguments = json!({ "agent_id": self.caller, "phone_number": "+15550001234", "name": marker });
                ("calls.start", arguments, self.caller.clone())
            }
            66..76 if !self.calls.is_empty() => {
                let call_id = self.calls.swap_remove(0);
                ("calls.hang_up", json!({ "call_id": call_id }), call_id)
            }
            76..88 if known => {
                let agent_id = self.agents.swap_remove(one);
                ("agents.delete", json!({ "agent_id": agent_id }), agent_id)
            }
            88..94 => {
                let arguments = json!({ "agent_id": self.caller, "name": marker, "label": "Label" });
                ("custom_fields.create", arguments, self.caller.clone())
            }
            94.. => {
                files.push(Attachment::bytes(marker.clone(), "a small file"));
                ("knowledge.upload_only", json!({ "agent_id": self.caller }), self.caller.clone())
            }
            _ => ("agents.list", json!({ "workspace_id": self.workspace }), String::new()),
        };
        // Some lose patience while a late answer is still on its way.
        let patience = Duration::from_millis(if self.random.u8(..10) == 0 { 100 } else { 30_000 });
        let client = self.client.with_options(|options| options.header(MARKER, &marker).timeout(patience));
        let result = call(&client, operation, arguments, files).await;
        if let Ok(answer) = &result {
            match operation {
                "agents.create" => self.agents.push(answer["id"].to_string()),
                "calls.start" => self.calls.push(answer["id"].to_string()),
                _ => {}
            }
        }
        self.told.push(Told {
            operation,
            marker,
            target,
            success: result.is_ok(),
            outcome_unknown: result.as_ref().is_err_and(callfluent::Error::outcome_unknown),
            error: result.err().map(|error| error.to_string()).unwrap_or_default(),
        });
    }
}

/// The journal by operation, each with its requests in the order of their arrival.
fn by_marker(journal: &[JournalEntry]) -> BTreeMap<&str, Vec<&JournalEntry>> {
    let mut requests: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for entry in journal {
        if let Some(marker) = entry.header(MARKER) {
            requests.entry(marker).or_default().push(entry);
        }
    }
    requests
}

/// State that the sandbox must have, according to the requests in the journal for this
/// worker: names, goals and ids.
fn check_state(done: &[&JournalEntry], calls: &[Value], agents: &[Value], caller: &Value) {
    let acted =
        |operation: &'static str| done.iter().filter(move |entry| entry.operation.as_deref() == Some(operation));
    let marker = |entry: &&JournalEntry| entry.header(MARKER).unwrap().to_owned();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let texts = |list: &Value, name: &str| {
        sorted(list.as_array().unwrap().iter().map(|item| item[name].as_str().unwrap().to_owned()).collect())
    };
    assert_eq!(
        agents.len(),
        1 + acted("agents.create").count() - acted("agents.delete").count(),
        "agents that are there are those created and not deleted"
    );
    for agent in agents {
        let suffix = format!("/{}", agent["id"]);
        let last = acted("agents.update").rfind(|entry| entry.path.ends_with(&suffix));
        assert_eq!(
            agent["goal"],
            last.map_or("none yet".to_owned(), marker),
            "the last update that was carried out holds"
        );
    }
    let started = sorted(acted("calls.start").map(marker).collect());
    assert_eq!(
        sorted(calls.iter().map(|call| call["custom_fields"]["name"].as_str().unwrap().to_owned()).collect()),
        started
    );
    let ended = calls.iter().filter(|call| call["status"] == "completed").count();
    assert_eq!(ended, acted("calls.hang_up").count());
    assert_eq!(
        texts(&caller["agent"]["custom_fields"], "name"),
        sorted(acted("custom_fields.create").map(marker).collect())
    );
    assert_eq!(texts(&caller["files"], "name"), sorted(acted("knowledge.upload").map(marker).collect()));
}

async fn storm(seed: u64) {
    let sandbox = Sandbox::builder()
        .workspace_limit(1_000)
        .agent_limit(1_000_000)
        .journal_limit(1_000_000)
        .page_size(100_000)
        .likely_fields(true)
        .start()
        .await
        .unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
    let mut workers = Vec::new();
    for number in 0..AT_ONCE {
        workers.push(Worker::new(client.clone(), number, seed).await);
    }
    sandbox.faults(FAULTS, seed);
    let started = Instant::now();
    let running = workers.into_iter().enumerate().map(|(number, mut worker)| {
        tokio::spawn(async move {
            for count in (number..OPERATIONS).step_by(AT_ONCE) {
                worker.work(format!("operation-{count}")).await;
            }
            worker
        })
    });
    let workers: Vec<_> = futures_util::future::join_all(running).await.into_iter().map(Result::unwrap).collect();
    let elapsed = started.elapsed();
    sandbox.faults(0.0, 0);
    // What was given up may still be on its way through the server.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let journal = sandbox.journal();
    let requests = by_marker(&journal);

    let told: Vec<_> = workers.iter().flat_map(|worker| &worker.told).collect();
    assert_eq!(told.len(), OPERATIONS);
    let (mut failures, mut unknown, mut unknown_and_done) = (0, 0, 0);
    for told in told {
        let requests = requests.get(told.marker.as_str()).map_or(&[][..], Vec::as_slice);
        let done = requests.iter().filter(|entry| entry.processed).count();
        if ONCE.contains(&told.operation) {
            assert!(done <= 1, "done {done} times: {told:?}");
            let after = requests.iter().skip_while(|entry| !entry.processed).skip(1).count();
            assert_eq!(after, 0, "sent again after it was carried out: {told:?}");
        }
        assert!(requests.len() <= 3, "sent {} times: {told:?}", requests.len());
        assert!(!told.success || done > 0, "reported and never carried out: {told:?}");
        if !told.success {
            failures += 1;
            unknown += usize::from(told.outcome_unknown);
            unknown_and_done += usize::from(told.outcome_unknown && done > 0);
            let reads = matches!(told.operation, "agents.get" | "agents.list");
            assert!(reads || done == 0 || told.outcome_unknown, "carried out, and the error does not say so: {told:?}");
            assert!(!reads || !told.outcome_unknown, "{told:?}");
            assert!(!told.error.contains("(not sent)"), "{told:?}");
        }
        assert!(!told.target.is_empty() || !matches!(told.operation, "agents.delete" | "calls.hang_up"), "{told:?}");
    }
    for worker in &workers {
        let calls = call(&client, "calls.list", json!({ "agent_id": worker.caller, "page": 1 }), vec![]).await.unwrap();
        let agents = call(&client, "agents.list", json!({ "workspace_id": worker.workspace }), vec![]).await.unwrap();
        let path = format!("/agent/get-one/{}", worker.caller);
        let caller = client.request("GET", &path, None, &[]).await.unwrap();
        let own: BTreeSet<_> = worker.told.iter().map(|told| told.marker.as_str()).collect();
        let is_own = |entry: &&JournalEntry| entry.header(MARKER).is_some_and(|marker| own.contains(marker));
        let done: Vec<_> = journal.iter().filter(|entry| entry.processed).filter(is_own).collect();
        check_state(&done, calls.as_array().unwrap(), agents.as_array().unwrap(), &caller["data"]);
    }
    let struck = journal.iter().filter(|entry| entry.scripted).count();
    assert!(struck > OPERATIONS / 6, "the day was not bad enough: {struck} faults");
    assert!(unknown_and_done > 0 && unknown > unknown_and_done);
    println!(
        "load, seed {seed}: {OPERATIONS} operations, {AT_ONCE} at once, {} requests, {struck} struck by faults, {failures} failed, \
         {unknown} with unknown outcome of which {unknown_and_done} were carried out; done twice 0, lost 0; {:.1} s",
        journal.len(),
        elapsed.as_secs_f64()
    );
    sandbox.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_done_twice_or_lost_under_faults() {
    let seeds = if std::env::var_os("CALLFLUENT_SOAK").is_some() { 1..=5 } else { 1..=1 };
    for seed in seeds {
        storm(seed).await;
    }
}
