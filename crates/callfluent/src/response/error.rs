//! Turns a failed attempt or an unusable response into the public [`Error`]. Everything that a
//! server or a library wrote passes the redaction of the API key here.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};

use super::argument_names::rename_fields;
use super::envelope::{ApiRejection, reason, strip_bom};
use crate::api_key::ApiKey;
use crate::error::{ConnectionFailure, Error, ErrorContext, FieldError};
use crate::json::{Document, Json};
use crate::operation::{Idempotency, Method, Operation};
use crate::schema::Naming;
use crate::shorten::{first_characters, shortened};
use crate::transport::{
    AttemptError, PROXY_CREDENTIALS_HELP, Response, ResponseHead, SendError, SendErrorKind, TimeoutStage, server,
};

/// Consequence of an unknown outcome for an idempotent request.
const SAFE_TO_REPEAT: &str =
    "the server may have processed the request; sending the same request again is safe, because it has no other effect";
/// Maximum size of a response body in an error.
const MAX_ERROR_BODY_SIZE: usize = 64 * 1024;
/// Maximum number of characters of a reason that the server gives.
const MAX_REASON_CHARACTERS: usize = 4_000;
/// Maximum number of errors about single fields.
const MAX_FIELD_ERRORS: usize = 100;
/// Maximum number of characters of a response body in a message.
const MAX_BODY_CHARACTERS: usize = 200;

/// Returns the public error of a request without a success response.
pub(crate) fn from_send_error(error: SendError, key: &ApiKey) -> Error {
    let mut context = ErrorContext {
        method: error.method.as_str().to_owned(),
        url: key.redact(error.url.to_string()),
        attempts: error.attempts,
        client_request_id: error.client_request_id,
        outcome_unknown: error.outcome_unknown,
        ..ErrorContext::default()
    };
    match error.kind {
        SendErrorKind::Status { head, body, retry_after } => {
            describe(&mut context, &head, &body, key);
            context.message = bounded(key.redact(status_message(&head, &body, key)));
            context.retry_after = retry_after;
            context.field_errors = rejected_fields(&body, key);
            Error::from_status(context)
        }
        SendErrorKind::Redirect { head, body, reason } => {
            describe(&mut context, &head, &body, key);
            context.message = key.redact(reason);
            Error::Status(Box::new(context))
        }
        SendErrorKind::Timeout { limit, stage } => {
            let limit = limit.as_secs_f64();
            context.message = match stage {
                TimeoutStage::Limits => {
                    format!("timed out after {limit} s before sending (rate or concurrency limit)")
                }
                TimeoutStage::Hooks => format!(
                    "timed out before sending: the hooks before attempt {} need longer than the timeout of {limit} s; \
                     increase the timeout, or let the hooks (such as a shared rate limit) wait for less time",
                    error.attempts + 1
                ),
                TimeoutStage::Connection => {
                    format!("could not connect to {}: request timed out after {limit} s", server(&error.url))
                }
                TimeoutStage::Response => format!("request timed out after {limit} s"),
            };
            context.connection_failure = match stage {
                TimeoutStage::Limits | TimeoutStage::Hooks => None,
                TimeoutStage::Connection | TimeoutStage::Response => Some(ConnectionFailure::Timeout),
            };
            Error::Timeout(Box::new(context))
        }
        SendErrorKind::NotRecorded(error) => Error::unwritable_journal("request", &error),
        SendErrorKind::Attempt(AttemptError::File(error)) => Error::invalid("request", "files", error.to_string()),
        SendErrorKind::Attempt(AttemptError::Url) => Error::invalid("request", "path", "is too long for a URL"),
        SendErrorKind::Attempt(attempt) => {
            context.message = key.redact(attempt.message(&error.url));
            context.repeated = attempt.repeated().map(|repeated| key.redact(repeated));
            context.connection_failure = attempt.connection_failure();
            if let AttemptError::TooLarge(head) | AttemptError::Undecodable { head, .. } = &attempt {
                describe_head(&mut context, head, key);
                context.source = attempt.into_source().map(|source| without_key(source, key));
                return Error::Response(Box::new(context));
            }
            let is_timeout = attempt.is_timeout();
            context.source = attempt.into_source().map(|source| without_key(source, key));
            let context = Box::new(context);
            if is_timeout { Error::Timeout(context) } else { Error::Connection(context) }
        }
    }
}

/// Returns the source of an error. If a server repeated the key in it, only its redacted text is
/// left.
fn without_key(source: reqwest::Error, key: &ApiKey) -> Box<dyn std::error::Error + Send + Sync> {
    let chain = std::iter::successors(Some(&source as &dyn std::error::Error), |error| error.source());
    let text = chain.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let shown = format!("{text} {source:?}");
    if key.redact(shown.clone()) == shown { Box::new(source) } else { key.redact(text).into() }
}

/// Completes an error of an operation: fields have the names of its arguments, and an unknown
/// outcome has its consequence.
pub(crate) fn with_operation(mut error: Error, operation: &Operation, naming: Naming) -> Error {
    if let Some(context) = error.context_mut() {
        if context.status.is_some() {
            rename_fields(context, operation, naming);
        }
        if context.outcome_unknown {
            let idempotent = operation.idempotency == Idempotency::Idempotent;
            let help = operation.documentation.unknown_outcome_message(naming);
            context.outcome_help = help.or_else(|| idempotent.then(|| SAFE_TO_REPEAT.to_owned()));
        }
    }
    error
}

