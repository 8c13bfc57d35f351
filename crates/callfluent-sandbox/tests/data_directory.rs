//! The data directory: a later sandbox continues with everything that an earlier one acknowledged.
//! `CALLFLUENT_KILLS=1000` kills the program that often.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use callfluent_sandbox::{DEFAULT_API_KEY, Sandbox, SandboxBuilder, ScriptedResponse};
use http_client::{HttpClient, inbound_agent, send, with};
use reqwest::Method;
use serde_json::{Value, json};

/// An empty directory for one test.
fn directory(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("callfluent-data-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    path
}

fn stored(path: &PathBuf) -> SandboxBuilder {
    Sandbox::builder().data_dir(path)
}

#[tokio::test]
async fn a_later_sandbox_continues_with_the_same_state() {
    let path = directory("continues");
    let first = stored(&path).demo(true).likely_fields(true).start().await.unwrap();
    let http = HttpClient::new(&first);
    let id = http.create_agent(&inbound_agent()).await;
    http.upload(id, &[("prices.txt", b"10 each")]).await.data();
    let call = http.start_call(1002).await;
    first.script_call(json!({"outcome": "random", "seed": 7})).unwrap();
    first.respond(ScriptedResponse::status(503).operation("agents.list").after(1)).unwrap();
    first.faults(0.5, 3);
    first.faults(0.0, 3);
    first.set_agent_limit(8);
    first.set_permission(2, false).unwrap();
    let paths = [format!("/agent/get-one/{id}"), "/agent/1002/calls".to_owned(), "/workspace/get-all".to_owned()];
    let mut expected = Vec::new();
    for path in &paths {
        expected.push(http.get(path).await.text);
    }
    let (journal, now) = (first.journal(), first.now());
    first.close().await;

    let second = stored(&path).likely_fields(true).start().await.unwrap();
    let http = HttpClient::new(&second);
    assert_eq!((second.now(), second.journal()), (now, journal));
    for (path, expected) in paths.iter().zip(expected) {
        assert_eq!(http.get(path).await.text, expected);
    }
    assert_eq!(second.finish(call, json!({})).unwrap()["status"], "completed");
    assert_eq!(http.get("/agent/get-all/1").await.status, 200);
    assert_eq!(http.get("/agent/get-all/1").await.status, 503);
    assert_eq!(http.get("/agent/get-all/2").await.status, 403);
    assert_eq!(http.create_agent(&inbound_agent()).await, id + 1);
    assert_eq!(http.post("/agent/create", &inbound_agent()).await.status, 400);
    second.close().await;
    std::fs::remove_dir_all(path).unwrap();
}

#[tokio::test]
async fn options_apply_if_they_differ_from_the_start_before() {
    let path = directory("options");
    let first = stored(&path).page_size(2).start().await.unwrap();
    first.set_agent_limit(3);
    first.close().await;
    let second = stored(&path).page_size(1).journal_limit(2).api_key("other").start().await.unwrap();
    let agent = second.add_agent(json!({})).unwrap()["id"].as_u64().unwrap();
    for _ in 0..2 {
        second.add_call(agent, json!({})).unwrap();
        second.add_agent(json!({})).unwrap();
    }
    let http = HttpClient::new(&second);
    assert_eq!(http.get(&format!("/agent/{agent}/calls")).await.data().as_array().unwrap().len(), 1);
    assert_eq!(http.post("/agent/create", &inbound_agent()).await.status, 400);
    http.get("/workspace/get-all").await;
    assert_eq!(second.journal().len(), 2);
    second.close().await;
    std::fs::remove_dir_all(path).unwrap();
}

#[tokio::test]
async fn a_reset_and_snapshots_are_stored() {
    let path = directory("snapshots");
    let first = stored(&path).start().await.unwrap();
    let http = HttpClient::new(&first);
    let id = http.create_agent(&inbound_agent()).await;
    let snapshot = http.control(Method::POST, "/snapshot", None).await.json()["snapshot"].clone();
    first.reset();
    first.close().await;

    let second = stored(&path).start().await.unwrap();
    let http = HttpClient::new(&second);
    assert_eq!(http.get("/agent/get-all/1").await.data(), json!([]));
    http.control(Method::POST, "/restore", Some(&json!({"snapshot": snapshot}))).await;
    second.close().await;

    let third = stored(&path).start().await.unwrap();
    assert_eq!(HttpClient::new(&third).get("/agent/get-all/1").await.data()[0]["id"], id);
    third.close().await;
    std::fs::remove_dir_all(path).unwrap();
}

#[tokio::test]
async fn webhooks_that_were_not_sent_are_sent_later() {
    let path = directory("webhooks");
    // Nobody accepts connections of this listener, so the first sandbox waits for a response.
    let receiver = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/calls", receiver.local_addr().unwrap());
    let mut program = Program::start(&path);
    let agent = program.control("/agents", &json!({})).await["id"].as_u64().unwrap();
    let payload = json!({
        "actionType": "webhook", "agentId": agent, "name": "Send", "webhook_url": url,
        "fields": r#"[{"value": "transcription", "label": "Transcript"}]"#,
    });
    program.http.post("/agent/create-action", &json!({"payload": payload})).await.data();
    let call = program.control("/receive-call", &json!({"agent_id": agent})).await["id"].clone();
    program.control("/start-call", &json!({})).await;
    let advance = json!({"advance": 5});
    program.control("/clock", &advance).await;
    program.http.post("/agent/hangup-call", &json!({"callid": call})).await.data();
    program.kill();

    let second = stored(&path).start().await.unwrap();
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        // A connection of the first sandbox may be in the backlog, too.
        for mut connection in receiver.incoming().flatten() {
            let _ = connection.read(&mut [0; 4096]);
            let _ = connection.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
        }
    });
    let sent = second.webhooks().await;
    assert_eq!((sent.len(), sent[0].status), (1, Some(204)));
    second.close().await;
    let third = stored(&path).start().await.unwrap();
    assert_eq!(third.webhooks().await, sent);
    third.close().await;
    std::fs::remove_dir_all(path).unwrap();
}

