//! Bulk operations: order, concurrency, one result for each item, dry runs, and journals.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use callfluent::bindings::{BulkOptions, BulkRequest, BulkRequestItem, bulk};
use callfluent::{
    AgentCreateParams, AgentPatchParams, BulkItem, CallFluent, CallStartParams, Error, Id, RequestExt as _, Resolution,
};
use callfluent_sandbox::{Sandbox, SandboxBuilder, ScriptedResponse};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use support::{Reply, Server};

const AGENT: u64 = 1002;

async fn start(builder: SandboxBuilder) -> (Sandbox, CallFluent) {
    let sandbox = builder.demo(true).start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
    (sandbox, client)
}

/// Returns the path of a new journal.
fn journal() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("{}-{}.jsonl", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&path);
    path
}

fn leads(count: usize) -> Vec<(String, CallStartParams)> {
    (0..count).map(|index| (format!("lead-{index}"), CallStartParams::to(format!("+1555100{index:04}")))).collect()
}

fn inbound(name: &str) -> AgentCreateParams {
    AgentCreateParams::builder()
        .workspace_id(1)
        .format("inbound")
        .timezone("UTC+00:00")
        .name(name)
        .lang("en")
        .voice("alloy")
        .agent_type("sales")
        .background("You work for a bakery.")
        .goal("Take orders")
        .tone("Friendly")
        .instructions("Ask what they need.")
        .build()
}

