//! Exports of the call history: the file equals `calls.list`, and a run continues an earlier one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callfluent::{CallExport, CallFluent, Error, ExportFormat, ExportMask, Id};
use callfluent_sandbox::{Sandbox, ScriptedResponse};
use serde_json::{Value, json};
use support::{Reply, Server};

const AGENTS: [i64; 2] = [1001, 1002];

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("export-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn files(&self) -> Vec<String> {
        let names = std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn demo() -> (Sandbox, CallFluent) {
    let sandbox = Sandbox::builder().demo(true).page_size(10).start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
    let client = client.max_retries(0).build().unwrap();
    (sandbox, client)
}

async fn listed(client: &CallFluent, agents: &[i64]) -> Vec<Value> {
    let mut rows = Vec::new();
    for agent in agents {
        let mut calls = client.calls().list_all(*agent);
        while let Some(call) = calls.next().await {
            let mut row = serde_json::to_value(call.unwrap()).unwrap();
            row.as_object_mut().unwrap().entry("agent_id").or_insert((*agent).into());
            rows.push(row);
        }
    }
    rows
}

fn exported(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(path: &Path) -> Vec<i64> {
    exported(path).iter().map(|call| call["id"].as_i64().unwrap()).collect()
}

fn position(folder: &Folder) -> Value {
    serde_json::from_slice(&std::fs::read(folder.file(".calls.jsonl.position")).unwrap()).unwrap()
}

fn pages<const N: usize>(pages: [&[i64]; N]) -> [Reply; N] {
    pages.map(|page| Reply::ok(page.iter().map(|id| json!({ "id": id })).collect()))
}

#[tokio::test]
async fn jsonl_equals_the_lists_call_by_call() {
    let (_sandbox, client) = demo().await;
    let folder = Folder::new("jsonl");
    let path = folder.file("calls.jsonl");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let progress = Arc::clone(&seen);
    let export = client.calls().export(&path).agent_ids(AGENTS);
    let result = export.on_progress(move |now| progress.lock().unwrap().push(now)).await.unwrap();
    let wanted = listed(&client, &AGENTS).await;
    assert!(wanted.len() > 20);
    assert_eq!(exported(&path), wanted);
    assert_eq!((result.path, result.calls, result.agents), (path, wanted.len() as u64, 2));
    assert_eq!(folder.files(), ["calls.jsonl"]);
    let seen = seen.lock().unwrap();
    assert!(seen.windows(2).all(|pair| pair[0].calls <= pair[1].calls));
    assert_eq!(seen.last().map(|last| (last.calls, last.total_agents)), Some((wanted.len() as u64, 2)));
}

#[tokio::test]
async fn csv_has_a_column_for_each_field() {
    let first = r#"{"id": 1, "text": "a \"b\", c\nd", "turns": [{"a":1}], "ok": true, "nothing": null}"#;
    let body = format!("{{\"status\": true, \"data\": [{first}, {{\"id\": 2, \"later\": 1.50}}]}}");
    let server = Server::start([Reply::text(200, "application/json", body), Reply::ok(json!([]))]).await;
    let folder = Folder::new("csv");
    let path = folder.file("calls.csv");
    server.client().calls().export(&path).agent_ids([7]).await.unwrap();
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let headers: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(headers, ["id", "agent_id", "text", "turns", "ok", "nothing", "later"]);
    let rows: Vec<Vec<String>> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows[0], ["1", "7", "a \"b\", c\nd", "[{\"a\":1}]", "true", "", ""]);
    assert_eq!(rows[1], ["2", "7", "", "", "", "", "1.50"]);
    assert_eq!(folder.files(), ["calls.csv"]);
}

#[tokio::test]
async fn a_workspace_is_all_its_agents() {
    let (_sandbox, client) = demo().await;
    let folder = Folder::new("workspace");
    let path = folder.file("calls");
    let result = client.calls().export(&path).workspace_id(1).format(ExportFormat::Jsonl).await.unwrap();
    let agents = client.agents().list(1).await.unwrap();
    let agents: Vec<_> = agents.iter().map(|agent| agent.id.as_i64().unwrap()).collect();
    assert_eq!(exported(&path), listed(&client, &agents).await);
    assert_eq!(result.agents, agents.len());
}

#[tokio::test]
async fn an_agent_without_an_id_does_not_vanish_from_an_export() {
    for item in [json!(7), json!({ "name": "Sales" }), json!({ "id": null })] {
        let server = Server::start([Reply::ok(json!([{ "id": 1 }, item]))]).await;
        let folder = Folder::new("no-id");
        let error = server.client().calls().export(folder.file("calls.jsonl")).workspace_id(1).await.unwrap_err();
        assert!(error.to_string().contains("has an item without an ID; pass agent_ids"), "{error}");
        assert!(matches!(error, Error::Response(_)) && server.recorded().len() == 1);
    }
}

#[tokio::test]
async fn an_agent_that_is_listed_twice_is_exported_once() {
    let agents = [Reply::ok(json!([{ "id": 7 }, { "id": 7 }]))];
    let server = Server::start(agents.into_iter().chain(pages([&[2, 1], &[]]))).await;
    let folder = Folder::new("twice");
    let result = server.client().calls().export(folder.file("calls.jsonl")).workspace_id(1).await.unwrap();
    assert_eq!((result.agents, ids(&folder.file("calls.jsonl"))), (1, vec![2, 1]));
}

#[tokio::test]
async fn an_export_continues_after_an_error() {
    let (sandbox, client) = demo().await;
    let folder = Folder::new("error");
    let path = folder.file("calls.jsonl");
    std::fs::write(&path, "the file of yesterday").unwrap();
    sandbox.respond(ScriptedResponse::status(500).operation("calls.list").after(5)).unwrap();
    let error = client.calls().export(&path).agent_ids(AGENTS).await.unwrap_err();
    assert!(matches!(error, Error::InternalServer(_)), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "the file of yesterday");
    sandbox.clear_journal();
    client.calls().export(&path).agent_ids(AGENTS).await.unwrap();
    let first = json!(AGENTS[0].to_string());
    let is_first = |entry: &callfluent_sandbox::JournalEntry| json!(entry.arguments["agent_id"].to_string()) == first;
    assert!(!sandbox.journal().iter().any(is_first), "the first agent was complete");
    assert_eq!(exported(&path), listed(&client, &AGENTS).await);
    assert_eq!(folder.files(), ["calls.jsonl"]);
}

#[tokio::test]
async fn an_export_that_wrote_no_call_leaves_no_file() {
    let (sandbox, client) = demo().await;
    let folder = Folder::new("nothing");
    for format in ["jsonl", "csv"] {
        let export = client.calls().export(folder.file(&format!("calls.{format}")));
        let error = export.agent_ids([99_999]).await.unwrap_err();
        assert!(matches!(error, Error::NotFound(_)), "{error}");
        let export = client.calls().export(folder.file(&format!("calls.{format}")));
        assert!(matches!(export.workspace_id(99_999).await.unwrap_err(), Error::NotFound(_)));
    }
    assert_eq!(folder.files(), [""; 0]);
    sandbox.respond(ScriptedResponse::delayed(Duration::from_secs(60)).times(1)).unwrap();
    let export = client.calls().export(folder.file("calls.jsonl")).agent_ids(AGENTS).into_future();
    assert!(tokio::time::timeout(Duration::from_millis(100), export).await.is_err());
    // The thread that opened the file may still run.
    for _ in 0..1_000 {
        if folder.files().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{:?}", folder.files());
}

#[tokio::test]
async fn a_dropped_export_continues() {
    let (sandbox, client) = demo().await;
    let folder = Folder::new("dropped");
    let path = folder.file("calls.jsonl");
    let slow = ScriptedResponse::delayed(Duration::from_secs(60)).operation("calls.list").after(3);
    sandbox.respond(slow).unwrap();
    let mut export = client.calls().export(&path).agent_ids(AGENTS).into_future();
    while !folder.file(".calls.jsonl.position").exists() {
        assert!(tokio::time::timeout(Duration::from_millis(20), &mut export).await.is_err());
    }
    drop(export);
    assert_eq!(position(&folder)["page"], 4, "pages are written while the next one is fetched");
    sandbox.clear_responses();
    client.calls().export(&path).agent_ids(AGENTS).await.unwrap();
    assert_eq!(exported(&path), listed(&client, &AGENTS).await);
}

#[tokio::test]
async fn other_arguments_start_a_new_export() {
    let (sandbox, client) = demo().await;
    let folder = Folder::new("arguments");
    let path = folder.file("calls.jsonl");
    sandbox.respond(ScriptedResponse::status(500).operation("calls.list").after(5)).unwrap();
    client.calls().export(&path).agent_ids(AGENTS).await.unwrap_err();
    let reversed = [AGENTS[1], AGENTS[0]];
    client.calls().export(&path).agent_ids(reversed).await.unwrap();
    assert_eq!(exported(&path), listed(&client, &reversed).await);
}

#[tokio::test]
async fn an_export_cannot_run_twice_at_once() {
    let (sandbox, client) = demo().await;
    let folder = Folder::new("twice");
    let path = folder.file("calls.jsonl");
    sandbox.respond(ScriptedResponse::delayed(Duration::from_secs(60)).operation("calls.list")).unwrap();
    let mut first = client.calls().export(&path).agent_ids(AGENTS).into_future();
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut first).await.is_err());
    let error = client.calls().export(&path).agent_ids(AGENTS).await.unwrap_err();
    assert!(error.to_string().contains("is in use by another run; wait until it ends"), "{error}");
}

