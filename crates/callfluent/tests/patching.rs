//! Patches of agents: validation, the merged update, and responses that a patch cannot build on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::time::{Duration, Instant};

use callfluent::bindings::invoke;
use callfluent::bindings::schema::Naming;
use callfluent::{AgentPatchParams, CallFluent, Error, Id, Record as _};
use callfluent_sandbox::Sandbox;
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use serde_json::{Map, Value, json};
use support::{Reply, Server};

fn agent() -> Value {
    json!({ "id": 14, "workspaceId": 1, "format": "inbound", "timezone": "UTC+00:00", "name": "Front desk", "lang": "en",
        "voice": "alloy", "agent_type": "support", "background": "b", "goal": "g", "tone": "Calm", "instructions": "i",
        "phone_number": "+15550001234", "blocked_phone_types": "1,2" })
}

fn with(changes: Value) -> Value {
    let mut agent = agent();
    agent.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    agent
}

fn details(agent: &Value) -> Reply {
    Reply::ok(json!({ "agent": agent, "files": [], "totalCalls": 0, "averageDuration": 0 }))
}

/// Starts a server with one agent before an update and another after it.
async fn server(before: &Value, after: &Value) -> Server {
    Server::start([details(before), details(before), Reply::ok(after.clone()), details(after)]).await
}

fn updates(server: &Server) -> usize {
    server.recorded().iter().filter(|request| request.method == "PUT").count()
}

#[tokio::test]
async fn a_patch_sends_nothing_without_an_agent_in_the_response() {
    for answer in [Value::Null, json!({}), json!({ "id": 14 }), json!({ "name": "Front desk" })] {
        let server = Server::start([details(&answer)]).await;
        let changes = AgentPatchParams::builder().name("Reception").build();
        let error = server.client().agents().patch(14, &changes).await.unwrap_err();
        assert!(matches!(error, Error::Response(_)), "{answer}: {error}");
        assert!(error.to_string().contains("does not contain an agent; nothing was sent"), "{answer}: {error}");
        assert!(!error.outcome_unknown(), "{error}");
        assert_eq!(updates(&server), 0);
    }
}

#[tokio::test]
async fn a_change_to_null_is_rejected() {
    let server = server(&agent(), &agent()).await;
    let arguments = json!({ "agent_id": 14, "name": "Reception", "welcomeMsg": null, "crm": null });
    let arguments = arguments.as_object().unwrap().clone();
    let error = invoke(&server.client(), "agents.patch", arguments, Vec::new(), Naming::Snake).await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(_)), "{error}");
    let fields: Vec<_> = error.field_errors().iter().map(|problem| &*problem.field).collect();
    assert_eq!(fields, ["welcome_msg", "crm"]);
    assert!(error.to_string().contains("must not be null: omit the field to keep its value"), "{error}");
    assert_eq!(server.recorded().len(), 0);
}

#[tokio::test]
async fn a_change_may_depend_on_existing_fields() {
    let server = server(&agent(), &with(json!({ "format": "outbound" }))).await;
    let changes = AgentPatchParams::builder().format("outbound").build();
    let patched = server.client().agents().patch(14, &changes).await.unwrap();
    assert!(patched.dropped.is_empty(), "{:?}", patched.dropped);
    assert_eq!(server.recorded()[2].json()["Payload"]["phone_number"], "+15550001234");
}

#[tokio::test]
async fn missing_fields_are_reported_for_the_patch() {
    let server = server(&with(json!({ "phone_number": null, "tone": null })), &agent()).await;
    let changes = AgentPatchParams::builder().format("outbound").build();
    let error = server.client().agents().patch(14, &changes).await.unwrap_err();
    let fields: Vec<_> = error.field_errors().iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["tone", "phone_number"], "{error}");
    assert!(error.to_string().starts_with("agents.patch: invalid arguments (not sent): "), "{error}");
    assert_eq!(updates(&server), 0);
}

#[tokio::test]
async fn existing_values_are_sent_back_without_validation() {
    let before = with(json!({ "voice_mail_mode": 0, "utterance_detection": 100, "phone_number": "unknown" }));
    let mut after = before.clone();
    after["name"] = json!("Reception");
    let server = server(&before, &after).await;
    let changes = AgentPatchParams::builder().name("Reception").build();
    let patched = server.client().agents().patch(14, &changes).await.unwrap();
    assert_eq!(patched.agent.voice_mail_mode, Some(0));
    let sent = &server.recorded()[2].json()["Payload"];
    assert_eq!((&sent["voice_mail_mode"], &sent["phone_number"]), (&json!(0), &json!("unknown")));
}

#[tokio::test]
async fn all_requests_of_a_patch_share_one_timeout() {
    let slow = |reply: Reply| reply.byte_every(Duration::from_millis(1));
    let server = Server::start([slow(details(&agent()))]).await;
    let started = Instant::now();
    server.client().agents().get(14).await.unwrap();
    let one = started.elapsed();
    let client = server.builder().timeout(one * 3 / 2).build().unwrap();
    let started = Instant::now();
    let error = client.agents().patch(14, &AgentPatchParams::builder().name("Reception").build()).await.unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error}");
    assert!(started.elapsed() < one * 2, "{:?} with a timeout of {:?}", started.elapsed(), one * 3 / 2);
}

