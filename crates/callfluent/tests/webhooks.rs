//! Webhooks by the vectors that all languages share, and generated secrets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::collections::HashSet;

use callfluent::Record as _;
use callfluent::bindings::schema::Naming;
use callfluent::webhooks::{self, WebhookPayload};
use serde_json::{Value, json};

fn vectors() -> Vec<Value> {
    let path = format!("{}/../../tests/wire/webhooks.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn body(vector: &Value) -> Option<Vec<u8>> {
    if let Some(text) = vector["body"].as_str() {
        return Some(text.as_bytes().to_vec());
    }
    let hex = vector["body_hex"].as_str()?;
    Some((0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect())
}

#[test]
fn bodies_are_parsed_or_rejected_with_a_status() {
    let mut tested = 0;
    for vector in vectors() {
        let Some(body) = body(&vector) else { continue };
        tested += 1;
        match (webhooks::parse(&body), vector.get("error")) {
            (Ok(payload), None) => {
                assert_eq!(Value::Object(payload.to_public(Naming::Snake)), vector["result"], "{}", vector["name"]);
            }
            (Err(error), Some(expected)) => {
                assert_eq!(json!(error.status()), expected["status"], "{}", vector["name"]);
                assert!(error.to_string().contains(expected["contains"].as_str().unwrap()), "{error}");
            }
            (outcome, _) => panic!("{}: {outcome:?}", vector["name"]),
        }
    }
    assert!(tested > 15);
}

#[test]
fn secrets_are_compared() {
    for vector in vectors().iter().filter(|vector| vector.get("accepted").is_some()) {
        let compared = webhooks::verify_secret(vector["given"].as_str().unwrap(), vector["expected"].as_str().unwrap());
        assert_eq!(json!(compared.is_ok()), vector["accepted"], "{}", vector["name"]);
        if let Err(error) = compared {
            assert_eq!(error.status(), 401);
        }
    }
    assert!(webhooks::verify_secret("", "").is_err());
}

#[test]
fn generated_secrets_differ_and_fit_in_a_url() {
    let secrets: HashSet<String> = (0..100).map(|_| webhooks::generate_secret().unwrap()).collect();
    assert_eq!(secrets.len(), 100);
    for secret in secrets {
        assert_eq!(secret.len(), 43);
        assert!(secret.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter)), "{secret}");
    }
}

#[test]
fn a_payload_is_deserialized_by_frameworks() {
    let payload: WebhookPayload = serde_json::from_str(r#"{"name": "Ada", "city": "Paris"}"#).unwrap();
    assert_eq!(payload.name.as_deref(), Some("Ada"));
    assert_eq!(payload.extra.get::<String>("city").as_deref(), Some("Paris"));
}