#[tokio::test]
async fn calls_that_move_between_two_runs_are_written_once() {
    let folder = Folder::new("moved");
    let path = folder.file("calls.jsonl");
    let first = pages([&[9, 8], &[7, 6], &[5, 4]]).into_iter().chain([Reply::status(500)]);
    // Two new calls move all others by a page; the run begins at page 2.
    let second = pages([&[9, 8], &[7, 6], &[5, 4], &[3, 2], &[]]);
    let server = Server::start(first.chain(second)).await;
    let client = server.builder().max_retries(0).build().unwrap();
    client.calls().export(&path).agent_ids([7]).await.unwrap_err();
    client.calls().export(&path).agent_ids([7]).await.unwrap();
    assert_eq!(ids(&path), [9, 8, 7, 6, 5, 4, 3, 2]);
    assert!(server.recorded()[4].target.ends_with("?page=2"), "{:?}", server.recorded()[4]);
}

#[tokio::test]
async fn the_next_night_exports_only_new_calls() {
    let folder = Folder::new("since");
    let since = folder.file("calls.since");
    let nights = [pages([&[2, 1], &[], &[4, 3]]), pages([&[2, 1], &[], &[4, 3]]), pages([&[2, 1], &[], &[]])];
    let server = Server::start(nights.into_iter().flatten()).await;
    let client = server.client();
    let night = |name: &str| client.calls().export(folder.file(name)).agent_ids([7]).since(&since);
    night("one.jsonl").await.unwrap();
    assert_eq!(std::fs::read_to_string(&since).unwrap(), r#"{"7":2}"#);
    night("two.jsonl").await.unwrap();
    assert_eq!(night("three.jsonl").await.unwrap().calls, 0);
    assert_eq!(ids(&folder.file("one.jsonl")), [2, 1]);
    assert_eq!(ids(&folder.file("two.jsonl")), [4, 3]);
    assert_eq!(std::fs::read_to_string(&since).unwrap(), r#"{"7":4}"#);
    assert_eq!(folder.files(), ["calls.since", "one.jsonl", "three.jsonl", "two.jsonl"]);
}

#[tokio::test]
async fn the_marks_of_an_export_advance_last() {
    let folder = Folder::new("marks");
    let server = Server::start(pages([&[2, 1], &[]])).await;
    let export = server.client().calls().export(folder.file("calls.csv")).agent_ids([7]);
    std::fs::create_dir(folder.file("calls.since.new")).unwrap();
    let error = export.since(folder.file("calls.since")).await.unwrap_err();
    assert!(matches!(error, Error::File(_)), "{error}");
    assert_eq!(folder.files(), ["calls.csv", "calls.since.new"]);
}

#[tokio::test]
async fn new_calls_that_make_pages_repeat_do_not_end_an_export() {
    // Calls 6 to 9 start while the first pages are fetched, so the first page is fetched again.
    let first: [Reply; 7] = pages([&[5, 4], &[5, 4], &[5, 4], &[9, 8], &[3, 2], &[1], &[]]);
    let next_night: [Reply; 6] = pages([&[9, 8], &[7, 6], &[5, 4], &[3, 2], &[1], &[]]);
    let server = Server::start(first.into_iter().chain(next_night)).await;
    let folder = Folder::new("repeated");
    let (path, since) = (folder.file("calls.jsonl"), folder.file("since.json"));
    for wanted in [&[5, 4, 3, 2, 1][..], &[9, 8, 7, 6]] {
        server.client().calls().export(&path).agent_ids([7]).since(&since).await.unwrap();
        assert_eq!(ids(&path), wanted);
    }
}

#[tokio::test]
async fn calls_without_an_id_and_line_breaks_are_kept() {
    let folder = Folder::new("without-id");
    let path = folder.file("calls.jsonl");
    let body = "{\"status\": true, \"data\": [\n{\"a\":\n [1,\r\n 2]}, {\"a\": 2}, {\"id\": \"x\", \"agent_id\": 5}]}";
    let empty = Reply::ok(json!([]));
    let server = Server::start([Reply::text(200, "application/json", body), empty]).await;
    server.client().calls().export(&path).agent_ids(["seven"]).await.unwrap();
    let rows = exported(&path);
    assert_eq!(rows.len(), 3);
    assert_eq!((&rows[0]["a"], &rows[0]["agent_id"]), (&json!([1, 2]), &json!("seven")));
    assert_eq!((&rows[2]["id"], &rows[2]["agent_id"]), (&json!("x"), &json!(5)));
}

fn shared(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/exports").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn mask(name: &Value) -> ExportMask {
    if name == "transcripts" { ExportMask::Transcripts } else { ExportMask::PhoneNumbers }
}

#[tokio::test]
async fn masks_are_those_of_the_shared_cases() {
    for case in shared("masks.json").as_array().unwrap() {
        let folder = Folder::new("masks");
        let path = folder.file("calls.jsonl");
        let server = Server::start([Reply::ok(json!([case["call"]])), Reply::ok(json!([]))]).await;
        let mut export = server.client().calls().export(&path).agent_ids([7]);
        for name in case["masks"].as_array().unwrap() {
            export = export.mask(mask(name));
        }
        export.await.unwrap();
        let mut wanted = case["masked"].clone();
        wanted["agent_id"] = 7.into();
        assert_eq!(exported(&path), [wanted], "{}", case["name"]);
    }
}

#[tokio::test]
async fn a_run_continues_the_shared_positions_of_its_names() {
    let shared = shared("resume.json");
    for case in shared["cases"].as_array().unwrap() {
        let continues = case["names"] == "snake_case";
        let folder = Folder::new("resume");
        let path = folder.file("calls.jsonl");
        let mut script = Vec::new();
        for (agent, first) in [("7", usize::from(continues)), ("8", 0)] {
            for page in &shared["pages"][agent].as_array().unwrap()[first..] {
                script.push(Reply::ok(page.as_array().unwrap().iter().map(|id| json!({ "id": id })).collect()));
            }
        }
        let requests = script.len();
        let server = Server::start(script).await;
        let mut position = case["position"].clone();
        position["request"]["server"] = server.base_url().into();
        std::fs::write(folder.file(".calls.jsonl.position"), position.to_string()).unwrap();
        std::fs::write(folder.file(".calls.jsonl.part"), case["part"].as_str().unwrap()).unwrap();
        server.client().calls().export(&path).agent_ids([7, 8]).await.unwrap();
        assert_eq!(json!(ids(&path)), shared["ids"], "{}", case["names"]);
        let kept = exported(&path).iter().filter(|call| call["kept"] == true).count();
        assert_eq!((kept, server.recorded().len()), (if continues { 6 } else { 0 }, requests));
    }
}

#[tokio::test]
async fn what_would_fail_at_the_end_is_found_before_sending() {
    let server = Server::start(pages([&[]])).await;
    for case in shared("invalid.json").as_array().unwrap() {
        let (folder, name) = (Folder::new("invalid"), &case["name"]);
        std::fs::create_dir(folder.file("folder")).unwrap();
        std::fs::write(folder.file("file"), "no JSON").unwrap();
        let arguments = &case["arguments"];
        let text = |name: &str| arguments[name].as_str();
        let mut export = server.client().calls().export(folder.file(text("path").unwrap()));
        if let Some(agents) = arguments["agent_ids"].as_array() {
            export = export.agent_ids(agents.iter().map(|agent| agent.as_i64().unwrap()));
        }
        if let Some(workspace) = arguments["workspace_id"].as_i64() {
            export = export.workspace_id(workspace);
        }
        if let Some(since) = text("since") {
            export = export.since(folder.file(since));
        }
        match text("format").map(str::parse) {
            Some(Ok(format)) => export = export.format(format),
            // Not an argument in Rust.
            Some(Err(_)) => continue,
            None => {}
        }
        let error = export.await.expect_err(&name.to_string());
        if let Some(file_error) = case["file_error"].as_str() {
            assert!(matches!(error, Error::File(_)) && error.to_string().contains(file_error), "{name}: {error}");
        } else {
            let (field, contains) = (case["field"].as_str().unwrap(), case["contains"].as_str().unwrap());
            let found = error.field_errors();
            assert!(
                found.iter().any(|found| found.field == field && found.reason.contains(contains)),
                "{name}: {error}"
            );
        }
        assert_eq!((server.recorded().len(), folder.files().len()), (0, 2), "{name}");
    }
}

#[tokio::test]
async fn invalid_ids_and_paths_are_found_before_sending() {
    let server = Server::start(pages([&[]])).await;
    let (client, folder) = (server.client(), Folder::new("ids"));
    let export = |name: &str| client.calls().export(folder.file(name));
    let cases: [(CallExport, &str); 3] = [
        (export("calls.jsonl").agent_ids([1]).workspace_id(1), "agent_ids: pass agent_ids or workspace_id, not both"),
        (export("calls.jsonl").agent_ids([Id::default()]), "agent_ids: an ID is missing"),
        (client.calls().export("/").agent_ids([1]), "path: / does not name a file"),
    ];
    for (export, expected) in cases {
        let error = export.await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)) && error.to_string().contains(expected), "{error}");
    }
    assert_eq!((server.recorded().len(), folder.files()), (0, Vec::<String>::new()));
}