/// Returns how often the sandbox started a phone call to each number.
fn phoned(sandbox: &Sandbox) -> BTreeMap<String, usize> {
    let mut phoned = BTreeMap::new();
    for entry in sandbox.journal() {
        if entry.processed && entry.operation.as_deref() == Some("calls.start") {
            *phoned.entry(entry.arguments["phone_number"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    phoned
}

fn requests(sandbox: &Sandbox, operation: &str) -> usize {
    sandbox.journal().iter().filter(|entry| entry.operation.as_deref() == Some(operation)).count()
}

fn ids<T>(items: &[BulkItem<T>]) -> Vec<String> {
    items.iter().map(|item| item.id.to_string()).collect()
}

fn invalid(error: Error) -> String {
    assert!(matches!(error, Error::InvalidRequest(_)), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn results_have_the_order_of_the_items() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    sandbox.respond(ScriptedResponse::delayed(Duration::from_millis(150)).path_contains("get-one/1001")).unwrap();
    let results = client.agents().get_many([1001, 999, 1002, 1001]).await.unwrap();
    assert_eq!(ids(&results), ["1001", "999", "1002", "1001"]);
    assert!(matches!(results[1].error, Some(Error::NotFound(_))), "{:?}", results[1]);
    for index in [0, 2, 3] {
        let details = results[index].value.as_ref().unwrap();
        assert_eq!(details.agent.id, results[index].id);
    }
}

#[tokio::test]
async fn a_stream_returns_results_as_soon_as_their_turn_allows() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    sandbox.respond(ScriptedResponse::delayed(Duration::from_millis(200)).path_contains("get-one/1002")).unwrap();
    let mut results = client.agents().get_many([1001, 1002, 1003]).start().unwrap();
    assert_eq!(results.total(), 3);
    let started = Instant::now();
    assert_eq!(results.next().await.unwrap().id, 1001);
    assert!(started.elapsed() < Duration::from_millis(150), "{:?}", started.elapsed());
    let rest: Vec<_> = (&mut results).collect().await;
    assert_eq!(ids(&rest), ["1002", "1003"]);
    assert_eq!((results.completed(), results.failed()), (3, 0));
    assert!(results.next().await.is_none());
}

#[tokio::test]
async fn no_more_items_than_allowed_are_in_flight() {
    for (limit, expected) in [(None, 10), (Some(3), 3)] {
        let server = Server::start([Reply::silence()]).await;
        let mut operation = server.client().agents().get_many(1..=30);
        if let Some(limit) = limit {
            operation = operation.max_concurrency(limit);
        }
        let _results = operation.start().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while server.recorded().len() < expected {
            assert!(Instant::now() < deadline, "limit {limit:?}: {} requests", server.recorded().len());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(server.recorded().len(), expected, "limit {limit:?}");
    }
}

#[tokio::test]
async fn the_limits_of_the_client_apply() {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
    let client = client.requests_per_second(20.0).burst(1).build().unwrap();
    let started = Instant::now();
    client.agents().get_many(vec![1001; 7]).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(290), "{:?}", started.elapsed());
}

#[tokio::test]
async fn dropping_the_results_cancels_what_is_left() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let mut results = client.calls().start_many(AGENT, leads(200)).max_concurrency(2).start().unwrap();
    results.next().await.unwrap();
    drop(results);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let started = phoned(&sandbox).len();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(started < 200 && phoned(&sandbox).len() == started, "{started}");
}

#[tokio::test]
async fn an_operation_makes_progress_without_being_polled() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let results = client.calls().start_many(AGENT, leads(20)).start().unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while phoned(&sandbox).len() < 20 {
        assert!(Instant::now() < deadline, "{} of 20", phoned(&sandbox).len());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(results);
}

#[tokio::test]
async fn agents_are_created_changed_and_deleted() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let created = client.agents().create_many([("first", inbound("one")), ("second", inbound("two"))]).await.unwrap();
    assert_eq!(ids(&created), ["first", "second"]);
    let agents: Vec<Id> = created.iter().map(|item| item.value.as_ref().unwrap().id.clone()).collect();

    let patch = |tone: &str| AgentPatchParams::builder().tone(tone).build();
    let patched = client.agents().patch_many([(&agents[0], patch("Warm")), (&agents[1], patch("Calm"))]).await.unwrap();
    let tones: Vec<_> =
        patched.iter().map(|item| item.value.as_ref().unwrap().agent.tone.clone().unwrap().to_string()).collect();
    assert_eq!(tones, ["Warm", "Calm"]);

    let updated = client.agents().update_many([(&agents[0], inbound("three"))]).await.unwrap();
    assert_eq!(updated[0].value.as_ref().unwrap().name.as_deref(), Some("three"));

    let deleted = client.agents().delete_many(&agents).await.unwrap();
    assert!(deleted.iter().all(|item| item.value.is_some()), "{deleted:?}");
    assert_eq!(requests(&sandbox, "agents.delete"), 2);
    let gone = client.agents().get_many(&agents).await.unwrap();
    assert!(gone.iter().all(|item| matches!(item.error, Some(Error::NotFound(_)))), "{gone:?}");
}

#[tokio::test]
async fn all_pages_of_each_agent_are_listed() {
    let (sandbox, client) = start(Sandbox::builder().page_size(3)).await;
    for _ in 0..10 {
        sandbox.add_call(1003, json!({})).unwrap();
    }
    let expected = client.calls().list_all(1003).collect::<Vec<_>>().await.len();
    assert!(expected >= 10);
    let listed = client.calls().list_many([1003, 999]).await.unwrap();
    assert_eq!(listed[0].value.as_ref().unwrap().len(), expected);
    assert!(listed[1].error.is_some());
}

#[tokio::test]
async fn invalid_items_are_reported_together_and_nothing_is_sent() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let mut leads = leads(3);
    leads[1].1 = CallStartParams::to("call me");
    leads[2].1 = CallStartParams::to("+1 555 100-0000");
    let path = journal();
    let error = invalid(client.calls().start_many(AGENT, leads).journal(&path).await.unwrap_err());
    assert!(error.contains("calls[lead-1].phone_number: "), "{error}");
    let twice = "calls[lead-2].phone_number: is also the number of lead-0; call it in another run with a new journal";
    assert!(error.contains(twice), "{error}");
    let error = invalid(client.agents().delete_many([7, 8, 7]).max_concurrency(0).await.unwrap_err());
    assert!(error.contains("max_concurrency: must be at least 1"), "{error}");
    assert!(error.contains("agent_ids[7]: has the same ID as item 0"), "{error}");
    let unchanged = AgentPatchParams::builder().build();
    let error = invalid(client.agents().patch_many([(7, unchanged)]).await.unwrap_err());
    assert!(error.contains("changes[7].changes: pass at least one field to change"), "{error}");
    assert!(sandbox.journal().is_empty() && !path.exists());
}

#[tokio::test]
async fn an_item_without_an_id_is_rejected_with_its_index() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let call = CallStartParams::to("+15551000000");
    let error = invalid(client.calls().start_many(AGENT, [("a", call.clone()), (" ", call)]).await.unwrap_err());
    assert!(error.contains("calls[\" \"]: the ID of item 1 must not be empty"), "{error}");
    let error = invalid(client.agents().get_many(["1001", "", "1002"]).await.unwrap_err());
    assert!(error.contains("agent_ids[\"\"]: the ID of item 1 must not be empty"), "{error}");
    let error = invalid(client.agents().create_many([(callfluent::Id::default(), inbound("a"))]).await.unwrap_err());
    assert!(error.contains("agents[\"\"]: the ID of item 0 must not be empty"), "{error}");
    assert!(sandbox.journal().is_empty());
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_reports_what_is_done() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let path = journal();
    let planned = client.calls().start_many(AGENT, leads(3)).journal(&path).dry_run().await.unwrap();
    assert!(planned.iter().all(|item| item.value.is_none() && item.error.is_none() && !item.from_journal));
    assert!(sandbox.journal().is_empty() && !path.exists());
    client.calls().start_many(AGENT, leads(2)).journal(&path).await.unwrap();
    let planned = client.calls().start_many(AGENT, leads(3)).journal(&path).dry_run().await.unwrap();
    assert_eq!(planned.iter().map(|item| item.from_journal).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(phoned(&sandbox).len(), 2);
}

#[tokio::test]
async fn a_second_run_does_only_what_is_missing() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let path = journal();
    sandbox.respond(ScriptedResponse::status(400).operation("calls.start").after(1)).unwrap();
    let first = client.calls().start_many(AGENT, leads(3)).journal(&path).max_concurrency(1).await.unwrap();
    assert!(matches!(first[1].error, Some(Error::BadRequest(_))), "{first:?}");
    let second = client.calls().start_many(AGENT, leads(5)).journal(&path).await.unwrap();
    assert_eq!(second.iter().map(|item| item.from_journal).collect::<Vec<_>>(), [true, false, true, false, false]);
    // The ID of a call of the first run comes from the journal.
    assert_eq!(second[0].value.as_ref().unwrap().id, first[0].value.as_ref().unwrap().id);
    assert_eq!(second[0].value.as_ref().unwrap().extra, first[0].value.as_ref().unwrap().extra);
    assert!(phoned(&sandbox).values().all(|times| *times == 1) && phoned(&sandbox).len() == 5);
}

