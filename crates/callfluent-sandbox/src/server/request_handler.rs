//! Handles a request under `/api`: read, authenticate, apply a scripted response or a random fault,
//! run the endpoint's handler, write the journal entry. If exchanges are recorded or replayed, they
//! take the place of authentication and handler.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, RawPathParams, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value;

use super::response::{api_response, exchange_response, json_response};
use crate::errors::ErrorResponse;
use crate::exchanges::{ExchangeRequest, Exchanges};
use crate::requests::{BodyKind, JournalEntry, ReceivedRequest, arguments_of, read_body, redacted_headers};
use crate::routes::{Endpoint, RESET_PASSWORD};
use crate::scripted_responses::{Disconnect, ScriptedResponse, disconnect};
use crate::state::{Arrival, SharedState, State};

/// The result of routing a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    Endpoint(&'static Endpoint),
    UnknownMethod,
    UnknownPath,
}

impl Target {
    fn operation(self, request: &ReceivedRequest) -> Option<&'static str> {
        match self {
            Self::Endpoint(endpoint) => Some(endpoint.operation_of(request.json())),
            Self::UnknownMethod | Self::UnknownPath => None,
        }
    }
}

/// The parts of a request that are known before its body is read.
#[derive(Debug)]
struct RequestHead {
    target: Target,
    arrival: Arrival,
    method: Method,
    path: String,
    headers: HeaderMap,
}

/// Handles a request and returns its response.
pub(crate) async fn handle(shared: &SharedState, target: Target, request: Request) -> Response {
    let arrival = shared.arrive();
    let (mut parts, body) = request.into_parts();
    let path_parameters = RawPathParams::from_request_parts(&mut parts, &()).await;
    let head = RequestHead {
        target,
        arrival,
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        headers: parts.headers.clone(),
    };
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let expected = match target {
        Target::Endpoint(endpoint) => endpoint.body,
        Target::UnknownMethod | Target::UnknownPath => BodyKind::Any,
    };
    let (body, bytes) = match shared.exchanges() {
        // A body whose bytes could not be read is reported by `read_body`.
        Some(exchanges) if exchanges.forwards() => match to_bytes(body, usize::MAX).await {
            Ok(bytes) => (Body::from(bytes.clone()), bytes),
            Err(_) => (Body::from_stream(futures_util::stream::iter([Err::<Bytes, _>("lost")])), Bytes::new()),
        },
        _ => (body, Bytes::new()),
    };
    let mut body = read_body(Request::from_parts(parts, body), expected).await;
    let path_parameters = match (target, path_parameters) {
        (Target::Endpoint(_), Ok(found)) => {
            found.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        }
        (Target::Endpoint(_), Err(_)) => {
            body.errors.add("path", "must be UTF-8 after percent-decoding");
            Vec::new()
        }
        _ => Vec::new(),
    };
    let request = ReceivedRequest { path_parameters, query, body };
    let (response, scripted) = match shared.exchanges() {
        Some(exchanges) => exchange(shared, exchanges, head, request, bytes).await,
        None => process(shared, head, request),
    };
    let Some(scripted) = scripted else {
        return response;
    };
    if !scripted.response_delay().is_zero() {
        tokio::time::sleep(scripted.response_delay()).await;
    }
    match scripted.disconnect() {
        Some(point) => disconnect(response, point).await,
        None => response,
    }
}

/// Processes a request after its body is read. The lock is held from the lookup of a scripted
/// response to the journal entry, so that concurrent requests do not interleave.
fn process(shared: &SharedState, head: RequestHead, request: ReceivedRequest) -> (Response, Option<ScriptedResponse>) {
    let operation = head.target.operation(&request);
    let mut state = shared.lock();
    let mut scripted = None;
    let mut processed = false;
    let is_revoked = state.key_is_revoked;
    let needs_key = match head.target {
        Target::Endpoint(endpoint) => endpoint.needs_key(),
        Target::UnknownMethod | Target::UnknownPath => true,
    };
    let authenticated =
        if needs_key { authenticate(&head.headers, &shared.settings().api_key, is_revoked) } else { Ok(()) };
    let outcome = authenticated.and_then(|()| {
        scripted = state.responses.take(operation, &head.path, head.arrival.time).or_else(|| state.faults.next_fault());
        if scripted.as_ref().is_some_and(|scripted| !scripted.processes()) {
            return Ok(Value::Null.into());
        }
        state.account.now = head.arrival.time;
        let body = match head.target {
            Target::Endpoint(endpoint) => {
                let body = (endpoint.handler)(&mut state.account, &request)?;
                state.keep_moved(head.arrival.time);
                body
            }
            Target::UnknownMethod => {
                let message = format!("{} is not documented for {}.", head.method, head.path);
                return Err(ErrorResponse::MethodNotAllowed(message));
            }
            Target::UnknownPath => return Err(ErrorResponse::NotFound(unknown_path(&head.path))),
        };
        processed = true;
        Ok(body)
    });
    shared.send_webhooks(&mut state);
    let error = outcome.as_ref().err().map(ErrorResponse::message);
    let response = api_response(outcome, scripted.as_ref(), &head.arrival);
    let result = Processing { status: response.status().as_u16(), error, processed };
    write_journal(&mut state, head, operation, request, scripted.as_ref(), result);
    drop(state);
    match shared.storage_error() {
        Some(error) => (json_response(error.status(), &error.body()), None),
        None => (response, scripted),
    }
}