#[tokio::test]
async fn a_directory_in_use_or_with_other_data_is_rejected() {
    let path = directory("in-use");
    let first = stored(&path).start().await.unwrap();
    let error = stored(&path).start().await.unwrap_err().to_string();
    assert!(error.contains("in use by another sandbox") && error.contains("in-use"), "{error}");
    first.close().await;
    std::fs::write(path.join("sandbox.sqlite3"), "not a database, but a text of some length".repeat(50)).unwrap();
    let error = stored(&path).start().await.unwrap_err().to_string();
    assert!(error.contains("not a SQLite database"), "{error}");
    std::fs::remove_dir_all(path).unwrap();
}

#[tokio::test]
async fn the_api_key_is_not_stored() {
    let path = directory("key");
    let sandbox = stored(&path).api_key("secret-key-of-a-user").start().await.unwrap();
    HttpClient::new(&sandbox).create_agent(&inbound_agent()).await;
    sandbox.close().await;
    for entry in std::fs::read_dir(&path).unwrap() {
        let content = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!content.windows(20).any(|window| window == b"secret-key-of-a-user"));
    }
    std::fs::remove_dir_all(path).unwrap();
}

/// The program with a data directory.
struct Program {
    child: Child,
    http: HttpClient,
}

impl Program {
    fn start(path: &PathBuf) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_callfluent-sandbox"))
            .args(["--port", "0", "--agent-limit", "100000", "--page-size", "100000", "--journal-limit", "100"])
            .arg("--data-dir")
            .arg(path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let base_url =
            lines.map(|line| line.strip_prefix("export CALLFLUENT_BASE_URL=").map(str::to_owned)).find_map(|url| url);
        Self { child, http: HttpClient::at(&base_url.expect("the program starts"), DEFAULT_API_KEY) }
    }

