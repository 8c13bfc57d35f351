//! `docs/openapi.json` marks what the API documentation does not contain, with its certainty.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use std::collections::BTreeMap;
use std::path::Path;

use callfluent::bindings::catalog;
use callfluent::bindings::schema::Source;
use serde_json::{Value, json};

/// Extensions by operation. Written here, so that a certainty cannot change unseen.
const EXTENSIONS: [(&str, &str); 7] = [
    ("agents.get_public", "seen"),
    ("calls.start", "seen"),
    ("user.profile", "printed"),
    ("user.reset_password", "printed"),
    ("workspaces.create", "printed"),
    ("workspaces.get", "cut"),
    ("workspaces.list", "printed"),
];

fn description() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_extension_has_its_certainty() {
    let description = description();
    let operations = description["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap());
    let found: BTreeMap<&str, &Value> =
        operations.map(|(_, operation)| (operation["operationId"].as_str().unwrap(), operation)).collect();
    let extensions = BTreeMap::from(EXTENSIONS);
    for operation in catalog::operations() {
        let Some(described) = found.get(operation.name) else {
            // An operation of several requests, such as `agents.patch`, is not an endpoint.
            assert!(!extensions.contains_key(operation.name), "{}", operation.name);
            continue;
        };
        let certainty = extensions.get(operation.name);
        assert_eq!(described.get("x-certainty"), certainty.map(|it| json!(it)).as_ref(), "{}", operation.name);
        assert_eq!(described.get("x-extension").is_some(), certainty.is_some(), "{}", operation.name);
        assert_eq!(matches!(operation.source, Source::Extension(_)), certainty.is_some(), "{}", operation.name);
        assert_eq!(described.get("externalDocs").is_some(), certainty.is_none(), "{}", operation.name);
    }
}

#[test]
fn every_known_value_has_a_certainty() {
    fn visit(value: &Value, found: &mut usize) {
        match value {
            Value::Object(members) => {
                for known in members.get("x-known-values").and_then(Value::as_array).into_iter().flatten() {
                    let certainty = known["x-certainty"].as_str().unwrap();
                    assert!(["documented", "printed", "inferred"].contains(&certainty), "{known}");
                    *found += 1;
                }
                members.values().for_each(|member| visit(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| visit(item, found)),
            _ => {}
        }
    }
    let mut found = 0;
    visit(&description(), &mut found);
    assert!(found > 50, "{found}");
}