#[tokio::test]
async fn an_unknown_outcome_is_not_repeated_until_it_is_resolved() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let path = journal();
    let run = || client.calls().start_many(AGENT, leads(3)).journal(&path).max_concurrency(1);
    sandbox.respond(ScriptedResponse::disconnected().process_first().operation("calls.start")).unwrap();
    let lost = ScriptedResponse::disconnected().operation("calls.start");
    sandbox.respond(lost).unwrap();
    let first = run().await.unwrap();
    assert!(first[0].outcome_unknown() && first[1].outcome_unknown() && first[2].value.is_some(), "{first:?}");

    let second = run().await.unwrap();
    for item in &second[..2] {
        let Some(Error::OutcomeUnknown(context)) = &item.error else { panic!("{item:?}") };
        assert!(context.url.ends_with("/call-api/make-call/1002"), "{}", context.url);
        let error = item.error.as_ref().unwrap().to_string();
        assert!(error.starts_with("calls.start of lead-") && error.contains("not repeated"), "{error}");
        assert!(error.contains("with this ID in resolve(), as Resolution::Done or Resolution::Repeat"), "{error}");
        assert_eq!(error.matches("The outcome is unknown").count(), 1, "{error}");
        assert!(error.contains("calls.list"), "{error}");
        assert!(item.outcome_unknown() && item.from_journal);
    }
    assert_eq!(phoned(&sandbox).len(), 2);

    let error = invalid(run().resolve("lead-2", Resolution::Repeat).await.unwrap_err());
    assert!(error.contains("resolve[lead-2]: the outcome of this ID is not unknown"), "{error}");
    let third = run().resolve("lead-0", Resolution::Done).resolve("lead-1", Resolution::Repeat).await.unwrap();
    assert!(third.iter().all(|item| item.error.is_none()), "{third:?}");
    assert!(third[0].from_journal && third[0].value.is_none() && third[1].value.is_some());
    assert!(run().await.unwrap().iter().all(|item| item.from_journal && item.error.is_none()));
    assert!(phoned(&sandbox).values().all(|times| *times == 1) && phoned(&sandbox).len() == 3);
}

