//! Decoding is lenient and lossless: whatever the server sends is kept, reachable and encoded again
//! unchanged.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use callfluent::bindings::invoke;
use callfluent::bindings::schema::Naming;
use callfluent::{
    ActionRecord, Agent, AgentDetails, AgentFormat, Call, CorsOrigins, CustomField, DriftKind, Error, List,
    PhoneNumberList, Record, Workspace,
};
use serde_json::{Value, json};
use support::{Reply, Server};

/// Agents in undocumented forms: numbers as strings, booleans as digits, nulls, invalid values,
/// unknown fields.
fn unusual_agents(count: usize) -> Value {
    (0..count)
        .map(|index| {
            let one_of = |values: Value| values[index % values.as_array().unwrap().len()].clone();
            let mut agent = json!({
                "id": if index % 2 == 0 { json!(index) } else { json!(index.to_string()) },
                "workspaceId": "1",
                "format": one_of(json!(["outbound", "inbound", "chat"])),
                "name": format!("Agent {index}"),
                "lang": null,
                "welcome_msg_flag": one_of(json!([0, 1, "1", "true", true])),
                "welcome_msg_delay": one_of(json!(["3", 3, 3.0, "soon", { "seconds": 3 }])),
                "call_recording": null,
                "blocked_phone_types": one_of(json!(["1,2,3", [1, 2, 3], "[1,2]", "", [null]])),
                "answer_creativity": one_of(json!([0.7, "0.70", 7, true])),
                "avatar": null,
                "stats": { "total": index, "ratio": 0.1, "nested": [1, [2, { "deep": null }]] },
                "digits": 123_456_789_012_345_678_u64,
                "tags": [],
            });
            if index % 7 == 0 {
                agent["tone"] = json!(["calm", "friendly"]);
            }
            agent
        })
        .collect()
}

fn decode<T: Record>(json: &Value) -> T {
    serde_json::from_str(&json.to_string()).unwrap()
}

#[test]
fn a_thousand_unusual_agents_round_trip() {
    let sent = unusual_agents(1_000);
    let agents: List<Agent> = serde_json::from_str(&sent.to_string()).unwrap();
    assert_eq!(agents.len(), 1_000);
    assert_eq!(agents[1].id, 1);
    assert_eq!(agents[1].workspace_id, Some(1.into()));
    assert_eq!(agents[2].format, Some(AgentFormat::Other("chat".into())));
    assert_eq!(agents[0].welcome_msg_flag, Some(false));
    assert_eq!(agents[3].welcome_msg_flag, Some(true));
    assert_eq!(agents[0].welcome_msg_delay, Some(3.0));
    assert_eq!(agents[3].welcome_msg_delay, None);
    assert_eq!(agents[3].invalid_fields().get::<String>("welcome_msg_delay").as_deref(), Some("soon"));
    assert_eq!(agents[0].blocked_phone_types, Some(vec![1, 2, 3]));
    assert_eq!(agents[1].extra.get::<Value>("stats").unwrap()["total"], 1);
    let written: Value = serde_json::from_str(&serde_json::to_string(&agents).unwrap()).unwrap();
    assert_eq!(written, sent);
    // The same through a `Value`, which is another serializer.
    assert_eq!(serde_json::to_value(&agents).unwrap(), sent);
}

#[test]
fn digits_beyond_any_number_type_round_trip() {
    let text = r#"{"id":123456789012345678901234567890,"name":"a","big":98765432109876543210987654321,"list":[0.1234567890123456789],"far":1e999}"#;
    let agent: Agent = serde_json::from_str(text).unwrap();
    assert_eq!(agent.id.to_string(), "123456789012345678901234567890");
    let written = serde_json::to_string(&agent).unwrap();
    for digits in ["123456789012345678901234567890", "98765432109876543210987654321", "0.1234567890123456789", "1e999"]
    {
        assert!(written.contains(digits), "{digits} is lost: {written}");
    }
}