/// Returns the error of a success response whose envelope rejects the request. Without `"status":
/// false`, the server may have processed it.
pub(crate) fn rejected(response: &Response, rejection: ApiRejection, key: &ApiKey) -> Error {
    let mut context = from_response(response, key);
    context.outcome_unknown |= !rejection.is_explicit && response.method != Method::Get;
    let reason = rejection.reason.unwrap_or_else(|| "server rejected the request without a reason".into());
    context.message = bounded(key.redact(reason));
    context.field_errors = rejected_fields(&response.body, key);
    Error::from_status(context)
}

/// Returns the error of a success response that cannot be decoded. The server may have processed
/// the request, whatever its response contains.
pub(crate) fn undecodable(response: &Response, message: String, key: &ApiKey) -> Error {
    let mut context = from_response(response, key);
    context.message = key.redact(message);
    context.outcome_unknown = response.method != Method::Get;
    Error::Response(Box::new(context))
}

/// Returns the error of a success response without a body.
pub(crate) fn empty(response: &Response, key: &ApiKey) -> Error {
    undecodable(
        response,
        format!("response has an {}", describe_body(&response.body, &response.head.headers, key)),
        key,
    )
}

/// Returns the error of a success response that is not valid JSON.
pub(crate) fn not_json(response: &Response, error: &dyn std::fmt::Display, key: &ApiKey) -> Error {
    let body = describe_body(&response.body, &response.head.headers, key);
    undecodable(response, format!("response is not valid JSON ({error}): {body}"), key)
}

fn from_response(response: &Response, key: &ApiKey) -> ErrorContext {
    let mut context = ErrorContext {
        method: response.method.as_str().to_owned(),
        url: key.redact(response.url.to_string()),
        attempts: response.attempts,
        client_request_id: response.client_request_id.clone(),
        outcome_unknown: response.outcome_unknown,
        ..ErrorContext::default()
    };
    describe(&mut context, &response.head, &response.body, key);
    context
}

fn describe(context: &mut ErrorContext, head: &ResponseHead, body: &Bytes, key: &ApiKey) {
    describe_head(context, head, key);
    context.body = Some(key.redact_beginning(body, MAX_ERROR_BODY_SIZE));
}

fn describe_head(context: &mut ErrorContext, head: &ResponseHead, key: &ApiKey) {
    context.status = Some(head.status.as_u16());
    context.headers = head.public_headers(key);
    context.request_id = head.request_id(key);
}

fn status_message(head: &ResponseHead, body: &Bytes, key: &ApiKey) -> String {
    let message = rejection_message(body).unwrap_or_else(|| {
        let body = describe_body(body, &head.headers, key);
        match head.status.canonical_reason() {
            Some(reason) => format!("server returned {} {reason}: {body}", head.status.as_u16()),
            None => format!("server returned status {}: {body}", head.status.as_u16()),
        }
    });
    match head.status.as_u16() {
        407 => format!("proxy authentication failed; {PROXY_CREDENTIALS_HELP}"),
        401 => format!(
            "{}. Check the API key (CALLFLUENT_API_KEY or the client's argument)",
            message.trim_end_matches('.')
        ),
        _ => message,
    }
}

/// Returns the reason in the body of an error response.
fn rejection_message(body: &[u8]) -> Option<String> {
    let document = Document::parse(strip_bom(body)).ok()?;
    reason(&document.root().entries()?)
}

/// Returns the server's errors about single fields: `"errors": {"name": ["is too long"]}`, or
/// `"errors": [{"field": "name", "reason": "is too long"}]`.
fn rejected_fields(body: &[u8], key: &ApiKey) -> Vec<FieldError> {
    let document = Document::parse(strip_bom(body)).ok();
    let entries = document.as_ref().and_then(|document| document.root().entries());
    let errors = entries.and_then(|entries| entries.get("errors"));
    let mut pairs = Vec::new();
    for entry in errors.and_then(Json::entries).into_iter().flatten() {
        let reasons = entry.raw.elements().map_or_else(|| vec![entry.raw], Iterator::collect);
        pairs.extend(reasons.into_iter().map(|reason| (Some(entry.key()), reason.as_string())));
    }
    for item in errors.and_then(Json::elements).into_iter().flatten() {
        let string = |name| item.entries()?.get(name)?.as_string();
        pairs.push((string("field"), string("reason")));
    }
    let shown = |text: Cow<'_, str>| bounded(key.redact(text.into_owned()));
    let errors = pairs.into_iter().filter_map(|(field, reason)| Some(FieldError::new(shown(field?), shown(reason?))));
    errors.take(MAX_FIELD_ERRORS).collect()
}

/// Cuts a text of the server, after redaction: a part of the key would not be found.
fn bounded(text: String) -> String {
    shortened(text, MAX_REASON_CHARACTERS)
}

/// Returns the content type and the first characters of a response body.
fn describe_body(body: &Bytes, headers: &HeaderMap, key: &ApiKey) -> String {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("no content type");
    if body.is_empty() {
        return format!("empty body ({content_type})");
    }
    if let Some(encoding) = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()) {
        return format!("{content_type}, encoded as {encoding}, which is not supported");
    }
    // UTF-8 needs at most four bytes a character; redaction can shorten the text.
    let text = key.redact_beginning(body, 8 * MAX_BODY_CHARACTERS);
    let shown = first_characters(&text, MAX_BODY_CHARACTERS);
    let more = if shown.len() < text.len() { "..." } else { "" };
    format!("{content_type}: {}{more}", shown.trim())
}