#[tokio::test]
async fn a_recorded_decision_can_be_passed_again() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let path = journal();
    let run = || client.calls().start_many(AGENT, leads(3)).journal(&path).max_concurrency(1);
    for reply in [ScriptedResponse::disconnected().process_first(), ScriptedResponse::disconnected()] {
        sandbox.respond(reply.operation("calls.start")).unwrap();
    }
    run().await.unwrap();
    let decided = || run().resolve("lead-0", Resolution::Done).resolve("lead-1", Resolution::Repeat);
    assert!(decided().await.unwrap()[1].value.is_some());
    let recorded = std::fs::read_to_string(&path).unwrap();
    for run in [decided(), decided().dry_run()] {
        assert!(run.await.unwrap().iter().all(|item| item.from_journal && item.error.is_none()));
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), recorded);
    assert!(phoned(&sandbox).values().all(|times| *times == 1) && phoned(&sandbox).len() == 3);

    for (id, other, reason) in [
        ("lead-0", Resolution::Repeat, "resolve[lead-0]: the journal has the decision \"done\" for this ID"),
        ("lead-1", Resolution::Done, "resolve[lead-1]: the journal has the decision \"repeat\" for this ID"),
        ("lead-2", Resolution::Done, "resolve[lead-2]: the outcome of this ID is not unknown in the journal (done)"),
        ("lead-9", Resolution::Done, "resolve[lead-9]: the journal does not have this ID"),
    ] {
        let error = invalid(run().resolve(id, other).await.unwrap_err());
        assert!(error.contains(reason), "{error}");
    }
    let error = invalid(decided().resolve("lead-0", Resolution::Repeat).await.unwrap_err());
    assert!(error.contains("resolve[lead-0]: is both done and repeat; pass one decision"), "{error}");
}

#[tokio::test]
async fn no_items_are_no_requests() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let none: [u64; 0] = [];
    assert!(client.calls().list_many(none).await.unwrap().is_empty());
    assert!(client.agents().delete_many(none).await.unwrap().is_empty());
    assert!(client.calls().start_many(AGENT, leads(0)).journal(journal()).await.unwrap().is_empty());
    assert!(sandbox.journal().is_empty());
}

#[tokio::test]
async fn a_change_is_repeated_after_an_unknown_outcome() {
    let journal = journal();
    let lost = Server::start([Reply::close()]).await;
    let deletion = |client: &CallFluent| client.agents().delete_many([1002]).journal(&journal);
    let client = lost.builder().max_retries(0).build().unwrap();
    let results = deletion(&client).await.unwrap();
    assert!(results[0].error.as_ref().unwrap().outcome_unknown(), "{results:?}");
    // The lines of earlier versions.
    let text = std::fs::read_to_string(&journal).unwrap();
    for text in [text.clone(), text.replace(r#""failed""#, r#""unknown""#)] {
        std::fs::write(&journal, text).unwrap();
        let results = deletion(&client).await.unwrap();
        assert!(matches!(results[0].error, Some(Error::Connection(_))), "{results:?}");
    }
    assert_eq!(lost.recorded().len(), 3);
}

#[tokio::test]
async fn a_call_with_an_error_in_a_success_is_not_repeated() {
    for body in [json!({ "error": "No credits" }), json!({ "status": true, "error": null, "message": "queued" })] {
        let server = Server::start([Reply::ok(body)]).await;
        let journal = journal();
        for _ in 0..2 {
            server.client().calls().start_many(AGENT, leads(1)).journal(&journal).await.unwrap();
        }
        assert_eq!(server.recorded().len(), 1);
    }
}

#[tokio::test]
async fn a_curl_command_of_a_bulk_operation_sends_nothing() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let error = client.calls().start_many(AGENT, leads(2)).into_future().as_curl().await.unwrap_err();
    assert!(invalid(error).contains("as_curl: a bulk operation sends several requests"));
    let error = client.calls().start_many(AGENT, leads(2)).into_future().with_response().await.unwrap_err();
    assert!(invalid(error).contains("with_response: a bulk operation sends several requests"));
    assert!(sandbox.journal().is_empty());
}

