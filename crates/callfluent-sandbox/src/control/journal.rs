//! Control requests about what happened: the journal, assertions, snapshots.

use serde_json::{Value, json};

use super::body::{Fields, success};
use crate::errors::FieldErrors;
use crate::names::Naming;
use crate::requests::{Expectation, JournalEntry, is_documented};
use crate::routes::operation_names;
use crate::state::SharedState;
use crate::validation::decode_id;

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
    let renames = |name: &str| match &entry.operation {
        Some(operation) => is_documented(operation, name),
        None => true,
    };
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
    let mut fields = Fields::parse(body, &["operation", "arguments", "times"], naming)?;
    let arguments = fields.optional("arguments", "an object", |arguments| arguments.as_object().cloned());
    let arguments = arguments.unwrap_or_default();
    let times = fields.optional("times", "an integer of at least 0", decode_id);
    let operation =
        fields.required("operation", "the name of an operation", |operation| operation.as_str().map(str::to_owned));
    let operation = naming.find_operation(&fields.finish(operation)?, &operation_names())?;
    let expectation = Expectation { operation, arguments: &arguments, times, naming };
    let state = shared.read();
    Ok(match expectation.check(state.journal.entries()) {
        Ok(entries) => {
            let entries: Value = entries.into_iter().map(|entry| entry_to_json(entry, naming)).collect();
            json!({"status": true, "entries": entries, "difference": null})
        }
        Err(difference) => json!({"status": false, "entries": [], "difference": difference}),
    })
}

pub(super) fn snapshot(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    Fields::reject_all(body, naming)?;
    Ok(json!({"status": true, "snapshot": shared.keep_snapshot()}))
}

pub(super) fn restore(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let mut fields = Fields::parse(body, &["snapshot"], naming)?;
    let id = fields.required("snapshot", "the ID of a snapshot", decode_id);
    let id = fields.finish(id)?;
    if shared.restore_kept(id) {
        Ok(success())
    } else {
        Err(FieldErrors::single("snapshot", format!("unknown snapshot {id}")))
    }
}
