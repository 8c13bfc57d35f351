//! The examples run against the sandbox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

#[allow(dead_code)] // The examples are programs; their `main` is not called.
#[path = "../examples/agents_from_csv.rs"]
mod agents_from_csv;
#[allow(dead_code)]
#[path = "../examples/export_calls.rs"]
mod export_calls;
#[allow(dead_code)]
#[path = "../examples/lead_form.rs"]
mod lead_form;
#[allow(dead_code)]
#[path = "../examples/webhook_axum.rs"]
mod webhook_axum;

use std::path::{Path, PathBuf};

use callfluent::{CallFluent, CallStartParams, PayloadField, Webhook, webhooks};
use callfluent_sandbox::Sandbox;
use serde_json::{Value, json};

fn client(sandbox: &Sandbox) -> CallFluent {
    CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap()
}

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("callfluent-{}-{name}", std::process::id()))
}

#[tokio::test]
async fn agents_are_created_from_a_csv_file() {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/agents.csv");
    assert_eq!(agents_from_csv::create_all(&client(&sandbox), &file).await.unwrap().len(), 3);
    let agents = client(&sandbox).agents().list(1).await.unwrap();
    let agent = agents.iter().find(|agent| agent.name.as_deref() == Some("Orders")).unwrap();
    assert_eq!(agent.phone_number.as_deref(), Some("+12015550104"));
    assert_eq!(agent.instructions.as_deref(), Some("Ask what they need, and when."));
    assert_eq!(client(&sandbox).agents().get(&agent.id).await.unwrap().files.len(), 1);
    let sent = |operation: &str| {
        sandbox.journal().iter().filter(|entry| entry.operation.as_deref() == Some(operation)).count()
    };
    assert_eq!((sent("custom_fields.create"), sent("actions.create")), (3, 2));
}

#[tokio::test]
async fn a_row_that_is_invalid_is_reported_by_its_line() {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let file = temporary("agents.csv");
    let valid = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/agents.csv")).unwrap();
    std::fs::write(&file, valid.replacen("+12015550104", "", 1)).unwrap();
    let error = agents_from_csv::create_all(&client(&sandbox), &file).await.unwrap_err().to_string();
    std::fs::remove_file(file).unwrap();
    assert!(
        error.contains("line 2: agents.create: invalid arguments (not sent): phone_number: is required"),
        "{error}"
    );
}

#[tokio::test]
async fn all_calls_of_two_workspaces_are_exported() {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let client = client(&sandbox);
    client.workspaces().create("Second").await.unwrap();
    let workspaces = client.workspaces().list().await.unwrap();
    let ids: Vec<_> = workspaces.iter().map(|workspace| workspace.id.clone()).collect();
    let mut wanted = 0;
    for id in &ids {
        for agent in client.agents().list(id).await.unwrap() {
            wanted += client.agents().get(agent.id).await.unwrap().total_calls.unwrap();
        }
    }
    let file = temporary("calls.csv");
    let count = export_calls::export(&client, file.to_str().unwrap(), ids).await.unwrap();
    assert_eq!(i64::try_from(count).unwrap(), wanted);
    let rows: Vec<csv::StringRecord> = csv::Reader::from_path(&file).unwrap().records().map(Result::unwrap).collect();
    std::fs::remove_file(file).unwrap();
    assert!(wanted > 0 && rows.len() as i64 == wanted, "{wanted}");
    let json: Value = serde_json::from_str(&rows[0][7]).unwrap();
    assert_eq!(json["id"].to_string(), &rows[0][3]);
}

#[tokio::test]
async fn a_lead_form_starts_a_call_or_names_the_invalid_field() {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = lead_form::router(client(&sandbox), 1002.into());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let browser = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(browser.get(&url).send().await.unwrap().text().await.unwrap().contains("phone_number"));
    let post = |body: &'static str| {
        let request = browser.post(&url).header("content-type", "application/x-www-form-urlencoded");
        async move { request.body(body).send().await.unwrap() }
    };
    let response = post("name=Ada&phone_number=%2B1+(555)+000-1234").await;
    assert_eq!(response.status(), 202);
    let call: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert!(call["call"].is_i64(), "{call}");
    let response = post("name=Ada&phone_number=555").await;
    assert_eq!(response.status(), 422);
    let rejection: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(rejection["fields"][0][0], json!("phone_number"));
}

#[tokio::test]
async fn the_sandbox_posts_to_a_receiver() {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let client = client(&sandbox);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}/callfluent", listener.local_addr().unwrap());
    let secret = webhooks::generate_secret().unwrap();
    let (received, mut payloads) = tokio::sync::mpsc::unbounded_channel::<webhooks::WebhookPayload>();
    let router = webhook_axum::router(secret.clone(), received);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let url = format!("{server}/{secret}");
    let fields = ["phone_number", "customer", "transcription"].map(|name| PayloadField::new(name, name));
    let action = Webhook::builder().name("hook").webhook_url(&url).fields(fields).build();
    client.actions().create(1002, &action).await.unwrap();
    let call = CallStartParams::to("+15551234567").with("customer", "Ada");
    let call = client.calls().start(1002, &call).await.unwrap();
    sandbox.finish(call.id.to_string().parse().unwrap(), json!({})).unwrap();
    let sent: Vec<_> = sandbox.webhooks().await.into_iter().filter(|delivery| delivery.url == url).collect();
    assert_eq!(sent.iter().map(|delivery| delivery.status).collect::<Vec<_>>(), [Some(200)]);
    let payload = payloads.recv().await.unwrap();
    assert_eq!(payload.phone_number.as_deref(), Some("+15551234567"));
    assert_eq!(payload.get::<String>("customer").as_deref(), Some("Ada"));
    assert!(payload.transcription.is_some_and(|text| !text.is_empty()));

    let browser = reqwest::Client::builder().no_proxy().build().unwrap();
    for (url, body, status) in [(url, "[]", 400), (format!("{server}/wrong"), "{}", 401)] {
        assert_eq!(browser.post(&url).body(body).send().await.unwrap().status(), status, "{url} {body}");
    }
    assert!(payloads.try_recv().is_err());
}
