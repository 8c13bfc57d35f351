//! The endpoints under `/sandbox`, for tests in any language: look at the journal, start over, queue answers.
//! They need no key, move no clock and leave no trace in the journal.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::check::Problems;
use crate::endpoint::ENDPOINTS;
use crate::random_faults::Faults;
use crate::refusal::Refusal;
use crate::scripted::ScriptedResponse;
use crate::service::{plain_answer, plain_success};
use crate::shared::Shared;

type Sandbox = State<Arc<Shared>>;

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/sandbox", get(describe))
        .route("/sandbox/journal", get(journal).delete(clear_journal))
        .route("/sandbox/reset", post(reset))
        .route("/sandbox/respond", post(respond).delete(clear_responses))
        .route("/sandbox/drop-fields", post(drop_fields))
        .route("/sandbox/faults", post(faults))
}

const CONTROLS: &[&str] = &[
    "GET /sandbox/journal",
    "DELETE /sandbox/journal",
    "POST /sandbox/reset",
    "POST /sandbox/respond",
    "DELETE /sandbox/respond",
    "POST /sandbox/drop-fields",
    "POST /sandbox/faults",
];

/// The answer to a path or method under `/sandbox` that does not exist.
pub(crate) fn unknown() -> Response {
    let error = format!("There is no such control endpoint; there are {}.", CONTROLS.join(", "));
    plain_answer(StatusCode::NOT_FOUND, &json!({"status": false, "error": error}))
}

async fn describe() -> Response {
    let operations: Value = ENDPOINTS
        .iter()
        .map(|endpoint| json!({"operation": endpoint.operation, "method": endpoint.method.as_str(), "path": endpoint.path}))
        .collect();
    plain_answer(
        StatusCode::OK,
        &json!({"version": env!("CARGO_PKG_VERSION"), "operations": operations, "controls": CONTROLS}),
    )
}

async fn journal(State(shared): Sandbox) -> Response {
    let body = shared.lock().journal.to_json();
    plain_answer(StatusCode::OK, &body)
}

async fn clear_journal(State(shared): Sandbox) -> Response {
    shared.lock().journal.clear();
    plain_success()
}

async fn reset(State(shared): Sandbox) -> Response {
    shared.reset();
    plain_success()
}

async fn respond(State(shared): Sandbox, body: Bytes) -> Response {
    let queued =
        parse(&body).and_then(|body| ScriptedResponse::from_json(&body)).and_then(|answer| queue(&shared, answer));
    finish(queued)
}

async fn clear_responses(State(shared): Sandbox) -> Response {
    shared.lock().script.clear();
    plain_success()
}

async fn drop_fields(State(shared): Sandbox, body: Bytes) -> Response {
    let fields = parse(&body).and_then(|body| {
        let names = body.get("fields").and_then(Value::as_array);
        names
            .and_then(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>())
            .ok_or_else(|| {
                let mut problems = Problems::default();
                problems.add("fields", "required: a list of text");
                problems
            })
    });
    finish(fields.map(|fields| shared.lock().world.settings.drop_fields = fields))
}

/// Turns random faults on or off: their share of all requests, and a seed that repeats them.
async fn faults(State(shared): Sandbox, body: Bytes) -> Response {
    let read = parse(&body).and_then(|body| {
        let mut problems = Problems::default();
        let rate = body.get("rate").and_then(Value::as_f64).filter(|rate| (0.0..=1.0).contains(rate));
        if rate.is_none() {
            problems.add("rate", "required: a number from 0 to 1");
        }
        let seed = match body.get("seed") {
            None => Some(0),
            Some(seed) => seed.as_u64(),
        };
        if seed.is_none() {
            problems.add("seed", "must be an integer of at least 0");
        }
        match (rate, seed) {
            (Some(rate), Some(seed)) => Ok(Faults::new(rate, seed)),
            _ => Err(problems),
        }
    });
    finish(read.map(|faults| shared.lock().faults = faults))
}

/// Queues a scripted answer, if it is one that can be sent.
pub(crate) fn queue(shared: &Shared, answer: ScriptedResponse) -> Result<(), Problems> {
    answer.check()?;
    shared.lock().script.queue(answer);
    Ok(())
}

fn parse(body: &Bytes) -> Result<Value, Problems> {
    serde_json::from_slice(body).map_err(|error| {
        let mut problems = Problems::default();
        problems.add("body", format!("must be JSON: {error}"));
        problems
    })
}

fn finish(result: Result<(), Problems>) -> Response {
    match result {
        Ok(()) => plain_success(),
        Err(problems) => {
            let refusal = Refusal::Problems(problems);
            plain_answer(refusal.status(), &refusal.body())
        }
    }
}
