//! A request with the policies that apply to it, and its success response.

use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderMap;
use url::Url;

use super::deadline::Deadline;
use super::http_client::HttpClient;
use super::limits::Limits;
use super::request_recorder::RequestRecorder;
use super::response_head::ResponseHead;
use crate::api_key::ApiKey;
use crate::body::Body;
use crate::header;
use crate::hooks::HookList;
use crate::operation::{Idempotency, Method};
use crate::retry::Budget;

/// A request to send, with the policies that apply to it.
pub(crate) struct Request<'a> {
    /// Public name of the operation.
    pub(crate) operation: &'static str,
    /// Path below the base URL before its parameters are filled in; `None` for requests by path.
    pub(crate) template: Option<&'static str>,
    pub(crate) http: &'a HttpClient,
    pub(crate) key: &'a ApiKey,
    pub(crate) limits: &'a Limits,
    pub(crate) hooks: &'a HookList,
    pub(crate) budget: &'a Budget,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Body,
    pub(crate) idempotency: Idempotency,
    pub(crate) timeout: Option<Duration>,
    /// Maximum wait for the turn of each attempt.
    pub(crate) queue_timeout: Option<Duration>,
    /// Deadline of the enclosing operation. Default: now + `timeout`.
    pub(crate) deadline: Option<Deadline>,
    pub(crate) max_retries: u32,
    /// Records the request in a journal. Set only if the request is not idempotent.
    pub(crate) recorder: Option<&'a RequestRecorder>,
}

/// A response with a success status, plus what an error about it would report.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) head: ResponseHead,
    pub(crate) body: Bytes,
    pub(crate) attempts: u32,
    /// ID that the caller gave the request.
    pub(crate) client_request_id: Option<String>,
    /// The server may have processed an earlier attempt.
    pub(crate) outcome_unknown: bool,
}

impl Request<'_> {
    /// Returns the ID that the caller gave the request.
    pub(super) fn client_request_id(&self) -> Option<String> {
        header::request_id(self.headers, self.key)
    }

    /// Returns whether the body can be sent a second time.
    pub(super) fn is_repeatable(&self) -> bool {
        !matches!(self.body, Body::Files(files) if !files.can_be_sent_again())
    }
}

impl From<Method> for http::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Post => Self::POST,
            Method::Put => Self::PUT,
            Method::Patch => Self::PATCH,
            Method::Delete => Self::DELETE,
        }
    }
}