#[tokio::test]
async fn a_read_rejects_the_options_of_changes() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let error = client.calls().list_many([AGENT]).journal(journal()).await.unwrap_err();
    assert!(invalid(error).contains("journal: is an option of operations that change something"));
    let error = client.agents().get_many([AGENT]).dry_run().await.unwrap_err();
    assert!(invalid(error).contains("dry_run: is an option of operations that change something"));
    assert!(sandbox.journal().is_empty());
}

#[tokio::test]
async fn an_interrupted_request_is_unknown_to_the_next_run() {
    let server = Server::start([Reply::silence(), Reply::ok(json!({ "id": 5 }))]).await;
    let client = server.client();
    let path = journal();
    let results = client.calls().start_many(AGENT, leads(2)).journal(&path).max_concurrency(1).start().unwrap();
    while server.recorded().is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    drop(results);
    let second = client.calls().start_many(AGENT, leads(2)).journal(&path).await.unwrap();
    assert!(second[0].outcome_unknown() && second[1].value.is_some(), "{second:?}");
    assert_eq!(server.recorded().len(), 2);
}

#[tokio::test]
async fn items_that_wait_for_the_rate_limit_are_not_unknown() {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
    let client = client.requests_per_second(0.1).burst(1).build().unwrap();
    let path = journal();
    let mut results = client.calls().start_many(AGENT, leads(5)).journal(&path).start().unwrap();
    assert!(results.next().await.unwrap().value.is_some());
    drop(results);
    let planned = client.calls().start_many(AGENT, leads(5)).journal(&path).dry_run().await.unwrap();
    assert_eq!(planned.iter().map(|item| item.from_journal).collect::<Vec<_>>(), [true, false, false, false, false]);
    assert!(planned.iter().all(|item| item.error.is_none()), "{planned:?}");
}

#[tokio::test]
async fn a_journal_belongs_to_one_run_one_operation_and_one_server() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let path = journal();
    sandbox.respond(ScriptedResponse::delayed(Duration::from_secs(2)).operation("agents.delete")).unwrap();
    let running = client.agents().delete_many([1001]).journal(&path).start().unwrap();
    let error = invalid(client.agents().delete_many([1001]).journal(&path).await.unwrap_err());
    assert!(error.contains("journal: ") && error.contains("is in use by another run"), "{error}");
    drop(running);

    let error = invalid(client.calls().start_many(AGENT, leads(1)).journal(&path).await.unwrap_err());
    assert!(
        error.contains("is the journal of agents.delete_many on ") && error.contains("use another file"),
        "{error}"
    );
    let (_other, elsewhere) = start(Sandbox::builder()).await;
    let error = invalid(elsewhere.agents().delete_many([1001]).journal(&path).await.unwrap_err());
    assert!(error.contains("use another file"), "{error}");
}

#[tokio::test]
async fn an_item_with_other_values_is_rejected() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let path = journal();
    client.calls().start_many(AGENT, leads(1)).journal(&path).await.unwrap();
    let run = |call: CallStartParams| client.calls().start_many(AGENT, [("lead-0", call)]).journal(&path);
    let error = invalid(run(CallStartParams::to("+15559990000")).await.unwrap_err());
    assert!(error.contains("calls[lead-0]: the journal has this ID with another phone_number, begun at "), "{error}");
    assert!(error.contains("restore the phone number, and give another number an ID of its own"), "{error}");
    let error = invalid(run(CallStartParams::to("+15551000000").with("name", "Ada")).await.unwrap_err());
    assert!(error.contains("this ID with other values, begun at "), "{error}");
    assert!(error.contains("restore the values, since another journal would call this number again"), "{error}");
    let error = invalid(client.calls().start_many(1003, leads(1)).journal(&path).await.unwrap_err());
    assert!(error.contains("calls[lead-0]: the journal has this ID with another agent_id, begun at "), "{error}");
    assert!(error.contains("restore the values, since another journal would call this number again"), "{error}");
    assert_eq!(phoned(&sandbox).len(), 1);

    let path = journal();
    client.agents().create_many([("a", inbound("one"))]).journal(&path).await.unwrap();
    let error = invalid(client.agents().create_many([("a", inbound("two"))]).journal(&path).await.unwrap_err());
    assert!(error.contains("since another ID or another journal would repeat the request"), "{error}");
    let path = journal();
    let patch = |goal: &str| [(1001, AgentPatchParams::builder().goal(goal).build())];
    client.agents().patch_many(patch("one")).journal(&path).await.unwrap();
    let error = invalid(client.agents().patch_many(patch("two")).journal(&path).await.unwrap_err());
    assert!(error.contains("begun at ") && error.contains("; use another journal"), "{error}");
}

