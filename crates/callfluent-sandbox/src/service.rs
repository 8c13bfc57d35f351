//! The way of a request through the sandbox: read, key, script or fault, endpoint, answer, journal.
//! Every request under `/api` takes it, known or not, so that the journal misses nothing.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequestParts, RawPathParams, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, DATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use serde_json::{Value, json};

use crate::breaking::broken;
use crate::control;
use crate::endpoint::{ENDPOINTS, Endpoint};
use crate::incoming::{Expects, Incoming, read};
use crate::journal::{JournalEntry, keep_headers};
use crate::refusal::Refusal;
use crate::scripted::{Disconnect, ScriptedResponse};
use crate::shared::{Arrival, Shared};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the router found.
#[derive(Debug, Clone, Copy)]
enum Target {
    Endpoint(&'static Endpoint),
    OtherMethod,
    Nothing,
}

/// Every path that the sandbox answers.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let mut router = control::router();
    for endpoint in ENDPOINTS {
        let filter = MethodFilter::try_from(endpoint.method.clone()).unwrap_or(MethodFilter::GET);
        let handler = move |State(shared): State<Arc<Shared>>, request: Request| async move {
            answer(&shared, Target::Endpoint(endpoint), request).await
        };
        router = router.route(endpoint.path, on(filter, handler));
    }
    router
        .fallback(|State(shared): State<Arc<Shared>>, request: Request| async move {
            elsewhere(&shared, Target::Nothing, request).await
        })
        .method_not_allowed_fallback(|State(shared): State<Arc<Shared>>, request: Request| async move {
            elsewhere(&shared, Target::OtherMethod, request).await
        })
        .layer(DefaultBodyLimit::disable())
        .with_state(shared)
}

/// What is in no table. A slip under `/sandbox` is the test's own and does not belong into the journal.
async fn elsewhere(shared: &Shared, target: Target, request: Request) -> Response {
    if request.uri().path().starts_with("/sandbox") {
        return control::unknown();
    }
    answer(shared, target, request).await
}

async fn answer(shared: &Shared, target: Target, request: Request) -> Response {
    let arrival = shared.arrive();
    let (mut parts, body) = request.into_parts();
    let parameters = RawPathParams::from_request_parts(&mut parts, &()).await;
    let head = Head {
        target,
        arrival,
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        headers: parts.headers.clone(),
    };
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let expects = match target {
        Target::Endpoint(endpoint) => endpoint.expects,
        Target::OtherMethod | Target::Nothing => Expects::Anything,
    };
    let mut body = read(Request::from_parts(parts, body), expects).await;
    let parameters = match (target, parameters) {
        (Target::Endpoint(_), Ok(found)) => {
            found.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        }
        (Target::Endpoint(_), Err(_)) => {
            body.problems.add("path", "must be UTF-8 after percent-decoding");
            Vec::new()
        }
        _ => Vec::new(),
    };
    let (response, script) = carry_out(shared, head, Incoming { parameters, query, body });
    let Some(script) = script else {
        return response;
    };
    if !script.wait().is_zero() {
        tokio::time::sleep(script.wait()).await;
    }
    match script.disconnect() {
        Some(breaks) => broken(response, breaks).await,
        None => response,
    }
}

/// What is known of a request before its body is read.
#[derive(Debug)]
struct Head {
    target: Target,
    arrival: Arrival,
    method: Method,
    path: String,
    headers: HeaderMap,
}