#[test]
fn undocumented_integers_beyond_64_bits_are_public_strings() {
    let agent: Agent = serde_json::from_str(
        r#"{"id":1,"ref":{"big":123456789012345678901,"list":[-99999999999999999999,7,1.5e30,"a\"5","\u00e9"],"fits":18446744073709551615}}"#,
    )
    .unwrap();
    let wanted = json!({ "big": "123456789012345678901", "list": ["-99999999999999999999", 7, 1.5e30, "a\"5", "é"], "fits": u64::MAX });
    assert_eq!(agent.to_public(Naming::Camel)["ref"], wanted);
}

#[test]
fn a_changed_field_is_encoded_with_its_new_value() {
    let mut agent: Agent =
        decode(&json!({ "id": "7", "welcome_msg_delay": "3", "tone": ["odd"], "call_recording": null, "note": 1 }));
    agent.welcome_msg_delay = Some(4.0);
    agent.tone = Some("calm".into());
    agent.call_recording = Some(true);
    agent.extra.insert("note", 2);
    let written = serde_json::to_value(&agent).unwrap();
    assert_eq!(
        written,
        json!({ "id": "7", "welcome_msg_delay": 4, "tone": "calm", "call_recording": true, "note": 2 })
    );
}

#[test]
fn an_invalid_item_does_not_lose_the_list() {
    let sent = json!([{ "id": 1 }, "what?", null, { "id": 2 }, 5, [{ "id": 3 }]]);
    let workspaces: List<Workspace> = serde_json::from_str(&sent.to_string()).unwrap();
    let ids: Vec<_> = workspaces.iter().map(|workspace| workspace.id.as_i64().unwrap()).collect();
    assert_eq!(ids, [1, 2]);
    let places: Vec<_> = workspaces.invalid_items().iter().map(|odd| (odd.index, odd.json.get())).collect();
    assert_eq!(places, [(1, "\"what?\""), (2, "null"), (4, "5"), (5, "[{\"id\":3}]")]);
    assert_eq!(serde_json::to_value(&workspaces).unwrap(), sent);
}

#[test]
fn records_with_equal_values_in_other_forms_are_equal() {
    let one: Agent = decode(&json!({ "id": "7", "welcome_msg_flag": 1 }));
    let other: Agent = decode(&json!({ "id": 7, "welcome_msg_flag": true }));
    assert_eq!(one, other);
    let odd: Agent = decode(&json!({ "id": 7, "welcome_msg_flag": "perhaps" }));
    let otherwise_odd: Agent = decode(&json!({ "id": 7, "welcome_msg_flag": "maybe" }));
    assert_ne!(odd, otherwise_odd);
}

#[test]
fn fields_with_another_published_name_round_trip() {
    let sent = json!({ "id": 1, "workspace_id": "3" });
    let agent: Agent = decode(&sent);
    assert_eq!(agent.workspace_id, Some(3.into()));
    assert_eq!(serde_json::to_value(&agent).unwrap(), sent);
    // If both are present, the documented one counts and the other is kept.
    let both = json!({ "id": 1, "workspace_id": "3", "workspaceId": 4 });
    let agent: Agent = decode(&both);
    assert_eq!(agent.workspace_id, Some(4.into()));
    assert_eq!(serde_json::to_value(&agent).unwrap(), both);
    let neither = json!({ "data": null, "numbers": 5 });
    let numbers: PhoneNumberList = decode(&neither);
    assert_eq!(serde_json::to_value(&numbers).unwrap(), neither);
}

