//! The wire vectors that all languages share: the request of every operation, and the decoding of
//! every published response, through the typed methods and by operation name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;
mod typed_methods;

use std::collections::BTreeSet;
use std::time::Duration;

use callfluent::bindings::{self, schema::Naming};
use callfluent::{Attachment, CallFluent, Error, Result};
use serde_json::{Map, Value, json};
use support::{KEY, RecordedRequest, Reply, Server};

fn vectors(name: &str) -> Vec<Value> {
    let path = format!("{}/../../tests/wire/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn attachments(vector: &Value) -> Vec<Attachment> {
    let list = vector["attachments"].as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|file| {
            let attachment =
                Attachment::bytes(file["name"].as_str().unwrap(), file["text"].as_str().unwrap().to_owned());
            match file["content_type"].as_str() {
                Some(content_type) => attachment.content_type(content_type),
                None => attachment,
            }
        })
        .collect()
}

/// Invokes the typed method of an operation; `None` if its types cannot express the arguments.
async fn typed(client: &CallFluent, vector: &Value) -> Option<Result<Value>> {
    let arguments = vector["arguments"].as_object().unwrap();
    let given = typed_methods::Given { arguments, attachments: attachments(vector) };
    typed_methods::call(client, vector["operation"].as_str().unwrap(), given).await
}

/// Invokes an operation by name.
async fn by_name(client: &CallFluent, vector: &Value, naming: Naming) -> Result<Value> {
    let operation = vector["operation"].as_str().unwrap();
    let arguments = vector["arguments"].as_object().unwrap().clone();
    let page = arguments.get("page").cloned().unwrap_or(json!(1));
    let result = bindings::invoke(client, operation, arguments, attachments(vector), naming).await?.into_value();
    // A page is a list here; the caller knows its number.
    Ok(if operation == "calls.list" { json!({ "items": result, "page": page }) } else { result })
}

/// Compares values; `3` equals `3.0`.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

fn without(value: &Value, names: &[Value]) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .filter(|(name, _)| !names.iter().any(|dropped| dropped == *name))
            .map(|(name, value)| (name.clone(), without(value, names)))
            .collect(),
        Value::Array(items) => items.iter().map(|item| without(item, names)).collect(),
        other => other.clone(),
    }
}

fn with_extra_body(client: CallFluent, vector: &Value) -> CallFluent {
    match vector.get("extra_body").and_then(Value::as_object) {
        Some(fields) => client.with_options(|options| options.extra_body(fields.clone())),
        None => client,
    }
}

/// Parses a string that contains JSON, to compare its content.
fn parsed_fields(body: &mut Value) {
    if let Value::Object(object) = body {
        for (name, value) in object {
            match value {
                Value::String(text) if name == "fields" => {
                    *value = serde_json::from_str(text).expect("fields hold JSON")
                }
                other => parsed_fields(other),
            }
        }
    }
}

fn check_request(name: &str, expected: &Value, recorded: &RecordedRequest) {
    assert_eq!(recorded.method, expected["method"], "{name}: method");
    assert_eq!(recorded.path(), expected["path"], "{name}: path");
    assert_eq!(json!(recorded.query()), expected["query"], "{name}: query");
    for (header, value) in expected["headers"].as_object().unwrap() {
        let sent = recorded.headers.get(header).unwrap_or_else(|| panic!("{name}: no {header}"));
        let sent = if header == "content-type" { sent.split(';').next().unwrap() } else { sent };
        assert_eq!(sent, value, "{name}: {header}");
    }
    for header in expected.get("absent_headers").and_then(Value::as_array).into_iter().flatten() {
        assert!(!recorded.headers.contains_key(header.as_str().unwrap()), "{name}: {header} was sent");
    }
    if let Some(parts) = expected.get("multipart").and_then(Value::as_array) {
        let sent = recorded.parts();
        assert_eq!(sent.len(), parts.len(), "{name}: number of parts");
        for ((headers, content), part) in sent.iter().zip(parts) {
            let disposition = &headers["content-disposition"];
            assert!(disposition.starts_with(&format!("form-data; name={}", part["field"])), "{name}: {disposition}");
            let file_name = part["filename"].as_str().unwrap();
            assert!(disposition.contains(&format!("filename=\"{file_name}\"")), "{name}: {disposition}");
            if let Some(content_type) = part["content_type"].as_str() {
                assert_eq!(headers["content-type"], content_type, "{name}: type of a part");
            }
            assert_eq!(String::from_utf8_lossy(content), part["text"].as_str().unwrap(), "{name}: content of a part");
        }
    } else if expected["body"].is_null() {
        assert!(recorded.body.is_empty(), "{name}: a body was sent");
    } else {
        let mut sent = recorded.json();
        let mut wanted = expected["body"].clone();
        // An action's fields are a text that holds JSON, and must be sent as such.
        parsed_fields(&mut sent);
        parsed_fields(&mut wanted);
        assert!(same(&sent, &wanted), "{name}: sent {sent:#}\nwanted {wanted:#}");
        let raw = String::from_utf8_lossy(&recorded.body);
        assert!(!raw.contains("\"fields\":["), "{name}: fields were sent as a list");
    }
}