#[tokio::test]
async fn a_number_of_another_id_of_the_journal_is_rejected() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let path = journal();
    let run = |leads: &[(&str, &str)]| {
        let calls: Vec<_> = leads.iter().map(|(id, number)| ((*id).to_owned(), CallStartParams::to(*number))).collect();
        client.calls().start_many(AGENT, calls).journal(&path)
    };
    run(&[("L1", "+14155556001"), ("b", "+14155551002")]).await.unwrap();
    let renamed = [("new", "+14155556003"), ("L1b", "+14155556001"), ("z", "+1 415 555 1002")];
    for operation in [run(&renamed), run(&renamed).dry_run()] {
        let error = invalid(operation.await.unwrap_err());
        let reason = "phone_number: was called with the ID L1 in this journal; keep that ID, or use a new journal";
        assert!(error.contains(&format!("calls[L1b].{reason} for a new campaign")), "{error}");
        assert!(error.contains("calls[z].phone_number: was called with the ID b in this journal"), "{error}");
        assert!(!error.contains("Id(") && !error.contains("4155556001"), "{error}");
    }
    assert_eq!(phoned(&sandbox).len(), 2);
    // Other values of the item and another agent do not make it another person.
    let named = [("L1b", CallStartParams::to("+14155556001").with("name", "Adda"))];
    let error = invalid(client.calls().start_many(1001, named).journal(&path).await.unwrap_err());
    assert!(error.contains("was called with the ID L1 in this journal"), "{error}");

    // A journal of an earlier version has a hash of the whole request only.
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.contains("\"number\":") && !written.contains("4155556001\",\"time"), "{written}");
    let lines = written.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("number");
        format!("{line}\n")
    });
    std::fs::write(&path, lines.collect::<String>()).unwrap();
    let error = invalid(run(&[("L1b", "+14155556001")]).await.unwrap_err());
    assert!(error.contains("was called with the ID L1 in this journal"), "{error}");
    let kept = run(&[("L1", "+14155556001"), ("new", "+14155556003")]).await.unwrap();
    assert_eq!(kept.iter().map(|item| item.from_journal).collect::<Vec<_>>(), [true, false]);
    assert!(phoned(&sandbox).values().all(|times| *times == 1) && phoned(&sandbox).len() == 3);
}

#[tokio::test]
async fn a_number_that_was_not_called_can_get_another_id() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let path = journal();
    let run = |id: &'static str| client.calls().start_many(AGENT, [(id, leads(1).remove(0).1)]).journal(&path);
    sandbox.respond(ScriptedResponse::status(400).operation("calls.start")).unwrap();
    assert!(matches!(run("a").await.unwrap()[0].error, Some(Error::BadRequest(_))));
    sandbox.respond(ScriptedResponse::disconnected().operation("calls.start")).unwrap();
    assert!(run("b").await.unwrap()[0].outcome_unknown());

    let error = invalid(run("c").await.unwrap_err());
    let reason =
        "may have been called with the ID b in this journal; keep that ID and resolve it, or use a new journal";
    assert!(error.contains(&format!("calls[c].phone_number: {reason}")), "{error}");
    let error = invalid(run("c").resolve("b", Resolution::Done).await.unwrap_err());
    assert!(error.contains("calls[c].phone_number: may have been called with the ID b"), "{error}");
    assert!(run("c").resolve("b", Resolution::Repeat).await.unwrap()[0].value.is_some());
    let error = invalid(run("b").await.unwrap_err());
    assert!(error.contains("calls[b].phone_number: was called with the ID c in this journal"), "{error}");
    assert!(phoned(&sandbox).values().all(|times| *times == 1) && phoned(&sandbox).len() == 1);
}