#[tokio::test]
async fn a_value_in_another_form_is_not_dropped() {
    let server = server(&agent(), &with(json!({ "blocked_phone_types": [1, 2], "workspaceId": 1 }))).await;
    let arguments = Map::from_iter([
        ("agent_id".to_owned(), json!(14)),
        ("blocked_phone_types".to_owned(), json!("1,2")),
        ("workspace_id".to_owned(), json!("1")),
    ]);
    let patched =
        invoke(&server.client(), "agents.patch", arguments, Vec::new(), Naming::Snake).await.unwrap().into_value();
    assert_eq!(patched["dropped"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_patches_of_clones_are_all_kept() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
    let Value::Object(mut fields) = agent() else { unreachable!() };
    fields.retain(|name, _| name != "id" && name != "phone_number");
    let created = invoke(&client, "agents.create", fields, Vec::new(), Naming::Snake).await.unwrap();
    let id: Id = serde_json::from_value(created.into_value()["id"].clone()).unwrap();
    let changes = json!({
        "name": "n", "lang": "de", "voice": "echo", "agent_type": "sales", "background": "B", "goal": "G", "tone": "T",
        "instructions": "I", "welcome_msg_flag": true, "welcome_msg": "W", "welcome_msg_delay": 2, "call_recording": true,
        "enable_voice_mail": true, "voice_mail_mode": 2, "voice_mail_text": "V", "answer_creativity": 4,
        "answer_length": 30, "script_option": true, "script": "S", "background_sound": "none",
    });
    let changes = changes.as_object().unwrap();
    let patches = changes.iter().map(|(name, value)| {
        let client = client.with_options(|options| options);
        let arguments = Map::from_iter([("agent_id".to_owned(), json!(id)), (name.clone(), value.clone())]);
        async move { invoke(&client, "agents.patch", arguments, Vec::new(), Naming::Snake).await }
    });
    for patched in join_all(patches).await {
        assert_eq!(patched.unwrap().into_value()["dropped"], json!([]));
    }
    let now = client.agents().get(&id).await.unwrap().agent;
    let now = Value::Object(now.to_public(Naming::Snake));
    let lost: Vec<_> = changes.iter().filter(|(name, value)| now[name.as_str()] != **value).collect();
    assert!(lost.is_empty(), "{lost:?} of {now}");
}

#[tokio::test]
async fn a_patch_begins_again_after_a_change_by_another_client() {
    let (before, changed) = (agent(), with(json!({ "goal": "Another" })));
    let after = with(json!({ "goal": "Another", "name": "Reception" }));
    let replies = [details(&before), details(&changed), details(&changed), Reply::ok(after.clone()), details(&after)];
    let server = Server::start(replies).await;
    let changes = AgentPatchParams::builder().name("Reception").build();
    let patched = server.client().agents().patch(14, &changes).await.unwrap();
    assert!(patched.dropped.is_empty(), "{:?}", patched.dropped);
    let sent = &server.recorded()[3].json()["Payload"];
    assert_eq!((&sent["goal"], &sent["name"]), (&json!("Another"), &json!("Reception")));
}

#[tokio::test]
async fn a_patch_of_an_agent_that_keeps_changing_sends_nothing() {
    let server = Server::start((0..20).map(|goal| details(&with(json!({ "goal": goal.to_string() }))))).await;
    let changes = AgentPatchParams::builder().name("Reception").build();
    let error = server.client().agents().patch(14, &changes).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error}");
    assert!(error.to_string().contains("during the patch (goal); nothing was sent"), "{error}");
    assert!(error.context().unwrap().url.ends_with("/agent/update/14"), "{error}");
    assert!(!error.outcome_unknown(), "{error}");
    assert_eq!((updates(&server), server.recorded().len()), (0, 6));
}

#[tokio::test]
async fn a_canceled_patch_does_not_block_the_next_one() {
    let changed = with(json!({ "name": "Reception" }));
    let replies =
        [Reply::silence(), details(&agent()), details(&agent()), Reply::ok(changed.clone()), details(&changed)];
    let server = Server::start(replies).await;
    let client = server.client();
    let changes = AgentPatchParams::builder().name("Reception").build();
    let mut canceled = Box::pin(client.agents().patch(14, &changes));
    assert!(canceled.as_mut().now_or_never().is_none());
    while server.recorded().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(canceled);
    client.agents().patch(14, &changes).await.unwrap();
}

#[tokio::test]
async fn a_patch_that_waits_for_another_times_out_unsent() {
    let server = Server::start([Reply::silence()]).await;
    let client = server.client();
    let changes = AgentPatchParams::builder().name("Reception").build();
    let mut first = Box::pin(client.agents().patch(14, &changes));
    assert!(first.as_mut().now_or_never().is_none());
    while server.recorded().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let hurried = client.with_options(|options| options.queue_timeout(Duration::from_millis(200)));
    let error = hurried.agents().patch(14, &changes).await.unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error}");
    assert!(error.to_string().contains("before sending (other changes of agent 14)"), "{error}");
    assert!(error.context().unwrap().url.ends_with("/agent/update/14"), "{error}");
    assert!(!error.outcome_unknown(), "{error}");
    assert_eq!(server.recorded().len(), 1);
}