/// Returns the responses to all requests of an operation.
fn replies(response: &Value) -> Vec<Reply> {
    let reply = |response: &Value| {
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        match response.get("body_text") {
            Some(text) => Reply::bytes(status, text.as_str().unwrap()),
            None => Reply::json(status, &response["body"]),
        }
    };
    let others = |name: &str| response.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let all = [others("before"), vec![response.clone()], others("after")].concat();
    all.iter().map(reply).collect()
}

/// Checks all requests of an operation.
fn check_requests(name: &str, vector: &Value, recorded: &[RecordedRequest]) {
    let others = |name: &str| vector.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let (before, after) = (others("requests_before"), others("requests_after"));
    assert_eq!(recorded.len(), before.len() + 1 + after.len(), "{name}: {recorded:?}");
    check_request(name, &vector["request"], &recorded[before.len()]);
    let sent = recorded[..before.len()].iter().chain(&recorded[before.len() + 1..]);
    for (expected, recorded) in before.iter().chain(&after).zip(sent) {
        assert_eq!(recorded.method, expected["method"], "{name}");
        assert_eq!(recorded.path(), expected["path"], "{name}");
    }
}

/// Checks that an error does not contain certain text, such as a password.
fn check_absent(name: &str, vector: &Value, shown: &str) {
    for absent in vector.get("absent").and_then(Value::as_array).into_iter().flatten() {
        assert!(!shown.contains(absent.as_str().unwrap()), "{name}: {shown}");
    }
}

#[tokio::test]
async fn operations_match_the_vectors_of_requests_and_responses() {
    let mut operations = BTreeSet::new();
    for vector in vectors("requests") {
        let name = vector["name"].as_str().unwrap();
        operations.insert(vector["operation"].as_str().unwrap().to_owned());
        for response in vector["responses"].as_array().unwrap() {
            let label = format!("{name} ({})", response["shape"].as_str().unwrap());
            let script = replies(response);
            let dropped = vector.get("not_compared").and_then(Value::as_array).cloned().unwrap_or_default();
            let wanted = without(&vector["result"], &dropped);

            let server = Server::start([script.clone(), script].concat()).await;
            let client = with_extra_body(server.client(), &vector);
            let dynamic =
                by_name(&client, &vector, Naming::Snake).await.unwrap_or_else(|error| panic!("{label}: {error}"));
            check_requests(&label, &vector, &server.recorded());
            let sent = server.recorded().len();
            let read = without(&dynamic, &dropped);
            assert!(same(&read, &wanted), "{label}: read {read:#}\nwanted {wanted:#}");

            if let Some(typed) = typed(&client, &vector).await {
                let typed = typed.unwrap_or_else(|error| panic!("{label}: {error}"));
                check_requests(&label, &vector, &server.recorded()[sent..]);
                let read = without(&typed, &dropped);
                assert!(same(&read, &wanted), "{label}: typed {read:#}\nwanted {wanted:#}");
            } else {
                // The typed method always names a page.
                let lacks_page = vector["operation"] == "calls.list" && vector["arguments"].get("page").is_none();
                assert!(lacks_page || vector.get("needs_dynamic_typing").is_some(), "{label}");
            }
        }
    }
    for operation in callfluent::bindings::catalog::operations().filter(|operation| !operation.composite) {
        assert!(operations.contains(operation.name), "{} has no wire vector", operation.name);
    }
}

#[tokio::test]
async fn arguments_and_results_can_have_camel_case_names() {
    let server = Server::start([Reply::ok(
        json!({ "agent": { "id": 14, "welcome_msg": "Hi", "crm_tag": 1 }, "files": [], "totalCalls": "3" }),
    )])
    .await;
    let arguments = Map::from_iter([("agentId".to_owned(), json!(14))]);
    let details = bindings::invoke(&server.client(), "agents.get", arguments, Vec::new(), Naming::Camel)
        .await
        .unwrap()
        .into_value();
    assert_eq!(
        details,
        json!({ "agent": { "id": 14, "welcomeMsg": "Hi", "crm_tag": 1 }, "files": [], "totalCalls": 3 })
    );
    assert_eq!(server.recorded()[0].path(), "/api/agent/get-one/14");
}