#[tokio::test]
async fn a_number_stays_known_after_a_decision() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let path = journal();
    let run = |id: &'static str, call: CallStartParams| client.calls().start_many(AGENT, [(id, call)]).journal(&path);
    let call = || leads(1).remove(0).1;
    sandbox.respond(ScriptedResponse::disconnected().process_first().operation("calls.start")).unwrap();
    assert!(run("a", call()).await.unwrap()[0].outcome_unknown());
    let done = run("a", call()).resolve("a", Resolution::Done).await.unwrap();
    assert!(done[0].from_journal && done[0].value.is_none() && done[0].error.is_none(), "{done:?}");
    let error = invalid(run("b", call().with("name", "Ada")).await.unwrap_err());
    assert!(error.contains("calls[b].phone_number: was called with the ID a in this journal"), "{error}");
    assert_eq!(phoned(&sandbox).values().sum::<usize>(), 1);
}

#[tokio::test]
async fn many_agents_can_have_one_phone_number() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let path = journal();
    let outbound = |name: &str| {
        let mut params = inbound(name);
        params.phone_number = Some("+12015550104".into());
        params
    };
    let run = |id: &'static str| client.agents().create_many([(id, outbound(id)), ("same", outbound("same"))]);
    for id in ["a", "b"] {
        let created = run(id).journal(&path).await.unwrap();
        assert!(created.iter().all(|item| item.value.is_some()), "{created:?}");
    }
    assert_eq!(requests(&sandbox, "agents.create"), 3);
}

#[tokio::test]
async fn an_incomplete_last_line_is_removed() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let path = journal();
    let run = || client.calls().start_many(AGENT, leads(2)).journal(&path);
    client.calls().start_many(AGENT, leads(1)).journal(&path).await.unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{written}{{\"id\":\"lead-1\",\"sta")).unwrap();
    run().await.unwrap();
    assert!(std::fs::read_to_string(&path).unwrap().lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    assert_eq!(phoned(&sandbox).len(), 2);

    std::fs::write(&path, written.replace("\"id\"", "\"ib\"")).unwrap();
    let error = invalid(run().await.unwrap_err());
    assert!(error.contains("is damaged at line 2: ") && error.contains("check the call history"), "{error}");
    assert!(!error.contains("remove the line"), "{error}");
    for other in ["my notes", "my notes\n", "{}\n"] {
        std::fs::write(&path, other).unwrap();
        let error = invalid(run().await.unwrap_err());
        assert!(error.contains("is not a journal of this version"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), other);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn nothing_is_sent_if_the_journal_cannot_be_opened() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let error = invalid(client.calls().start_many(AGENT, leads(2)).journal("/dev/full").await.unwrap_err());
    assert!(error.contains("journal: /dev/full is not a file"), "{error}");
    let error = invalid(client.calls().start_many(AGENT, leads(2)).journal("/no/such/folder/j").await.unwrap_err());
    assert!(error.contains("journal: cannot open /no/such/folder/j: "), "{error}");
    assert!(sandbox.journal().is_empty());
}

#[tokio::test]
async fn a_journal_contains_no_phone_number_of_a_request() {
    let (_sandbox, client) = start(Sandbox::builder()).await;
    let path = journal();
    let agents = [(1001, AgentPatchParams::builder().goal("a secret goal").build())];
    client.agents().patch_many(agents).journal(&path).await.unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.contains("\"done\"") && !written.contains("secret goal"), "{written}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn bindings_run_the_same_operations_by_name() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let request = |items: Vec<(Value, Value)>| BulkRequest {
        operation: "calls.start_many".into(),
        shared: json!({ "agent_id": AGENT }).as_object().unwrap().clone(),
        items: items
            .into_iter()
            .map(|(id, fields)| BulkRequestItem {
                id,
                arguments: fields.as_object().unwrap().clone(),
                ..BulkRequestItem::default()
            })
            .collect(),
        ..BulkRequest::default()
    };
    let items = vec![(json!("a"), json!({ "phone_number": "+15551112222", "custom_fields": { "name": "Ada" } }))];
    let mut results = bulk(&client, request(items), |work| work).unwrap();
    let chunk = results.next_chunk().await.unwrap();
    assert_eq!((chunk.completed, chunk.failed, chunk.items.len()), (1, 0, 1));
    assert!(results.next_chunk().await.is_none());
    assert_eq!(sandbox.journal()[0].arguments["name"], "Ada");

    let positions = BulkRequest {
        are_positions: true,
        options: BulkOptions { journal: Some(journal()), ..BulkOptions::default() },
        ..request(vec![(json!(0), json!({ "phone_number": "+15551112222" }))])
    };
    let error = invalid(bulk(&client, positions, |work| work).unwrap_err());
    assert!(error.contains("journal: needs IDs of your own: pass calls by ID"), "{error}");
    let misspelled = vec![(json!("a"), json!({ "phoneNumbr": "+15551112222" }))];
    let error = invalid(bulk(&client, request(misspelled), |work| work).unwrap_err());
    assert!(error.contains("calls[a].phone"), "{error}");
    let error = invalid(
        bulk(&client, BulkRequest { operation: "calls.x".into(), ..BulkRequest::default() }, |work| work).unwrap_err(),
    );
    assert!(error.contains("is not a bulk operation"), "{error}");
}