#[cfg(feature = "parquet")]
#[tokio::test]
async fn invalid_columns_are_found_before_sending() {
    use callfluent::arrow::ColumnType;

    let server = Server::start(pages([&[]])).await;
    let folder = Folder::new("columns");
    let export = server.client().calls().export(folder.file("calls.parquet")).agent_ids([1]);
    let error = export.column("extra", ColumnType::Json).await.unwrap_err();
    assert!(error.to_string().contains("columns: "), "{error}");
    assert_eq!((server.recorded().len(), folder.files()), (0, Vec::<String>::new()));
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_an_error_with_its_cause() {
    let server = Server::start(pages([&[1], &[]])).await;
    let folder = Folder::new("cannot");
    std::fs::create_dir(folder.file(".calls.jsonl.part")).unwrap();
    let error = server.client().calls().export(folder.file("calls.jsonl")).agent_ids([7]).await.unwrap_err();
    let Error::File(file) = &error else { panic!("{error}") };
    assert!(file.path.ends_with(".calls.jsonl.part"));
    assert!(error.to_string().starts_with("calls.export: cannot open "), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn the_blocking_client_writes_the_same_file() {
    let sandbox = Sandbox::builder().demo(true).page_size(10).start_blocking().unwrap();
    let builder = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
    let client = builder.build_blocking().unwrap();
    let folder = Folder::new("blocking");
    let path = folder.file("calls.jsonl");
    let result = client.calls().export(&path).agent_ids(AGENTS).wait().unwrap();
    let calls: Vec<_> = AGENTS.into_iter().flat_map(|agent| client.calls().list_all(agent)).collect();
    assert_eq!((result.calls, exported(&path).len()), (calls.len() as u64, calls.len()));
    let wanted: Vec<_> = calls.into_iter().map(|call| call.unwrap().id.as_i64().unwrap()).collect();
    assert_eq!(ids(&path), wanted);
}