/// Processes a request like [`process`] with a recorded or forwarded response.
async fn exchange(
    shared: &SharedState,
    exchanges: &Exchanges,
    head: RequestHead,
    request: ReceivedRequest,
    bytes: Bytes,
) -> (Response, Option<ScriptedResponse>) {
    let operation = head.target.operation(&request);
    let scripted = {
        let mut state = shared.lock();
        state.responses.take(operation, &head.path, head.arrival.time).or_else(|| state.faults.next_fault())
    };
    let mut error = None;
    let processed = scripted.as_ref().is_none_or(ScriptedResponse::processes);
    let response = if processed {
        let (method, path, headers) = (&head.method, head.path.as_str(), &head.headers);
        let is_documented = matches!(head.target, Target::Endpoint(_));
        let sent = ExchangeRequest { method, path, is_documented, query: &request.query, headers, body: &request.body };
        let received = exchanges.respond(sent, bytes).await;
        error.clone_from(&received.error);
        exchange_response(received, scripted.as_ref(), &head.arrival)
    } else {
        api_response(Ok(Value::Null.into()), scripted.as_ref(), &head.arrival)
    };
    let processed = processed && error.is_none();
    let result = Processing { status: response.status().as_u16(), error, processed };
    write_journal(&mut shared.lock(), head, operation, request, scripted.as_ref(), result);
    (response, scripted)
}

/// The part of a journal entry that is known after processing.
struct Processing {
    status: u16,
    error: Option<String>,
    processed: bool,
}

fn write_journal(
    state: &mut State,
    head: RequestHead,
    operation: Option<&'static str>,
    mut request: ReceivedRequest,
    scripted: Option<&ScriptedResponse>,
    result: Processing,
) {
    let sends_nothing = scripted.and_then(ScriptedResponse::disconnect).is_some_and(Disconnect::sends_nothing);
    if operation == Some(RESET_PASSWORD) {
        request.mask_body();
    }
    state.journal.add(JournalEntry {
        request_id: head.arrival.request_id,
        operation: operation.map(str::to_owned),
        arguments: operation.map(|operation| arguments_of(operation, &request)).unwrap_or_default(),
        method: head.method.to_string(),
        path: head.path,
        query: request.query,
        headers: redacted_headers(&head.headers),
        body: request.body.json,
        body_text: request.body.text,
        files: request.body.parts,
        status: if sends_nothing { 0 } else { result.status },
        error: result.error,
        processed: result.processed,
        scripted: scripted.is_some(),
    });
}

fn unknown_path(path: &str) -> String {
    if path.starts_with("/api/") {
        format!("{path} is not an endpoint of this API.")
    } else {
        format!("{path} is not an endpoint: the base URL ends with /api.")
    }
}

/// Checks the documented header `Authorization: Bearer {api_key}`.
fn authenticate(headers: &HeaderMap, api_key: &str, is_revoked: bool) -> Result<(), ErrorResponse> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(ErrorResponse::Unauthorized("Unauthenticated: send one header Authorization: Bearer {api_key}."));
    };
    match value.to_str().ok().and_then(|value| value.split_once(' ')) {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") && key == api_key && is_revoked => {
            Err(ErrorResponse::Unauthorized("Unauthenticated: the API key was revoked."))
        }
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") && key == api_key => Ok(()),
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("bearer") => {
            Err(ErrorResponse::Unauthorized("Unauthenticated: the API key is not valid."))
        }
        _ => Err(ErrorResponse::Unauthorized("Unauthenticated: the Authorization header must be Bearer {api_key}.")),
    }
}
