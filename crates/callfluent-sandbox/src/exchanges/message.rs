//! The request and the response of an exchange while it is recorded or replayed.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use bytes::Bytes;
use serde_json::json;

use crate::requests::ReceivedBody;

/// A request with everything that identifies its exchange.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExchangeRequest<'a> {
    pub(crate) method: &'a Method,
    /// With the leading `/api`.
    pub(crate) path: &'a str,
    /// True if the path is that of an endpoint of the API.
    pub(crate) is_documented: bool,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a ReceivedBody,
}

/// A response of a real server.
#[derive(Debug)]
pub(crate) struct ExchangeResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Reason for a missing response of the server.
    pub(crate) error: Option<String>,
}

/// An error of the sandbox in place of a response.
pub(super) fn failure(status: StatusCode, error: String) -> ExchangeResponse {
    let body = json!({"status": false, "error": error}).to_string();
    let content_type = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    ExchangeResponse { status, headers: content_type.into_iter().collect(), body: body.into(), error: Some(error) }
}
