//! The control requests under `/sandbox`, for tests in any language: inspect the journal, reset,
//! queue responses, add agents and calls.
//! They need no API key, do not advance the clock, and are not in the journal. Bindings run them
//! without a socket, so that they work while a test blocks the network.
#![expect(clippy::unnecessary_wraps, reason = "all handlers have the same type")]

mod body;
mod calls;
mod faults;
mod journal;
mod page_data;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::errors::{ErrorResponse, FieldErrors};
use crate::fixtures;
use crate::names::Naming;
use crate::routes::ENDPOINTS;
use crate::state::SharedState;

use body::{parse_object, success};
pub(crate) use calls::{finish, waits_for_webhooks};
pub(crate) use faults::queue;

/// Runs a control request with its body and returns the response body.
type Handler = fn(&SharedState, Naming, &[u8]) -> Result<Value, FieldErrors>;

const CONTROLS: &[(&str, &str, Handler)] = &[
    ("GET", "/sandbox", describe),
    ("GET", "/sandbox/state", page_data::state),
    ("GET", "/sandbox/journal", journal::journal),
    ("DELETE", "/sandbox/journal", journal::clear_journal),
    ("POST", "/sandbox/reset", reset),
    ("POST", "/sandbox/respond", faults::respond),
    ("DELETE", "/sandbox/respond", faults::clear_responses),
    ("POST", "/sandbox/drop-fields", faults::drop_fields),
    ("POST", "/sandbox/faults", faults::random_faults),
    ("POST", "/sandbox/agents", add_agent),
    ("POST", "/sandbox/calls", add_call),
    ("GET", "/sandbox/clock", calls::clock),
    ("POST", "/sandbox/clock", calls::advance),
    ("POST", "/sandbox/call-scripts", calls::add_script),
    ("DELETE", "/sandbox/call-scripts", calls::clear_scripts),
    ("POST", "/sandbox/start-call", calls::start),
    ("POST", "/sandbox/receive-call", calls::receive),
    ("POST", "/sandbox/finish", calls::finish_call),
    ("GET", "/sandbox/webhooks", calls::webhooks),
    ("POST", "/sandbox/limits", faults::limits),
    ("POST", "/sandbox/permissions", faults::permissions),
    ("POST", "/sandbox/api-key", faults::api_key),
    ("POST", "/sandbox/assert-requested", journal::assert_requested),
    ("POST", "/sandbox/snapshot", journal::snapshot),
    ("POST", "/sandbox/restore", journal::restore),
];

/// Runs a control request. `target` is the path with an optional query.
pub(crate) fn run(shared: &SharedState, method: &str, target: &str, body: &[u8]) -> (StatusCode, Value) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let Some((_, _, handler)) = CONTROLS.iter().find(|(known, at, _)| *known == method && *at == path) else {
        let error = format!("unknown control endpoint; expected one of {}", names().join(", "));
        return (StatusCode::NOT_FOUND, json!({"status": false, "error": error}));
    };
    let result = Naming::from_query(query).and_then(|naming| handler(shared, naming, body));
    let result = result.map_err(ErrorResponse::from).and_then(|body| match shared.storage_error() {
        Some(error) => Err(error),
        None => Ok(body),
    });
    match result {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => (error.status(), error.body()),
    }
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

fn reset(shared: &SharedState, _: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    shared.reset();
    Ok(success())
}

fn add_agent(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let agent = fixtures::add_agent(&mut shared.lock().account, &parse_object(body)?, naming)?;
    Ok(json!({"status": true, "data": agent}))
}

fn add_call(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let call = fixtures::add_call(&mut shared.lock().account, &parse_object(body)?, naming)?;
    Ok(json!({"status": true, "data": call}))
}