    async fn control(&self, path: &str, body: &Value) -> Value {
        self.http.control(Method::POST, path, Some(body)).await.json()["data"].clone()
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Everything that responses acknowledged.
#[derive(Debug, Default)]
struct Acknowledged {
    /// Agents and their names.
    agents: BTreeMap<u64, String>,
    /// Calls of the first agent; true after their end.
    calls: BTreeMap<u64, bool>,
    /// The highest IDs, which later objects exceed.
    highest_agent: u64,
    highest_call: u64,
    latest_request: String,
    requests: usize,
    /// An agent or a call whose request has no response.
    uncertain: Option<u64>,
}

impl Acknowledged {
    /// Sends requests until the program is killed.
    async fn send_requests(&mut self, http: &HttpClient, caller: u64, random: &mut fastrand::Rng) {
        loop {
            self.uncertain = None;
            let agent = self.agents.keys().nth(random.usize(..self.agents.len().max(1))).copied();
            let call = self.calls.iter().find(|(_, ended)| !**ended).map(|(id, _)| *id);
            let name = format!("Agent {}", self.requests);
            let (method, path, body) = match (random.u8(0..8), agent, call) {
                (0 | 1, Some(id), _) => {
                    let payload = with(inbound_agent(), &json!({"name": name}));
                    (Method::PUT, format!("/agent/update/{id}"), json!({"Payload": payload}))
                }
                (2 | 3, Some(id), _) => (Method::DELETE, format!("/agent/delete/{id}"), Value::Null),
                (4, ..) => {
                    let body = json!({"phone_number": "+14155550123"});
                    (Method::POST, format!("/call-api/make-call/{caller}"), body)
                }
                (5, _, Some(id)) => (Method::POST, "/agent/hangup-call".to_owned(), json!({"callid": id})),
                _ => (Method::POST, "/agent/create".to_owned(), with(inbound_agent(), &json!({"name": name}))),
            };
            if path.starts_with("/agent/update") || path.starts_with("/agent/delete") {
                self.uncertain = agent;
            } else if path == "/agent/hangup-call" {
                self.uncertain = call;
            }
            let request = http.request(method, &path);
            let request = if body.is_null() { request } else { request.json(&body) };
            let Ok(response) = request.send().await else { return };
            assert_eq!(response.status(), 200, "{path}");
            let request_id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
            let Ok(text) = response.text().await else { return };
            assert!(request_id > self.latest_request, "{request_id} follows {}", self.latest_request);
            self.latest_request = request_id;
            self.requests += 1;
            let data = serde_json::from_str::<Value>(&text).unwrap()["data"].clone();
            if path == "/agent/create" || path.starts_with("/agent/update") {
                let id = data["id"].as_u64().unwrap();
                self.highest_agent = self.highest_agent.max(id);
                self.agents.insert(id, name);
            } else if path.starts_with("/agent/delete") {
                self.agents.remove(&agent.unwrap());
            } else if path == "/agent/hangup-call" {
                self.calls.insert(call.unwrap(), true);
            } else {
                self.highest_call = data["id"].as_u64().unwrap();
                self.calls.insert(self.highest_call, false);
            }
        }
    }

    /// Compares with a new program. Continues with the result of the request without a response.
    async fn check(&mut self, http: &HttpClient, caller: u64) {
        let agents = send(http.request(Method::GET, "/agent/get-all/1")).await.data();
        let agents = agents.as_array().unwrap().iter();
        let mut agents: BTreeMap<u64, String> = agents
            .map(|agent| (agent["id"].as_u64().unwrap(), agent["name"].as_str().unwrap().to_owned()))
            .filter(|(id, _)| *id != caller)
            .collect();
        let calls = http.get(&format!("/agent/{caller}/calls")).await.data();
        let calls = calls.as_array().unwrap().iter();
        let mut calls: BTreeMap<u64, bool> =
            calls.map(|call| (call["id"].as_u64().unwrap(), call["status"] == "completed")).collect();
        let found = (agents.clone(), calls.clone());
        // The last request may have added one object, or changed the uncertain one.
        let added = agents.keys().filter(|id| **id > self.highest_agent).count()
            + calls.keys().filter(|id| **id > self.highest_call).count();
        assert!(added <= usize::from(self.uncertain.is_none()), "{added} objects were added");
        agents.retain(|id, _| Some(*id) != self.uncertain && *id <= self.highest_agent);
        calls.retain(|id, _| Some(*id) != self.uncertain && *id <= self.highest_call);
        self.agents.retain(|id, _| Some(*id) != self.uncertain);
        self.calls.retain(|id, _| Some(*id) != self.uncertain);
        assert_eq!((&agents, &calls), (&self.agents, &self.calls));
        (self.agents, self.calls) = found;
        self.highest_agent = self.highest_agent.max(self.agents.keys().last().copied().unwrap_or_default());
        self.highest_call = self.highest_call.max(self.calls.keys().last().copied().unwrap_or_default());
    }
}

#[tokio::test]
async fn acknowledged_requests_survive_kills_at_random_moments() {
    let path = directory("kills");
    let kills: u32 = std::env::var("CALLFLUENT_KILLS").map_or(12, |kills| kills.parse().unwrap());
    let mut random = fastrand::Rng::new();
    let seed = random.get_seed();
    let mut acknowledged = Acknowledged::default();
    let mut program = Program::start(&path);
    let overrides = json!({"format": "outbound"});
    let caller = program.control("/agents", &overrides).await["id"].as_u64().unwrap();
    for kill in 0..kills {
        let delay = Duration::from_micros(random.u64(1_000..40_000));
        let Program { mut child, http } = program;
        let killed = std::thread::spawn(move || {
            std::thread::sleep(delay);
            child.kill().unwrap();
            child.wait().unwrap();
        });
        acknowledged.send_requests(&http, caller, &mut random).await;
        killed.join().unwrap();
        program = Program::start(&path);
        acknowledged.check(&program.http, caller).await;
        let journal = program.http.control(Method::GET, "/journal", None).await.json();
        let latest = &acknowledged.latest_request;
        let is_known = journal["entries"].as_array().unwrap().iter().any(|entry| entry["request_id"] == **latest);
        assert!(is_known || latest.is_empty(), "{latest} is missing after kill {kill}, seed {seed}");
    }
    program.kill();
    assert!(acknowledged.requests > kills as usize, "{} requests", acknowledged.requests);
    println!("{kills} kills, {} acknowledged requests, seed {seed}", acknowledged.requests);
    std::fs::remove_dir_all(path).unwrap();
}
