//! Property test: writing public JSON gives the same as decoding and encoding a record.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::Value;

use super::{ActionRecord, Agent, AgentDetails, Call, CorsOrigins, CustomField, PhoneNumberList};
use crate::decode::{Decode, DecodeContext, List, PublicJson};
use crate::json::{Document, Json};
use crate::schema::Naming;

/// JSON text in unusual forms, with documented and other names and values.
fn json() -> impl Strategy<Value = String> {
    let tokens = [
        "null",
        "true",
        "0",
        "1",
        "-0",
        "7",
        "3.0",
        "0.50",
        "1e3",
        "1e999",
        "12345678901234567890123",
        "9007199254740993",
        "\"\"",
        "\"1\"",
        "\" 7 \"",
        "\"true\"",
        "\"1,2\"",
        "\"[1]\"",
        "\"{}\"",
        "\"outbound\"",
        "\"twilio\"",
        "\"sms\"",
        "\"\\ud800\"",
        "\"\\u00e9\"",
        "\"a\\\"b\"",
        "\"[{\\\"value\\\":1}]\"",
        "\"é\"",
    ];
    let names = [
        "id",
        "agent",
        "files",
        "totalCalls",
        "total_calls",
        "workspaceId",
        "workspace_id",
        "name",
        "number_list",
        "data",
        "numbers",
        "number",
        "type",
        "agentNumMap",
        "\\ud800",
        "in_use",
        "actionType",
        "action_type",
        "fields",
        "format",
        "welcome_msg_flag",
        "welcome_msg_delay",
        "blocked_phone_types",
        "answer_creativity",
        "has_webhook_cors_origin",
        "webhook_cors_origin",
        "hasWebhookCorsOrigin",
        "other",
        "\\u006fdd",
    ];
    let leaf = prop::sample::select(tokens.to_vec()).prop_map(str::to_owned);
    leaf.prop_recursive(4, 64, 8, move |inner| {
        let name = prop::sample::select(names.to_vec());
        let fields = prop::collection::btree_map(name, inner.clone(), 0..9).prop_map(|fields| {
            let fields: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
            format!("{{{}}}", fields.join(", "))
        });
        prop_oneof![
            3 => fields,
            1 => prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(" ,"))),
        ]
    })
}

fn writes_the_same<T: Decode>(raw: Json<'_>) -> Result<(), TestCaseError> {
    let mut expected = std::collections::HashMap::new();
    let decoded = T::decode(raw, &mut DecodeContext::with_drift("test", &mut expected));
    for naming in [Naming::Snake, Naming::Camel] {
        let mut found = std::collections::HashMap::new();
        let mut written = PublicJson::new(naming);
        let written_at_all = T::write_public(raw, &mut DecodeContext::with_drift("test", &mut found), &mut written);
        prop_assert_eq!(written_at_all, decoded.is_some());
        prop_assert_eq!(&found, &expected);
        // Quoted integers are strings in the written text only.
        let is_exact = naming == Naming::Snake || !raw.get().contains("9007199254740993");
        if let Some(decoded) = decoded.as_ref().filter(|_| is_exact) {
            let value: Value = serde_json::from_str(&written.into_text()).unwrap();
            prop_assert_eq!(value, decoded.value.public_value(naming), "{}", raw.get());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn writes_the_same_as_decoding_and_encoding(spaced in json()) {
        let compact = spaced.replace(": ", ":").replace(", ", ",");
        for text in [spaced, compact] {
            let document = Document::parse(text.as_bytes()).unwrap();
            let raw = document.root();
            writes_the_same::<Agent>(raw)?;
            writes_the_same::<AgentDetails>(raw)?;
            writes_the_same::<ActionRecord>(raw)?;
            writes_the_same::<PhoneNumberList>(raw)?;
            writes_the_same::<CorsOrigins>(raw)?;
            writes_the_same::<CustomField>(raw)?;
            writes_the_same::<List<Call>>(raw)?;
            writes_the_same::<List<Agent>>(raw)?;
        }
    }
}

#[test]
fn gives_each_record_of_a_list_its_own_text() {
    for text in [r#"[{"id":1}, 5, {"id" : "2", "name":"a"}]"#, r#""[{\"id\":1},{\"id\":2,\"name\":\"a\"}]""#] {
        let document = Document::parse(text.as_bytes()).unwrap();
        let raw = document.root();
        let mut public = PublicJson::new(Naming::Snake);
        assert!(List::<Call>::write_public(raw, &mut DecodeContext::without_drift(), &mut public));
        let records = public.into_records().unwrap();
        let calls: Vec<Call> = records.iter().map(|record| serde_json::from_str(record).unwrap()).collect();
        assert_eq!(calls.iter().map(|call| call.id.as_i64()).collect::<Vec<_>>(), [Some(1), Some(2)]);
    }
}

#[test]
fn quotes_integers_that_the_language_cannot_represent() {
    let document = Document::parse(br#"{"id":9007199254740993,"duration":[9007199254740993,-1]}"#).unwrap();
    let raw = document.root();
    for (naming, digits) in [(Naming::Snake, "9007199254740993"), (Naming::Camel, "\"9007199254740993\"")] {
        let mut public = PublicJson::new(naming);
        assert!(Call::write_public(raw, &mut DecodeContext::without_drift(), &mut public));
        assert_eq!(public.into_text(), format!(r#"{{"id":{digits},"duration":[{digits},-1]}}"#));
    }
}
