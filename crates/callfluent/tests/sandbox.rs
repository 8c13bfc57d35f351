//! The client against the sandbox, which implements the documentation independently.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use std::collections::BTreeSet;

use callfluent::{
    AgentCreateParams, AgentFormat, AgentPatchParams, CallFluent, CallStartParams, Error, PayloadField, Webhook,
};
use callfluent_sandbox::{Sandbox, SandboxBuilder, ScriptedResponse, other_account};
use futures_util::TryStreamExt as _;

async fn start(builder: SandboxBuilder) -> (Sandbox, CallFluent) {
    let sandbox = builder.start().await.unwrap();
    // Strict: the sandbox's responses match the client's documentation.
    let client =
        CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).strict(true).build().unwrap();
    (sandbox, client)
}

fn outbound(name: &str, number: &str) -> AgentCreateParams {
    AgentCreateParams::builder()
        .workspace_id(1)
        .format(AgentFormat::Outbound)
        .timezone("UTC+00:00")
        .name(name)
        .lang("en")
        .voice("alloy")
        .agent_type("sales")
        .background("You work for a bakery.")
        .goal("Take orders")
        .tone("Friendly")
        .instructions("Ask what they need.")
        .phone_number(number)
        .blocked_phone_types([1, 2])
        .welcome_msg_delay(1.5)
        .build()
}

async fn free_number(client: &CallFluent) -> String {
    let numbers = client.phone_numbers().list(1, AgentFormat::Outbound).await.unwrap();
    numbers.free().next().unwrap().number.clone().unwrap()
}

#[tokio::test]
async fn all_operations_pass_in_strict_mode() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let number = free_number(&client).await;
    let agent = client.agents().create(&outbound("one", &number)).await.unwrap();
    assert_eq!(agent.blocked_phone_types, Some(vec![1, 2]));
    let numbers = client.phone_numbers().list(1, AgentFormat::Outbound).await.unwrap();
    assert!(numbers.in_use.contains_key(&number), "the number is not in use: {numbers:?}");

    let agents = client.knowledge().upload_only(&agent.id, [("a.txt", "first")]).await.unwrap();
    assert_eq!(agents.len(), 1);
    let files = client.knowledge().upload(&agent.id, [("b.txt", "second"), ("c.txt", "third")]).await.unwrap();
    assert_eq!(files.len(), 2);
    assert_eq!(client.agents().get(&agent.id).await.unwrap().files[1..], files[..]);
    client.knowledge().delete(&files[1].id).await.unwrap();
    client.knowledge().delete(&files[0].id).await.unwrap();
    assert_eq!(client.agents().get(&agent.id).await.unwrap().files.len(), 1);

    let field = client.custom_fields().create(&agent.id, "customer", "The customer").await.unwrap().id;
    let fields = client.custom_fields().update(&agent.id, &field, "customer", "Their name").await.unwrap();
    assert_eq!(fields[0].label.as_deref(), Some("Their name"));
    assert!(client.custom_fields().delete(&agent.id, &field).await.unwrap().is_empty());

    let webhook = |name: &str| {
        let fields = [PayloadField::new("customer", "Customer")];
        Webhook::builder().name(name).webhook_url("https://example.com/hook").fields(fields).build()
    };
    let action = client.actions().create(&agent.id, &webhook("first")).await.unwrap();
    assert_eq!(action.fields.unwrap()[0].value.as_deref(), Some("customer"));
    let action = client.actions().update(&action.id, &webhook("second")).await.unwrap();
    assert_eq!(action.name.as_deref(), Some("second"));
    assert_eq!(client.actions().delete(&action.id).await.unwrap().id, action.id);

    let origins = client.agents().set_cors_origins(&agent.id, &["https://example.com"], true).await.unwrap();
    assert_eq!(origins.has_webhook_cors_origin, Some(true));
    let call = client.calls().start(&agent.id, &CallStartParams::to("+15550001234").with("name", "Ada")).await.unwrap();
    client.calls().hang_up(&call.id).await.unwrap();
    client.calls().delete(&call.id).await.unwrap();
    assert!(client.calls().list(&agent.id, 1).await.unwrap().items.is_empty());

    let updated = client.agents().update(&agent.id, &outbound("two", &number)).await.unwrap();
    assert_eq!(updated.name.as_deref(), Some("two"));
    assert!(client.agents().delete(&agent.id).await.unwrap().is_empty());
    assert_eq!(client.workspaces().create("second").await.unwrap().name.as_deref(), Some("second"));
    assert!(client.user().profile().await.unwrap().user.email.is_some());
    assert!(client.drift().is_empty(), "{:?}", client.drift());
    let refused: Vec<_> = sandbox.journal().into_iter().filter(|entry| entry.status != 200).collect();
    assert!(refused.is_empty(), "{refused:?}");
}

