//! Property tests: no response and no argument makes the client panic, and decoding is lossless,
//! for arbitrary JSON, bytes and strings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::sync::LazyLock;

use callfluent::bindings::schema::{Kind, Naming};
use callfluent::bindings::{PublicJson, catalog, invoke};
use callfluent::{ActionRecord, Agent, AgentDetails, Call, CallFluent, List, PhoneNumberList, Profile, Record};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use support::{Reply, Server};

/// Arbitrary JSON with documented and other names.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |number| serde_json::Number::from_f64(number).map(Value::Number)),
        prop_oneof![
            Just("1"),
            Just("true"),
            Just("1,2,3"),
            Just("[1]"),
            Just("{}"),
            Just("outbound"),
            Just("[{\"value\":1}]")
        ]
        .prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((name(), inner), 0..8).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    let known: Vec<String> = catalog::operations()
        .filter_map(|operation| match operation.output {
            Kind::Record(record) => {
                Some(record.fields.iter().flat_map(|field| [field.json_name.to_owned(), field.name.to_owned()]))
            }
            _ => None,
        })
        .flatten()
        .chain(["data", "status", "msg", "error", "message", "agents", "workspaces", "calls"].map(str::to_owned))
        .collect();
    prop_oneof![prop::sample::select(known), ".{0,6}"]
}

/// Parses JSON text. The parser of `serde_json` rounds long fractions.
fn exact(json: &str) -> Value {
    serde_json::from_str::<Call>(&format!("{{\"json\":{json}}}")).unwrap().get("json").unwrap()
}

/// Checks that a record round-trips and decodes to the same value again.
fn lossless<T: Record>(sent: &Value) {
    let Ok(record) = serde_json::from_value::<T>(sent.clone()) else {
        assert!(!sent.is_object(), "an object was not read: {sent}");
        return;
    };
    assert_eq!(exact(&serde_json::to_string(&record).unwrap()), *sent);
    let again: T = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
    assert_eq!(again, record);
    let public = record.to_public(Naming::Camel);
    assert!(public.len() <= sent.as_object().unwrap().len(), "public fields came from nowhere: {public:?}");
}

static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());

/// Invokes an operation against a server with one response.
fn call(
    operation: &str,
    arguments: Map<String, Value>,
    reply: Reply,
) -> (callfluent::Result<Value>, Vec<support::RecordedRequest>) {
    RUNTIME.block_on(async {
        let server = Server::start([reply]).await;
        let client =
            CallFluent::builder().api_key(support::KEY).base_url(server.base_url()).max_retries(0).build().unwrap();
        let file = callfluent::Attachment::bytes("a.txt", "a");
        let files = if operation == "knowledge.upload_only" { vec![file] } else { Vec::new() };
        let result = invoke(&client, operation, arguments, files, Naming::Snake).await;
        (result.map(PublicJson::into_value), server.recorded())
    })
}

/// Returns valid arguments of an operation.
fn arguments(operation: &str) -> Map<String, Value> {
    static VECTORS: LazyLock<Vec<Value>> =
        LazyLock::new(|| serde_json::from_str(include_str!("../../../tests/wire/requests.json")).unwrap());
    let vector = VECTORS.iter().find(|vector| vector["operation"] == operation).unwrap();
    vector["arguments"].as_object().unwrap().clone()
}

fn names() -> Vec<&'static str> {
    catalog::operations().filter(|operation| !operation.composite).map(|operation| operation.name).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_object_is_read_and_written_again_without_loss(sent in json_value()) {
        lossless::<Agent>(&sent);
        lossless::<AgentDetails>(&sent);
        lossless::<PhoneNumberList>(&sent);
        lossless::<ActionRecord>(&sent);
        lossless::<Profile>(&sent);
    }

    #[test]
    fn any_list_is_read_and_written_again_without_loss(sent in prop::collection::vec(json_value(), 0..6)) {
        let sent = Value::Array(sent);
        let agents: List<Agent> = serde_json::from_value(sent.clone()).unwrap();
        prop_assert_eq!(exact(&serde_json::to_string(&agents).unwrap()), sent);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_answer_is_a_result_or_an_error(operation in prop::sample::select(names()), body in json_value(), status in prop::sample::select(vec![200_u16, 201, 400, 403, 500])) {
        let (result, _) = call(operation, arguments(operation), Reply::json(status, &body));
        if let Err(error) = result {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn any_bytes_are_a_result_or_an_error(operation in prop::sample::select(names()), body in prop::collection::vec(any::<u8>(), 0..64)) {
        let (result, _) = call(operation, arguments(operation), Reply::text(200, "application/json", body));
        if let Err(error) = result {
            prop_assert!(error.name() == "APIResponseError" || error.name() == "APIStatusError", "{error}");
        }
    }

    #[test]
    fn any_arguments_are_sent_or_refused(operation in prop::sample::select(names()), value in json_value(), names in prop::collection::vec(name(), 0..3)) {
        let mut arguments = arguments(operation);
        let own: Vec<String> = arguments.keys().cloned().collect();
        for name in own.into_iter().chain(names) {
            arguments.insert(name, value.clone());
        }
        let (result, _) = call(operation, arguments, Reply::ok(json!([])));
        if let Err(error) = result {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn any_text_in_a_path_stays_one_segment(text in ".{1,24}") {
        let arguments = Map::from_iter([("agent_id".to_owned(), json!(1)), ("field_id".to_owned(), json!(text))]);
        let (result, recorded) = call("custom_fields.delete", arguments, Reply::ok(json!([])));
        if result.is_err() {
            prop_assert!(recorded.is_empty());
            prop_assert!(text.trim().is_empty() || text == "." || text == "..", "{text:?} was refused");
        } else {
            let target = &recorded[0].target;
            let segment = target.strip_prefix("/api/agent/remove-custom-fields/1/").unwrap();
            prop_assert!(!segment.contains(['/', '?', '#']), "{target}");
            let decoded = percent_encoding::percent_decode_str(segment).decode_utf8().unwrap();
            prop_assert_eq!(&*decoded, text.as_str());
        }
    }
}