#[tokio::test]
async fn bindings_create_agents_from_rows_of_strings() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let row = |recording: &str| {
        let cells = [
            ("workspace_id", "1"),
            ("format", "Inbound"),
            ("timezone", "UTC+00:00"),
            ("name", "Sales"),
            ("lang", "en"),
            ("voice", "alloy"),
            ("agent_type", "sales"),
            ("background", "A bakery."),
            ("goal", "Sell"),
            ("tone", "Kind"),
            ("instructions", "Ask."),
            ("script", ""),
            ("call_recording", recording),
        ];
        cells.map(|(name, cell)| (name.to_owned(), Value::from(cell))).into_iter().collect()
    };
    let request = |recording: &str| BulkRequest {
        operation: "agents.create_many_from_rows".into(),
        items: vec![BulkRequestItem { id: json!("a"), arguments: row(recording), ..BulkRequestItem::default() }],
        ..BulkRequest::default()
    };
    let error = invalid(bulk(&client, request("maybe"), |work| work).unwrap_err());
    assert_eq!(error.matches("call_recording").count(), 1, "{error}");
    assert!(error.contains("rows[a].call_recording: expected true or false, yes or no"), "{error}");
    assert!(error.starts_with("agents.create_many_from_rows: "), "{error}");
    let mut results = bulk(&client, request("yes"), |work| work).unwrap();
    assert!(results.next_chunk().await.unwrap().items[0].error.is_none());
    let sent = &sandbox.journal()[0].arguments;
    assert_eq!((&sent["call_recording"], &sent["format"]), (&json!(true), &json!("inbound")));
    assert!(!sent.contains_key("script"));
}

#[test]
fn the_blocking_client_has_the_same_operations() {
    let sandbox = Sandbox::builder().demo(true).start_blocking().unwrap();
    let client =
        CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build_blocking().unwrap();
    let results = client.agents().get_many([1001, 1002]).wait().unwrap();
    assert!(results.iter().all(|item| item.value.is_some()), "{results:?}");
    let none: [u64; 0] = [];
    assert!(client.calls().list_many(none).wait().unwrap().is_empty());

    sandbox.clear_journal();
    let error = client.as_curl(|client| client.calls().start_many(AGENT, leads(2)).wait()).unwrap_err();
    assert!(invalid(error).contains("sends several requests"));
    let error = client.as_curl(|client| client.calls().start_many(AGENT, leads(2)).start().map(drop)).unwrap_err();
    assert!(invalid(error).contains("sends several requests"));
    assert!(sandbox.journal().is_empty());
}

#[test]
fn items_of_a_runtime_that_was_shut_down_are_errors() {
    let polling = tokio::runtime::Runtime::new().unwrap();
    let server = polling.block_on(Server::start([Reply::ok(json!({ "id": 1 })), Reply::silence()]));
    let running = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut results = running.block_on(async {
        let client = server.builder().max_retries(0).build().unwrap();
        let mut results = client.calls().start_many(7, leads(4)).max_concurrency(1).start().unwrap();
        assert_eq!(results.next().await.unwrap().value.unwrap().id, 1);
        results
    });
    running.shutdown_background();
    let items: Vec<_> = polling.block_on(async {
        let rest = tokio::time::timeout(Duration::from_secs(30), async { results.by_ref().collect::<Vec<_>>().await });
        rest.await.unwrap()
    });
    assert_eq!(items.iter().map(|item| item.id.to_string()).collect::<Vec<_>>(), ["lead-1", "lead-2", "lead-3"]);
    assert!(items.iter().all(BulkItem::outcome_unknown), "{items:?}");
    assert_eq!((results.completed(), results.failed()), (4, 3));
    assert!(polling.block_on(results.next()).is_none());
}