/// Everything that happens to a request once it is read, as one step: the lock is held from the script to the journal.
fn carry_out(shared: &Shared, head: Head, incoming: Incoming) -> (Response, Option<ScriptedResponse>) {
    let operation = match head.target {
        Target::Endpoint(endpoint) => Some(endpoint.label(incoming.json())),
        Target::OtherMethod | Target::Nothing => None,
    };
    let mut inside = shared.lock();
    let mut script = None;
    let mut processed = false;
    let outcome = check_key(&head.headers, &shared.settings().api_key).and_then(|()| {
        script = inside.script.take(operation, &head.path).or_else(|| inside.faults.strike());
        if script.as_ref().is_some_and(|script| !script.acts()) {
            return Ok(Value::Null);
        }
        inside.world.moment = head.arrival.moment;
        let done = match head.target {
            Target::Endpoint(endpoint) => (endpoint.handle)(&mut inside.world, &incoming)?,
            Target::OtherMethod => {
                return Err(Refusal::Method(format!("{} is not documented for {}.", head.method, head.path)));
            }
            Target::Nothing => return Err(Refusal::NotFound(nothing_there(&head.path))),
        };
        processed = true;
        Ok(done)
    });
    let breaks = script.as_ref().and_then(ScriptedResponse::disconnect);
    let response = compose(outcome, script.as_ref(), &head.arrival);
    inside.journal.add(JournalEntry {
        request_id: head.arrival.request_id,
        operation: operation.map(str::to_owned),
        method: head.method.to_string(),
        path: head.path,
        query: incoming.query,
        headers: keep_headers(&head.headers),
        body: incoming.body.json,
        body_text: incoming.body.text,
        files: incoming.body.parts,
        status: if breaks == Some(Disconnect::BeforeResponse) { 0 } else { response.status().as_u16() },
        processed,
        scripted: script.is_some(),
    });
    (response, script)
}

fn nothing_there(path: &str) -> String {
    if path.starts_with("/api/") {
        format!("{path} is not an endpoint of this API.")
    } else {
        format!("{path} is not an endpoint: the base URL ends with /api.")
    }
}

/// The documented header is `Authorization: Bearer {api_key}`.
fn check_key(headers: &HeaderMap, api_key: &str) -> Result<(), Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Refusal::Key("Unauthenticated: send one header Authorization: Bearer {api_key}."));
    };
    match value.to_str().ok().and_then(|text| text.split_once(' ')) {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") && key == api_key => Ok(()),
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("bearer") => {
            Err(Refusal::Key("Unauthenticated: the API key is not valid."))
        }
        _ => Err(Refusal::Key("Unauthenticated: the Authorization header must be Bearer {api_key}.")),
    }
}

fn compose(outcome: Result<Value, Refusal>, script: Option<&ScriptedResponse>, arrival: &Arrival) -> Response {
    let replacement = script.filter(|script| script.replaces());
    // Without a key that fits, no script was taken: a refusal for the key is never replaced.
    let (status, content_type, content) = match (replacement, outcome) {
        (Some(script), _) => {
            let (content_type, content) = script.content();
            (script.status_code(), content_type, content)
        }
        (None, Ok(body)) => (StatusCode::OK, "application/json", body.to_string().into_bytes()),
        (None, Err(refusal)) => (refusal.status(), "application/json", refusal.body().to_string().into_bytes()),
    };
    let mut response = Response::new(Body::from(content));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // Set here, or else the HTTP library would put the wall clock in.
    if let Ok(date) = HeaderValue::try_from(http_date(arrival.moment)) {
        headers.insert(DATE, date);
    }
    if let Ok(request_id) = HeaderValue::try_from(&arrival.request_id) {
        headers.insert(REQUEST_ID, request_id);
    }
    for (name, value) in script.into_iter().flat_map(ScriptedResponse::header_values) {
        headers.insert(name, value);
    }
    response
}

fn http_date(moment: u64) -> String {
    /// The last second that HTTP can write, in the year 9999.
    const LAST: u64 = 253_402_300_799;
    let date =
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(moment.min(LAST))).unwrap_or(SystemTime::UNIX_EPOCH);
    httpdate::fmt_http_date(date)
}

/// An answer of a control endpoint, which has neither request id nor clock.
pub(crate) fn plain_answer(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The answer of a control endpoint that did what it was asked.
pub(crate) fn plain_success() -> Response {
    plain_answer(StatusCode::OK, &json!({"status": true}))
}
