//! Control requests about what happened: the journal, assertions, snapshots.

use serde_json::{Map, Value, json};

use super::body::{parse_object, success};
use crate::errors::{FieldErrors, did_you_mean};
use crate::names::Naming;
use crate::requests::{Expectation, JournalEntry};
use crate::routes::operation_names;
use crate::state::SharedState;
use crate::validation::decode_id;

const ASSERTION_FIELDS: [&str; 3] = ["operation", "arguments", "times"];

pub(super) fn journal(shared: &SharedState, naming: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    let state = shared.read();
    let entries: Value = state.journal.entries().map(|entry| entry_to_json(entry, naming)).collect();
    Ok(json!({"entries": entries, "discarded": state.journal.discarded()}))
}

fn entry_to_json(entry: &JournalEntry, naming: Naming) -> Value {
    let mut json = entry.to_json();
    if let (Some(name), Some(operation)) = (json.get_mut("operation"), &entry.operation) {
        *name = naming.apply(operation).into();
    }
    // The names of custom fields are those that users gave them.
    let renames =
        |name: &str| entry.operation.as_deref() != Some("calls.start") || matches!(name, "agent_id" | "phone_number");
    if let Some(Value::Object(arguments)) = json.get_mut("arguments") {
        *arguments = std::mem::take(arguments)
            .into_iter()
            .map(|(name, value)| (if renames(&name) { naming.apply(&name) } else { name }, value))
            .collect();
    }
    json
}

pub(super) fn clear_journal(shared: &SharedState, _: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    shared.lock().journal.clear();
    Ok(success())
}

/// Reports the matching requests, or the difference. A failed assertion is not an error of the
/// control request, so that callers can tell it from an invalid one.
pub(super) fn assert_requested(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let body = parse_object(body)?;
    let mut errors = FieldErrors::default();
    for name in body.keys().filter(|name| !ASSERTION_FIELDS.contains(&name.as_str())) {
        errors.add(name, format!("unknown field{}", did_you_mean(name, ASSERTION_FIELDS)));
    }
    let arguments = match body.get("arguments") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(arguments)) => arguments.clone(),
        Some(_) => {
            errors.add("arguments", "must be an object");
            Map::new()
        }
    };
    let times = body.get("times").filter(|times| !times.is_null()).map(decode_id);
    if times == Some(None) {
        errors.add("times", "must be an integer of at least 0");
    }
    let operation = body.get("operation").and_then(Value::as_str);
    if operation.is_none() {
        errors.add("operation", "required: the name of an operation");
    }
    errors.into_result()?;
    let operation = naming.find(operation.unwrap_or_default(), &operation_names())?;
    let expectation = Expectation { operation, arguments: &arguments, times: times.flatten(), naming };
    let state = shared.read();
    Ok(match expectation.check(state.journal.entries()) {
        Ok(entries) => {
            let entries: Value = entries.into_iter().map(|entry| entry_to_json(entry, naming)).collect();
            json!({"status": true, "entries": entries, "difference": null})
        }
        Err(difference) => json!({"status": false, "entries": [], "difference": difference}),
    })
}

pub(super) fn snapshot(shared: &SharedState, _: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    Ok(json!({"status": true, "snapshot": shared.keep_snapshot()}))
}

pub(super) fn restore(shared: &SharedState, _: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let id = parse_object(body)?.get("snapshot").and_then(decode_id);
    let id = id.ok_or_else(|| FieldErrors::single("snapshot", "required: the ID of a snapshot"))?;
    if shared.restore_kept(id) {
        Ok(success())
    } else {
        Err(FieldErrors::single("snapshot", format!("unknown snapshot {id}")))
    }
}