#[tokio::test]
async fn list_all_fetches_pages_lazily_and_returns_each_call_once() {
    let (sandbox, client) = start(Sandbox::builder().demo(true).page_size(7)).await;
    let mut most = (0, None);
    for agent in &client.agents().list(1).await.unwrap() {
        let total = client.agents().get(&agent.id).await.unwrap().total_calls.unwrap();
        if total > most.0 {
            most = (total, Some(agent.id.clone()));
        }
    }
    let (total, agent_id) = (usize::try_from(most.0).unwrap(), most.1.unwrap());
    sandbox.clear_journal();
    let mut calls = client.calls().list_all(&agent_id);
    let first = calls.try_next().await.unwrap().unwrap();
    assert_eq!(sandbox.journal().len(), 1, "pages are fetched before they are asked for");
    let rest: Vec<_> = calls.try_collect().await.unwrap();
    let ids: BTreeSet<_> = rest.iter().map(|call| call.id.clone()).chain([first.id]).collect();
    assert_eq!((ids.len(), rest.len() + 1), (total, total));
    assert_eq!(sandbox.journal().len(), total.div_ceil(7) + 1, "one request for each page and one for the end");

    let page = client.calls().list(&agent_id, 1).await.unwrap();
    let next = page.next_page().await.unwrap().unwrap();
    assert_eq!((page.page, next.page, page.items.len()), (1, 2, 7));
    assert!(client.calls().list(&agent_id, 1_000).await.unwrap().next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn the_history_ends_if_the_server_ignores_the_page() {
    let (sandbox, _strict) = start(Sandbox::builder().demo(true)).await;
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
    let same = serde_json::json!({ "status": true, "data": [{ "id": 1 }, { "id": 2 }, { "no": "id" }] });
    sandbox.respond(ScriptedResponse::status(200).body(same).times(50)).unwrap();
    let calls: Vec<_> = client.calls().list_all(7).try_collect().await.unwrap();
    assert_eq!(calls.len(), 3);
    let page = client.calls().list(7, 1).await.unwrap();
    assert!(page.next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn error_responses_have_the_documented_messages() {
    let (sandbox, client) = start(Sandbox::builder().agent_limit(1).workspace_limit(1)).await;
    let error = client.agents().get(other_account::AGENT).await.unwrap_err();
    assert!(matches!(error, Error::PermissionDenied(_)), "{error}");
    assert_eq!(error.message(), "Your account doesn't have the permission to access that page.");
    assert!(error.context().unwrap().request_id.is_some());

    let number = free_number(&client).await;
    client.agents().create(&outbound("one", &number)).await.unwrap();
    let other = free_number(&client).await;
    let error = client.agents().create(&outbound("two", &other)).await.unwrap_err();
    assert!(matches!(error, Error::LimitReached(_)), "{error}");
    let error = client.workspaces().create("second").await.unwrap_err();
    assert!(matches!(error, Error::LimitReached(_)), "{error}");
    assert!(error.message().contains("Please delete some before creating new ones."), "{error}");

    sandbox.respond(ScriptedResponse::status(500).times(1)).unwrap();
    let error = client.workspaces().list().await.unwrap_err();
    assert!(matches!(error, Error::InternalServer(_)), "{error}");

    let stranger = CallFluent::builder().api_key("wrong-key").base_url(sandbox.base_url()).build().unwrap();
    let error = stranger.workspaces().list().await.unwrap_err();
    assert!(matches!(error, Error::Authentication(_)), "{error}");
    assert!(error.to_string().contains("CALLFLUENT_API_KEY"), "{error}");
}

#[tokio::test]
async fn a_patch_reports_dropped_fields() {
    let (sandbox, client) = start(Sandbox::builder().drop_fields(["tone"])).await;
    let number = free_number(&client).await;
    let agent = client.agents().create(&outbound("one", &number)).await.unwrap();
    let changes = AgentPatchParams::builder().name("two").tone("Stern").allow_dropped(true).build();
    let patched = client.agents().patch(&agent.id, &changes).await.unwrap();
    assert_eq!(patched.agent.name.as_deref(), Some("two"));
    assert_eq!(patched.agent.blocked_phone_types, Some(vec![1, 2]));
    assert_eq!(patched.agent.welcome_msg_delay, Some(1.5));
    let dropped: Vec<_> = patched.dropped.iter().map(|field| field.field.as_deref().unwrap()).collect();
    assert_eq!(dropped, ["tone"]);
    let updates = sandbox.journal().into_iter().filter(|entry| entry.method == "PUT").count();
    assert_eq!(updates, 1);
}

#[tokio::test]
async fn a_processed_call_start_is_not_retried() {
    let (sandbox, client) = start(Sandbox::builder()).await;
    let number = free_number(&client).await;
    let agent = client.agents().create(&outbound("one", &number)).await.unwrap();
    sandbox.respond(ScriptedResponse::status(502).operation("calls.start").process_first().times(5)).unwrap();
    let error = client.calls().start(&agent.id, &CallStartParams::to("+15550001234")).await.unwrap_err();
    assert!(error.outcome_unknown(), "{error}");
    let calls: Vec<_> = client.calls().list_all(&agent.id).try_collect().await.unwrap();
    assert_eq!(calls.len(), 1, "the customer was called more than once");
}