#[test]
fn lists_in_strings_are_decoded() {
    let action: ActionRecord =
        decode(&json!({ "id": 1, "actionType": "webhook", "fields": "[{\"value\":\"a\",\"label\":\"A\"}]" }));
    assert_eq!(action.fields.as_ref().unwrap()[0].label.as_deref(), Some("A"));
    let origins: CorsOrigins =
        decode(&json!({ "has_webhook_cors_origin": "1", "webhook_cors_origin": "[\"https://a.com\"]" }));
    assert_eq!(origins.webhook_cors_origin, Some(vec!["https://a.com".to_owned()]));
    let numbers: PhoneNumberList = decode(
        &json!({ "number_list": [{ "number": 15_550_001 }, { "number": "+1" }], "agentNumMap": { "+1": null } }),
    );
    assert_eq!(numbers.free().count(), 1);
}

#[test]
fn an_id_documented_as_a_string_is_a_public_string() {
    let field: CustomField = decode(&json!({ "id": 7, "name": "n", "label": "l" }));
    assert_eq!(field.to_public(Naming::Snake)["id"], "7");
    let call: Call = decode(&json!({ "id": "7" }));
    assert_eq!(call.to_public(Naming::Snake)["id"], 7);
}

#[tokio::test]
async fn drift_is_counted_by_path() {
    let details = json!({ "agent": { "id": 1, "name": "a", "format": "chat", "mood": "good", "welcome_msg_flag": "perhaps" }, "totalCalls": 1 });
    let server = Server::start([Reply::ok(details)]).await;
    let client = server.client();
    for _ in 0..2 {
        client.agents().get(1).await.unwrap();
    }
    let drift = client.clone().drift();
    let found = |path: &str| {
        drift.iter().find(|difference| difference.path == path).unwrap_or_else(|| panic!("no {path}: {drift:?}"))
    };
    assert_eq!((found("Agent.mood").kind, found("Agent.mood").count), (DriftKind::UnknownField, 2));
    assert_eq!(found("Agent.format").value.as_deref(), Some("chat"));
    assert_eq!(found("Agent.format").kind, DriftKind::UnknownValue);
    assert_eq!(found("Agent.tone").kind, DriftKind::MissingField);
    assert_eq!(found("Agent.welcome_msg_flag").kind, DriftKind::InvalidValue);
    assert_eq!(found("AgentDetails.files").kind, DriftKind::MissingField);
    assert!(!drift.iter().any(|difference| difference.path.ends_with("avatar")), "an optional field is no drift");
}

#[tokio::test]
async fn items_of_a_list_count_under_one_path() {
    let server =
        Server::start([Reply::ok(json!([{ "id": 1, "name": "a", "new": 1 }, { "id": 2, "name": "b", "new": 1 }, 3]))])
            .await;
    let client = server.client();
    client.workspaces().list().await.unwrap();
    let drift: Vec<_> = client.drift().into_iter().map(|difference| (difference.path, difference.count)).collect();
    assert_eq!(drift, [("Workspace.new".to_owned(), 2), ("workspaces.list[]".to_owned(), 1)]);
}

#[tokio::test]
async fn undocumented_content_is_not_drift() {
    let server = Server::start([Reply::ok(json!([{ "id": 1, "duration": 5, "outcome": "booked" }]))]).await;
    let client = server.builder().strict(true).build().unwrap();
    let page = client.calls().list(7, 1).await.unwrap();
    assert_eq!(page.items[0].get::<f64>("duration"), Some(5.0));
    assert!(client.drift().is_empty());
}

#[tokio::test]
async fn a_strict_client_returns_drift_as_an_error() {
    let server = Server::start([Reply::ok(json!([{ "id": 1, "title": "a" }]))]).await;
    let client = server.builder().strict(true).build().unwrap();
    let error = client.workspaces().list().await.unwrap_err();
    assert!(matches!(error, Error::Response(_)));
    assert!(error.to_string().contains("Workspace.name: missing field"), "{error}");
    assert!(error.to_string().contains("Workspace.title: unknown field"), "{error}");
}

