//! Encodes errors of the core as JSON. The package creates the error class of that name.

use std::io;

use callfluent::bindings::schema::Naming;
use callfluent::bindings::{PublicJson, error_result};
use callfluent::{Error, FieldError, FieldErrors};
use serde_json::{Value, json};

/// Encodes an error.
pub(crate) fn to_json(error: &Error) -> String {
    describe(error).to_string()
}

/// Returns the error for arguments or options that are not the expected JSON, such as arguments
/// that are nested too deeply.
pub(crate) fn invalid_json(operation: &str, error: &serde_json::Error) -> String {
    let message = format!("{operation}: invalid arguments (not sent): {error}");
    json!({ "name": "InvalidRequestError", "message": message }).to_string()
}

/// Returns the error for a defect of the client.
pub(crate) fn internal(message: &str) -> String {
    json!({ "name": "CallFluentError", "message": message }).to_string()
}

/// Converts an error for a function that throws.
pub(crate) fn to_napi(error: &Error) -> napi::Error {
    napi::Error::from_reason(to_json(error))
}

fn describe(error: &Error) -> Value {
    let (name, message) = (error.name(), error.to_line());
    if let Error::InvalidRequest(errors) = error {
        let errors = errors.named(Naming::Camel);
        return json!({ "name": name, "message": errors.to_string(), "fieldErrors": fields(&errors) });
    }
    let Some(context) = error.context() else {
        return json!({ "name": name, "message": message, "causes": error.causes().into_iter().collect::<Vec<_>>() });
    };
    let causes: Vec<_> = error.causes().into_iter().collect();
    json!({
        "code": code(error, &message, &causes),
        "name": name,
        "message": message,
        "status": context.status,
        "body": context.body,
        "headers": context.status.map(|_| &context.headers),
        "requestId": context.request_id,
        "clientRequestId": context.client_request_id,
        "method": context.method,
        "url": context.url,
        "attempts": context.attempts,
        "retryAfter": context.retry_after.map(|delay| delay.as_secs_f64() * 1_000.0),
        "outcomeUnknown": context.outcome_unknown,
        "fieldErrors": context.field_errors,
        "causes": causes,
        "result": error_result(error, Naming::Camel).map(PublicJson::into_value),
    })
}

/// Encodes invalid arguments. The package adds the offset of a time zone, because JavaScript knows
/// the zones.
fn fields(errors: &FieldErrors) -> Vec<Value> {
    let encode = |error: &FieldError| {
        let (field, reason) = (&error.field, &error.reason);
        match error.time_zone() {
            Some(zone) => json!({ "field": field, "reason": reason, "timeZone": zone }),
            None => json!({ "field": field, "reason": reason }),
        }
    };
    errors.iter().map(encode).collect()
}

/// Returns the code that Node's own modules give to such an error.
fn code(error: &Error, message: &str, causes: &[String]) -> Option<&'static str> {
    match error {
        Error::Timeout(_) => Some("ETIMEDOUT"),
        Error::Connection(_) => {
            let mut texts = std::iter::once(message).chain(causes.iter().map(String::as_str));
            texts.find_map(code_in)
        }
        _ => None,
    }
}

fn code_in(text: &str) -> Option<&'static str> {
    if let Some((_, rest)) = text.split_once("(os error ") {
        let number = rest.split(')').next()?.parse().ok()?;
        return Some(match io::Error::from_raw_os_error(number).kind() {
            io::ErrorKind::ConnectionRefused => "ECONNREFUSED",
            io::ErrorKind::ConnectionReset => "ECONNRESET",
            io::ErrorKind::ConnectionAborted => "ECONNABORTED",
            io::ErrorKind::HostUnreachable => "EHOSTUNREACH",
            io::ErrorKind::NetworkUnreachable => "ENETUNREACH",
            io::ErrorKind::AddrNotAvailable => "EADDRNOTAVAIL",
            io::ErrorKind::PermissionDenied => "EACCES",
            io::ErrorKind::BrokenPipe => "EPIPE",
            io::ErrorKind::TimedOut => "ETIMEDOUT",
            _ => return None,
        });
    }
    let names =
        [("resolve", "ENOTFOUND"), ("lookup", "ENOTFOUND"), ("refused", "ECONNREFUSED"), ("reset", "ECONNRESET")];
    let closed = [("lost", "ECONNRESET"), ("broke", "ECONNRESET"), ("closed", "ECONNRESET")];
    names.into_iter().chain(closed).find_map(|(word, code)| text.contains(word).then_some(code))
}
