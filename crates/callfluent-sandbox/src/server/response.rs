//! Builds HTTP responses of the API and of the control endpoints.

use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, DATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::Value;

use crate::errors::ErrorResponse;
use crate::exchanges::ExchangeResponse;
use crate::ordered_json::Content;
use crate::scripted_responses::ScriptedResponse;
use crate::state::Arrival;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const JSON: &str = "application/json";

/// Builds the response of an API endpoint, or the scripted one that replaces or changes it.
pub(crate) fn api_response(
    outcome: Result<Content, ErrorResponse>,
    scripted: Option<&ScriptedResponse>,
    arrival: &Arrival,
) -> Response {
    let replacement = scripted.filter(|scripted| scripted.replaces());
    // Scripted responses are taken after authentication, so they never replace a 401 response.
    let (status, content_type, content) = match (replacement, outcome) {
        (Some(scripted), _) => {
            let (content_type, content) = scripted.content();
            (scripted.status_code(), content_type, content)
        }
        (None, Ok(body)) => (StatusCode::OK, JSON, body.to_text()),
        (None, Err(error)) => (error.status(), JSON, Content::from(error.body()).to_text()),
    };
    let mut response = Response::new(Body::from(content));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // Without this header, hyper would add the wall clock's date.
    if let Ok(date) = HeaderValue::try_from(http_date(arrival.time)) {
        headers.insert(DATE, date);
    }
    if let Ok(request_id) = HeaderValue::try_from(&arrival.request_id) {
        headers.insert(REQUEST_ID, request_id);
    }
    for (name, value) in scripted.into_iter().flat_map(ScriptedResponse::header_values) {
        headers.insert(name, value);
    }
    response
}

/// Builds the response of an exchange, or the scripted one that replaces or changes it.
pub(crate) fn exchange_response(
    received: ExchangeResponse,
    scripted: Option<&ScriptedResponse>,
    arrival: &Arrival,
) -> Response {
    if scripted.is_some_and(ScriptedResponse::replaces) {
        return api_response(Ok(Value::Null.into()), scripted, arrival);
    }
    let mut response = Response::new(Body::from(received.body));
    *response.status_mut() = received.status;
    *response.headers_mut() = received.headers;
    for (name, value) in scripted.into_iter().flat_map(ScriptedResponse::header_values) {
        response.headers_mut().insert(name, value);
    }
    response
}

fn http_date(unix_time: u64) -> String {
    /// The last second that an HTTP date can express, in the year 9999.
    const LAST: u64 = 253_402_300_799;
    let date =
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(unix_time.min(LAST))).unwrap_or(SystemTime::UNIX_EPOCH);
    httpdate::fmt_http_date(date)
}

/// Builds the response of a control endpoint, which has neither a request ID nor a date.
pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    response
}