#[tokio::test]
async fn a_change_with_an_empty_response_succeeds() {
    for reply in [
        Reply::json(200, &json!({ "status": true })),
        Reply::json(200, &json!({ "status": true, "data": null })),
        Reply::text(204, "text/plain", ""),
    ] {
        let server = Server::start([reply]).await;
        assert!(server.client().agents().delete(1).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_compressed_response_is_decoded() {
    // The deflated JSON below, with one workspace named gzip.
    let body = [
        31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 171, 86, 42, 46, 73, 44, 41, 45, 86, 178, 42, 41, 42, 77, 213, 81, 74, 73, 44,
        73, 84, 178, 138, 174, 86, 202, 76, 81, 178, 50, 212, 81, 202, 75, 204, 77, 85, 178, 82, 74, 175, 202, 44, 80,
        170, 141, 173, 5, 0,
    ];
    let mut compressed = body.to_vec();
    let plain = b"{\"status\":true,\"data\":[{\"id\":1,\"name\":\"gzip\"}]}";
    compressed.extend_from_slice(&crc32(plain).to_le_bytes());
    compressed.extend_from_slice(&u32::try_from(plain.len()).unwrap().to_le_bytes());
    let server =
        Server::start([Reply::text(200, "application/json", compressed).header("content-encoding", "gzip")]).await;
    let workspaces = server.client().workspaces().list().await.unwrap();
    assert_eq!(workspaces[0].name.as_deref(), Some("gzip"));
    assert!(server.recorded()[0].headers["accept-encoding"].contains("gzip"));
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

#[tokio::test]
async fn a_response_that_is_too_large_is_rejected_early() {
    let server = Server::start([Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{")]).await;
    let error = server.client().workspaces().list().await.unwrap_err();
    assert!(matches!(error, Error::Response(_)), "{error}");
    assert!(error.to_string().contains("larger than 64 MiB"), "{error}");
}

#[tokio::test]
async fn extreme_nesting_is_kept() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let body = |data: &str| Reply::text(200, "application/json", format!("{{\"status\":true,\"data\":{data}}}"));
    let server = Server::start([body(&format!("{{\"id\":1,\"name\":{deep},\"odd\":{deep}}}")), body(&deep)]).await;
    let client = server.client();
    let action: ActionRecord = client.actions().delete(1).await.unwrap();
    let written = serde_json::to_string(&action).unwrap();
    assert_eq!(written.matches(&deep).count(), 2);
    let agents = client.agents().list(1).await.unwrap();
    assert_eq!((agents.len(), agents.invalid_items().len()), (0, 1));
    client.request("GET", "/x", None, &[]).await.unwrap_err();
}

#[tokio::test]
async fn agent_details_are_found_in_every_published_form() {
    let bare = json!({ "agent": { "id": 14 }, "files": null, "totalCalls": "60", "averageDuration": "12.5" });
    for body in [bare.clone(), json!({ "status": true, "data": bare }), json!({ "status": 1, "data": [bare] })] {
        let server = Server::start([Reply::json(200, &body)]).await;
        let details: AgentDetails = server.client().agents().get(14).await.unwrap();
        assert_eq!(details.agent.id, 14);
        assert_eq!((details.total_calls, details.average_duration), (Some(60), Some(12.5)));
        assert!(details.files.is_empty());
    }
}

#[tokio::test]
async fn a_record_with_100_000_equal_names_is_decoded_fast() {
    for name in ["workspace_id", "workspaceId", "welcomeMsgFlag", "other"] {
        let fields = vec![format!("\"{name}\":1"); 100_000].join(",");
        let body = format!("{{\"status\":true,\"data\":[{{{fields}}}]}}");
        let server = Server::start([Reply::text(200, "application/json", body)]).await;
        let client = server.client();
        let started = std::time::Instant::now();
        assert_eq!(client.agents().list(1).await.unwrap().len(), 1);
        for naming in [Naming::Snake, Naming::Camel] {
            let arguments = serde_json::Map::from_iter([("workspace_id".to_owned(), 1.into())]);
            invoke(&client, "agents.list", arguments, Vec::new(), naming).await.unwrap();
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "{name}: {:?}", started.elapsed());
    }
}