#[tokio::test]
async fn invalid_arguments_are_rejected_with_every_error() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let client = server.client();
    for vector in vectors("invalid_arguments") {
        let name = vector["name"].as_str().unwrap();
        let rejections = [
            Some(by_name(&client, &vector, Naming::Snake).await),
            if vector.get("needs_dynamic_typing").is_some() { None } else { typed(&client, &vector).await },
        ];
        for rejection in rejections.into_iter().flatten() {
            let error = rejection.expect_err(name);
            assert_eq!(error.name(), "InvalidRequestError", "{name}: {error}");
            check_absent(name, &vector, &format!("{error} {error:?}"));
            let found: BTreeSet<_> = error.field_errors().iter().map(|field_error| field_error.field.clone()).collect();
            let wanted = vector["field_errors"].as_array().unwrap();
            let fields: BTreeSet<_> =
                wanted.iter().map(|field_error| field_error["field"].as_str().unwrap().to_owned()).collect();
            assert_eq!(found, fields, "{name}: {error}");
            for field_error in wanted {
                let contains = field_error["contains"].as_str().unwrap().to_lowercase();
                let said = error.field_errors().iter().any(|found| {
                    field_error["field"] == *found.field && found.reason.to_lowercase().contains(&contains)
                });
                assert!(said, "{name}: {} does not contain {contains:?}: {error}", field_error["field"]);
            }
        }
    }
    assert!(server.recorded().is_empty(), "an invalid request was sent");
}

#[tokio::test]
async fn every_error_response_becomes_its_error() {
    for vector in vectors("errors") {
        let name = vector["name"].as_str().unwrap();
        let response = &vector["response"];
        let body = match response.get("body_text") {
            Some(text) => text.as_str().unwrap().as_bytes().to_vec(),
            None => response["body"].to_string().into_bytes(),
        };
        let headers = response["headers"].as_object().unwrap();
        let reply = headers.iter().fold(
            Reply::bytes(u16::try_from(response["status"].as_u64().unwrap()).unwrap(), body),
            |reply, (name, value)| reply.header(name, value.as_str().unwrap()),
        );
        let server = Server::start([reply]).await;
        let mut builder = server.builder();
        if let Some(retries) = vector.get("max_retries").and_then(Value::as_u64) {
            builder = builder.max_retries(u32::try_from(retries).unwrap());
        }
        let client = builder.build().unwrap();
        let outcomes = [Some(by_name(&client, &vector, Naming::Snake).await), typed(&client, &vector).await];
        for outcome in outcomes.into_iter().flatten() {
            let error: Error = match outcome {
                Err(error) => error,
                Ok(value) => panic!("{name}: no error but {value}"),
            };
            assert_eq!(error.name(), vector["error"].as_str().unwrap(), "{name}: {error}");
            check_absent(name, &vector, &format!("{error} {error:?} {:?}", error.context()));
            if let Some(message) = vector.get("message").and_then(Value::as_str) {
                assert!(error.message().contains(message), "{name}: {}", error.message());
            }
            if let Some(seconds) = vector.get("retry_after").and_then(Value::as_f64) {
                assert_eq!(error.retry_after(), Some(Duration::from_secs_f64(seconds)), "{name}");
            }
            if let Some(unknown) = vector.get("outcome_unknown").and_then(Value::as_bool) {
                assert_eq!(error.outcome_unknown(), unknown, "{name}");
            }
            let field_errors: Vec<_> =
                error.field_errors().iter().map(|field_error| json!([field_error.field, field_error.reason])).collect();
            assert_eq!(json!(field_errors), vector.get("field_errors").cloned().unwrap_or(json!([])), "{name}");
            let context = error.context().unwrap();
            for (header, value) in vector.get("headers").and_then(Value::as_object).into_iter().flatten() {
                assert_eq!(context.headers.get(header).map(String::as_str), value.as_str(), "{name}: {header}");
            }
            assert_eq!(u64::from(context.status.unwrap()), response["status"].as_u64().unwrap(), "{name}");
            assert!(
                context.body.is_some() && !context.method.is_empty() && context.attempts == 1,
                "{name}: {context:?}"
            );
            assert!(!format!("{error:?} {error}").contains(KEY), "{name} shows the key");
        }
    }
}
