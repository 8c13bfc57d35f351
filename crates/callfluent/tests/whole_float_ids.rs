//! IDs that a table made floats, such as `1002.0`, in the operations that use an ID themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use callfluent::bindings::{BulkRequest, BulkRequestItem, bulk, invoke, schema::Naming};
use callfluent::{Attachment, CallFluent};
use callfluent_sandbox::Sandbox;
use serde_json::{Value, json};

async fn demo() -> (Sandbox, CallFluent) {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
    (sandbox, client)
}

async fn run(client: &CallFluent, operation: &str, arguments: Value, files: Vec<Attachment>) -> Value {
    let arguments = arguments.as_object().unwrap().clone();
    invoke(client, operation, arguments, files, Naming::Snake).await.unwrap().into_value()
}

#[tokio::test]
async fn a_whole_float_is_the_id_of_a_patched_agent() {
    let (_sandbox, client) = demo().await;
    let patched = run(&client, "agents.patch", json!({ "agent_id": 1002.0, "name": "patched" }), Vec::new()).await;
    assert_eq!((&patched["agent"]["id"], &patched["agent"]["name"]), (&json!(1002), &json!("patched")));
}

#[tokio::test]
async fn an_upload_to_a_whole_float_returns_its_files() {
    let (_sandbox, client) = demo().await;
    let files = vec![Attachment::from(("notes.txt", "content"))];
    let uploaded = run(&client, "knowledge.upload", json!({ "agent_id": 1002.0 }), files).await;
    assert_eq!(uploaded.as_array().unwrap().len(), 1, "{uploaded}");
}

#[tokio::test]
async fn whole_floats_are_the_ids_of_bulk_items() {
    let (_sandbox, client) = demo().await;
    let items = [1001.0, 1002.0].map(|id| BulkRequestItem { id: json!(id), ..BulkRequestItem::default() });
    let request = BulkRequest { operation: "agents.get_many".into(), items: items.into(), ..BulkRequest::default() };
    let mut results = bulk(&client, request, |work| work).unwrap();
    for id in [1001, 1002] {
        let item = results.next().await.unwrap();
        assert_eq!(item.id, id);
        assert_eq!(item.value.unwrap().into_value()["agent"]["id"], id);
    }
}
