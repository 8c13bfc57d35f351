//! The control endpoints under `/sandbox`, for tests in any language: inspect the journal, reset,
//! queue responses, add agents and calls.
//! They need no API key, do not advance the clock, and are not in the journal.

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::endpoint::{ENDPOINTS, operation_names};
use crate::error_response::ErrorResponse;
use crate::field_error::FieldErrors;
use crate::fixtures;
use crate::operation::Naming;
use crate::random_faults::RandomFaults;
use crate::response::{json_response, success_response};
use crate::scripted_response::ScriptedResponse;
use crate::shared_state::SharedState;

type Shared = State<Arc<SharedState>>;

pub(crate) fn router() -> Router<Arc<SharedState>> {
    Router::new()
        .route("/sandbox", get(describe))
        .route("/sandbox/journal", get(journal).delete(clear_journal))
        .route("/sandbox/reset", post(reset))
        .route("/sandbox/respond", post(respond).delete(clear_responses))
        .route("/sandbox/drop-fields", post(drop_fields))
        .route("/sandbox/faults", post(faults))
        .route("/sandbox/agents", post(add_agent))
        .route("/sandbox/calls", post(add_call))
}

const CONTROLS: &[&str] = &[
    "GET /sandbox/journal",
    "DELETE /sandbox/journal",
    "POST /sandbox/reset",
    "POST /sandbox/respond",
    "DELETE /sandbox/respond",
    "POST /sandbox/drop-fields",
    "POST /sandbox/faults",
    "POST /sandbox/agents",
    "POST /sandbox/calls",
];

/// Returns the response to an unknown path or method under `/sandbox`.
pub(crate) fn unknown() -> Response {
    let error = format!("unknown control endpoint; expected one of {}", CONTROLS.join(", "));
    json_response(StatusCode::NOT_FOUND, &json!({"status": false, "error": error}))
}

async fn describe(RawQuery(query): RawQuery) -> Response {
    respond_with(naming(query.as_deref()).map(|naming| {
        let operations: Value = ENDPOINTS
            .iter()
            .flat_map(|endpoint| endpoint.operations().map(move |operation| (endpoint, operation)))
            .map(|(endpoint, operation)| {
                let (method, path) = (endpoint.method.as_str(), endpoint.path);
                json!({"operation": naming.apply(operation), "method": method, "path": path})
            })
            .collect();
        json!({"version": env!("CARGO_PKG_VERSION"), "operations": operations, "controls": CONTROLS})
    }))
}

async fn journal(State(shared): Shared, RawQuery(query): RawQuery) -> Response {
    respond_with(naming(query.as_deref()).map(|naming| {
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
        json!({"entries": entries, "discarded": state.journal.discarded()})
    }))
}

async fn clear_journal(State(shared): Shared) -> Response {
    shared.lock().journal.clear();
    success_response()
}

async fn reset(State(shared): Shared) -> Response {
    shared.reset();
    success_response()
}

async fn respond(State(shared): Shared, RawQuery(query): RawQuery, body: Bytes) -> Response {
    let queued = naming(query.as_deref()).and_then(|naming| {
        let response = ScriptedResponse::from_json(&parse(&body)?)?;
        queue(&shared, response, naming)
    });
    respond_with_success(queued)
}

async fn clear_responses(State(shared): Shared) -> Response {
    shared.lock().responses.clear();
    success_response()
}

async fn drop_fields(State(shared): Shared, body: Bytes) -> Response {
    let fields = parse(&body).and_then(|body| {
        let names = body.get("fields").and_then(Value::as_array);
        names
            .and_then(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>())
            .ok_or_else(|| FieldErrors::single("fields", "required: an array of strings"))
    });
    respond_with_success(fields.map(|fields| shared.lock().account.settings.drop_fields = fields))
}

async fn faults(State(shared): Shared, body: Bytes) -> Response {
    let faults = parse(&body).and_then(|body| {
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
        match (rate, seed) {
            (Some(rate), Some(seed)) => Ok(RandomFaults::new(rate, seed)),
            _ => Err(errors),
        }
    });
    respond_with_success(faults.map(|faults| shared.lock().faults = faults))
}

async fn add_agent(State(shared): Shared, body: Bytes) -> Response {
    let added = parse_object(&body).and_then(|overrides| fixtures::add_agent(&mut shared.lock().account, &overrides));
    respond_with(added.map(|agent| json!({"status": true, "data": agent})))
}

async fn add_call(State(shared): Shared, body: Bytes) -> Response {
    let added = parse_object(&body).and_then(|overrides| fixtures::add_call(&mut shared.lock().account, &overrides));
    respond_with(added.map(|call| json!({"status": true, "data": call})))
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

fn naming(query: Option<&str>) -> Result<Naming, FieldErrors> {
    Naming::from_query(query.unwrap_or_default())
}

fn parse(body: &Bytes) -> Result<Value, FieldErrors> {
    serde_json::from_slice(body).map_err(|error| FieldErrors::single("body", format!("must be JSON: {error}")))
}

/// Decodes an object of overrides; an empty body has none.
fn parse_object(body: &Bytes) -> Result<Map<String, Value>, FieldErrors> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match parse(body)? {
        Value::Object(object) => Ok(object),
        _ => Err(FieldErrors::single("body", "must be a JSON object")),
    }
}

fn respond_with(result: Result<Value, FieldErrors>) -> Response {
    match result {
        Ok(body) => json_response(StatusCode::OK, &body),
        Err(errors) => {
            let error = ErrorResponse::from(errors);
            json_response(error.status(), &error.body())
        }
    }
}

fn respond_with_success(result: Result<(), FieldErrors>) -> Response {
    respond_with(result.map(|()| json!({"status": true})))
}