#[tokio::test]
async fn a_dropped_change_is_an_error_with_the_result() {
    let replies = || {
        let kept = with(json!({ "goal": "h" }));
        [details(&agent()), details(&agent()), Reply::ok(kept.clone()), details(&kept)]
    };
    let server = Server::start(replies()).await;
    let changes = AgentPatchParams::builder().tone("Warm").goal("h").build();
    let error = server.client().agents().patch(14, &changes).await.unwrap_err();
    assert!(matches!(error, Error::DroppedFields(_)), "{error:?}");
    assert!(error.to_string().contains("did not keep these fields as sent: tone; "), "{error}");
    assert!(!error.outcome_unknown());
    let result = error.patch_result().unwrap();
    assert_eq!(result.agent.goal.as_deref(), Some("h"));
    assert_eq!(result.dropped[0].field.as_deref(), Some("tone"));

    let server = Server::start(replies()).await;
    let changes = AgentPatchParams::builder().tone("Warm").goal("h").allow_dropped(true).build();
    let result = server.client().agents().patch(14, &changes).await.unwrap();
    assert_eq!(result.dropped.len(), 1);
    assert_eq!(server.recorded()[2].json()["Payload"].get("allow_dropped"), None);
}

#[tokio::test]
async fn a_cleared_field_is_sent_empty() {
    let before = with(json!({ "welcome_msg": "Hello", "voice_mail_mode": 1 }));
    let mut after = before.clone();
    after["welcome_msg"] = Value::Null;
    after.as_object_mut().unwrap().remove("voice_mail_mode");
    let server = server(&before, &after).await;
    let changes = AgentPatchParams::builder().clear(["welcome_msg", "voiceMailMode"].map(str::to_owned)).build();
    let result = server.client().agents().patch(14, &changes).await.unwrap();
    assert!(result.dropped.is_empty(), "{:?}", result.dropped);
    let sent = &server.recorded()[2].json()["Payload"];
    assert_eq!((&sent["welcome_msg"], &sent["voice_mail_mode"]), (&json!(""), &Value::Null));
    assert!(sent.get("clear").is_none());
}

#[tokio::test]
async fn a_field_that_cannot_be_cleared_is_rejected() {
    let server = Server::start([details(&agent())]).await;
    let clear = ["tone", "welcome_mesg", "script"].map(str::to_owned);
    let changes = AgentPatchParams::builder().script("S").clear(clear).build();
    let error = server.client().agents().patch(14, &changes).await.unwrap_err();
    let reasons: Vec<_> = error.field_errors().iter().map(|error| (&*error.field, &*error.reason)).collect();
    assert_eq!(reasons[0], ("clear[0]", "tone is required by the API, so it cannot be cleared; pass its new value"));
    assert_eq!(reasons[1], ("clear[1]", "\"welcome_mesg\" is not a field of an agent; did you mean welcome_msg?"));
    assert_eq!(reasons[2], ("clear[2]", "script is changed and cleared; pass one of both"));
    assert_eq!(server.recorded().len(), 0);
}

#[tokio::test]
async fn an_update_waits_for_a_patch_of_the_same_agent() {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
    let agent = client.agents().get(1002).await.unwrap().agent;
    let mut fields = agent.to_public(Naming::Snake);
    fields.retain(|name, value| AgentPatchParams::RECORD_TYPE.field(name).is_some() && !value.is_null());
    fields.insert("name".into(), json!("Updated"));
    fields.insert("agent_id".into(), json!(1002));
    let patch = AgentPatchParams::builder().goal("Patched").build();
    for _ in 0..10 {
        let patched = async { client.agents().patch(1002, &patch).await.map(drop) };
        let updated =
            async { invoke(&client, "agents.update", fields.clone(), Vec::new(), Naming::Snake).await.map(drop) };
        let (patched, updated) = tokio::join!(patched, updated);
        patched.unwrap();
        updated.unwrap();
        // The patch began first, so that the update replaces its goal.
        let now = client.agents().get(1002).await.unwrap().agent;
        assert_eq!((now.name.as_deref(), &now.goal), (Some("Updated"), &agent.goal));
    }
}

#[tokio::test]
async fn an_image_may_be_stored_under_another_url() {
    let before = with(json!({ "avatar": "https://example.com/1.png" }));
    let after = with(json!({ "avatar": "https://example.com/2.png" }));
    let changes = AgentPatchParams::builder().avatar(callfluent::Avatar::bytes("image")).build();
    server(&before, &after).await.client().agents().patch(14, &changes).await.unwrap();
    let error = server(&before, &before).await.client().agents().patch(14, &changes).await.unwrap_err();
    assert!(matches!(error, Error::DroppedFields(_)), "{error}");
}
