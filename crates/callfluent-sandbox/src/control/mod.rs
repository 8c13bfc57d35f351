//! The control requests under `/sandbox`, for tests in any language: inspect the journal, reset,
//! queue responses, add agents and calls.
//! They need no API key, do not advance the clock, and are not in the journal. Bindings run them
//! without a socket, so that they work while a test blocks the network.
#![expect(clippy::unnecessary_wraps, reason = "all handlers have the same type")]

mod body;
mod calls;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::endpoint::{ENDPOINTS, operation_names};
use crate::error_response::ErrorResponse;
use crate::field_error::FieldErrors;
use crate::fixtures;
use crate::operation::Naming;
use crate::random_faults::RandomFaults;
use crate::scripted_response::ScriptedResponse;
use crate::shared_state::SharedState;

use body::{parse, parse_object, success};
pub(crate) use calls::{finish, waits_for_webhooks};

/// Runs a control request with its body and returns the response body.
type Handler = fn(&SharedState, Naming, &[u8]) -> Result<Value, FieldErrors>;

const CONTROLS: &[(&str, &str, Handler)] = &[
    ("GET", "/sandbox", describe),
    ("GET", "/sandbox/journal", journal),
    ("DELETE", "/sandbox/journal", clear_journal),
    ("POST", "/sandbox/reset", reset),
    ("POST", "/sandbox/respond", respond),
    ("DELETE", "/sandbox/respond", clear_responses),
    ("POST", "/sandbox/drop-fields", drop_fields),
    ("POST", "/sandbox/faults", faults),
    ("POST", "/sandbox/agents", add_agent),
    ("POST", "/sandbox/calls", add_call),
    ("GET", "/sandbox/clock", calls::clock),
    ("POST", "/sandbox/clock", calls::advance),
    ("POST", "/sandbox/call-scripts", calls::add_script),
    ("DELETE", "/sandbox/call-scripts", calls::clear_scripts),
    ("POST", "/sandbox/receive-call", calls::receive),
    ("POST", "/sandbox/finish", calls::finish_call),
    ("GET", "/sandbox/webhooks", calls::webhooks),
];

/// Runs a control request. `target` is the path with an optional query.
pub(crate) fn run(shared: &SharedState, method: &str, target: &str, body: &[u8]) -> (StatusCode, Value) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let Some((_, _, handler)) = CONTROLS.iter().find(|(known, at, _)| *known == method && *at == path) else {
        let error = format!("unknown control endpoint; expected one of {}", names().join(", "));
        return (StatusCode::NOT_FOUND, json!({"status": false, "error": error}));
    };
    match Naming::from_query(query).and_then(|naming| handler(shared, naming, body)) {
        Ok(body) => (StatusCode::OK, body),
        Err(errors) => {
            let error = ErrorResponse::from(errors);
            (error.status(), error.body())
        }
    }
}

/// Queues a scripted response after validation. Its operation is in the given naming.
pub(crate) fn queue(shared: &SharedState, response: ScriptedResponse, naming: Naming) -> Result<(), FieldErrors> {
    response.validate()?;
    let operation = response.matched_operation().map(|name| naming.find(name, &operation_names())).transpose()?;
    let response = match operation {
        Some(operation) => response.operation(operation),
        None => response,
    };
    shared.lock().responses.push(response);
    Ok(())
}

fn names() -> Vec<String> {
    CONTROLS.iter().map(|(method, path, _)| format!("{method} {path}")).collect()
}

fn describe(_: &SharedState, naming: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    let operations: Value = ENDPOINTS
        .iter()
        .flat_map(|endpoint| endpoint.operations().map(move |operation| (endpoint, operation)))
        .map(|(endpoint, operation)| {
            let (method, path) = (endpoint.method.as_str(), endpoint.path);
            json!({"operation": naming.apply(operation), "method": method, "path": path})
        })
        .collect();
    Ok(json!({"version": env!("CARGO_PKG_VERSION"), "operations": operations, "controls": names()}))
}

fn journal(shared: &SharedState, naming: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    let state = shared.lock();
    let entries: Value = state
        .journal
        .entries()
        .map(|entry| {
            let mut json = entry.to_json();
            if let (Some(name), Some(operation)) = (json.get_mut("operation"), &entry.operation) {
                *name = naming.apply(operation).into();
            }
            json
        })
        .collect();
    Ok(json!({"entries": entries, "discarded": state.journal.discarded()}))
}

fn clear_journal(shared: &SharedState, _: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    shared.lock().journal.clear();
    Ok(success())
}

fn reset(shared: &SharedState, _: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    shared.reset();
    Ok(success())
}

fn respond(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    queue(shared, ScriptedResponse::from_json(&parse(body)?)?, naming)?;
    Ok(success())
}

fn clear_responses(shared: &SharedState, _: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    shared.lock().responses.clear();
    Ok(success())
}

fn drop_fields(shared: &SharedState, _: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let body = parse(body)?;
    let names = body.get("fields").and_then(Value::as_array);
    let fields = names
        .and_then(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>())
        .ok_or_else(|| FieldErrors::single("fields", "required: an array of strings"))?;
    shared.lock().account.settings.drop_fields = fields;
    Ok(success())
}

fn faults(shared: &SharedState, _: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let body = parse(body)?;
    let mut errors = FieldErrors::default();
    let rate = body.get("rate").and_then(Value::as_f64).filter(|rate| (0.0..=1.0).contains(rate));
    if rate.is_none() {
        errors.add("rate", "required: a number from 0 to 1");
    }
    let seed = match body.get("seed") {
        None => Some(0),
        Some(seed) => seed.as_u64(),
    };
    if seed.is_none() {
        errors.add("seed", "must be an integer of at least 0");
    }
    errors.into_result()?;
    if let (Some(rate), Some(seed)) = (rate, seed) {
        shared.lock().faults = RandomFaults::new(rate, seed);
    }
    Ok(success())
}

fn add_agent(shared: &SharedState, _: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let agent = fixtures::add_agent(&mut shared.lock().account, &parse_object(body)?)?;
    Ok(json!({"status": true, "data": agent}))
}

fn add_call(shared: &SharedState, _: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let call = fixtures::add_call(&mut shared.lock().account, &parse_object(body)?)?;
    Ok(json!({"status": true, "data": call}))
}
