//! The seeds of the targets, from the wire vectors.

use std::fs;
use std::path::Path;

use callfluent::bindings::catalog;
use serde_json::Value;

/// Inputs, each with the name of its target.
pub type Seeds = Vec<(&'static str, Vec<u8>)>;

/// Returns the seeds of all targets.
///
/// # Errors
/// The wire vectors cannot be read.
pub fn seeds() -> std::io::Result<Seeds> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let vectors = |name: &str| -> std::io::Result<Vec<Value>> {
        let text = fs::read(folder.join("../tests/wire").join(name))?;
        Ok(serde_json::from_slice(&text)?)
    };
    let mut seeds = Seeds::new();
    for vector in vectors("requests.json")? {
        let which = position(&vector);
        seeds.push(("arguments", seed(&[which], &vector["arguments"].to_string())));
        for response in vector["responses"].as_array().into_iter().flatten() {
            seeds.push(("responses", seed(&[which, 0], &response["body"].to_string())));
            push_records(&mut seeds, &response["body"]);
        }
    }
    for vector in vectors("invalid_arguments.json")? {
        seeds.push(("arguments", seed(&[position(&vector)], &vector["arguments"].to_string())));
    }
    for vector in vectors("errors.json")? {
        let response = &vector["response"];
        let body = response["body_text"].as_str().map_or_else(|| response["body"].to_string(), str::to_owned);
        // The indexes of 200 and 400 in the target's statuses.
        for status in [0, 4] {
            seeds.push(("responses", seed(&[position(&vector), status], &body)));
        }
    }
    Ok(seeds)
}

/// Returns the byte for the operation of a vector.
fn position(vector: &Value) -> u8 {
    let mut simple = catalog::operations().filter(|operation| !operation.composite);
    let place = simple.position(|operation| vector["operation"] == operation.name);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or_default()
}

fn seed(beginning: &[u8], rest: &str) -> Vec<u8> {
    [beginning, rest.as_bytes()].concat()
}

/// Adds every object of a response, at any depth.
fn push_records(seeds: &mut Seeds, value: &Value) {
    match value {
        Value::Object(fields) => {
            seeds.push(("records", value.to_string().into_bytes()));
            fields.values().for_each(|field| push_records(seeds, field));
        }
        Value::Array(items) => items.iter().for_each(|item| push_records(seeds, item)),
        _ => {}
    }
}
