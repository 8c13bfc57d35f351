//! The control requests under `/sandbox`, for tests in any language: inspect the journal, reset,
//! queue responses, add phone numbers, agents and calls.
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

use body::{Fields, parse_object, success};
pub(crate) use calls::{finish, waits_for_webhooks};
pub(crate) use faults::queue;

/// Runs a control request with its body and returns the response body.
type Handler = fn(&SharedState, Naming, &[u8]) -> Result<Value, FieldErrors>;

/// A control endpoint.
struct Control {
    method: &'static str,
    path: &'static str,
    /// True if it changes the simulated account, which does not exist while exchanges are recorded
    /// or replayed.
    of_account: bool,
    handler: Handler,
}

impl Control {
    fn run(&self, shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
        if self.of_account {
            shared.check_account()?;
        }
        (self.handler)(shared, naming, body)
    }
}

/// An endpoint about requests and responses.
const fn control(method: &'static str, path: &'static str, handler: Handler) -> Control {
    Control { method, path, of_account: false, handler }
}

/// An endpoint that changes the simulated account.
const fn of_account(method: &'static str, path: &'static str, handler: Handler) -> Control {
    Control { of_account: true, ..control(method, path, handler) }
}

/// All control endpoints. `command/help.rs` describes them.
const CONTROLS: &[Control] = &[
    control("GET", "/sandbox", describe),
    control("GET", "/sandbox/state", page_data::state),
    control("GET", "/sandbox/journal", journal::journal),
    control("DELETE", "/sandbox/journal", journal::clear_journal),
    control("POST", "/sandbox/reset", reset),
    control("POST", "/sandbox/respond", faults::respond),
    control("DELETE", "/sandbox/respond", faults::clear_responses),
    of_account("POST", "/sandbox/drop-fields", faults::drop_fields),
    control("POST", "/sandbox/faults", faults::random_faults),
    of_account("POST", "/sandbox/phone-numbers", add_phone_number),
    of_account("POST", "/sandbox/agents", add_agent),
    of_account("POST", "/sandbox/calls", add_call),
    control("GET", "/sandbox/clock", calls::clock),
    control("POST", "/sandbox/clock", calls::advance),
    of_account("POST", "/sandbox/call-scripts", calls::add_script),
    of_account("DELETE", "/sandbox/call-scripts", calls::clear_scripts),
    of_account("POST", "/sandbox/start-call", calls::start),
    of_account("POST", "/sandbox/receive-call", calls::receive),
    of_account("POST", "/sandbox/finish", calls::finish_call),
    control("GET", "/sandbox/webhooks", calls::webhooks),
    of_account("POST", "/sandbox/limits", faults::limits),
    of_account("POST", "/sandbox/permissions", faults::permissions),
    of_account("POST", "/sandbox/api-key", faults::api_key),
    control("POST", "/sandbox/assert-requested", journal::assert_requested),
    control("POST", "/sandbox/snapshot", journal::snapshot),
    control("POST", "/sandbox/restore", journal::restore),
];

/// Runs a control request. `target` is the path with an optional query.
pub(crate) fn run(shared: &SharedState, method: &str, target: &str, body: &[u8]) -> (StatusCode, Value) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let Some(control) = CONTROLS.iter().find(|control| control.method == method && control.path == path) else {
        let error = format!("unknown control endpoint; expected one of {}", names().join(", "));
        return (StatusCode::NOT_FOUND, json!({"status": false, "error": error}));
    };
    let result = Naming::from_query(query).and_then(|naming| control.run(shared, naming, body));
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
    CONTROLS.iter().map(|control| format!("{} {}", control.method, control.path)).collect()
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

fn reset(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    Fields::reject_all(body, naming)?;
    shared.reset();
    Ok(success())
}

fn add_phone_number(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let number = fixtures::add_phone_number(&mut shared.lock().account, &parse_object(body)?, naming)?;
    Ok(json!({"status": true, "data": number}))
}

fn add_agent(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let agent = fixtures::add_agent(&mut shared.lock().account, &parse_object(body)?, naming)?;
    Ok(json!({"status": true, "data": agent}))
}

fn add_call(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let call = fixtures::add_call(&mut shared.lock().account, &parse_object(body)?, naming)?;
    Ok(json!({"status": true, "data": call}))
}
