//! Writes an error of the core as JSON text; the package turns it into the class of that name.

use callfluent::Error;
use callfluent::bindings::schema::Naming;
use serde_json::{Value, json};

/// An error as JSON text.
pub(crate) fn to_json(error: &Error) -> String {
    describe(error).to_string()
}

/// An error for arguments or options that are no JSON as it is read here, such as what is nested without end.
pub(crate) fn invalid_json(operation: &str, why: &serde_json::Error) -> String {
    json!({ "name": "InvalidRequestError", "message": format!("{operation}: invalid arguments (not sent): {why}") })
        .to_string()
}

/// An error for a call that the client failed at.
pub(crate) fn internal(sentence: &str) -> String {
    json!({ "name": "CallFluentError", "message": sentence }).to_string()
}

/// An error as what is thrown where no call is under way.
pub(crate) fn to_napi(error: &Error) -> napi::Error {
    napi::Error::from_reason(to_json(error))
}

fn describe(error: &Error) -> Value {
    if let Error::InvalidRequest(problems) = error {
        let problems = problems.named(Naming::Camel);
        return json!({
            "name": error.name(),
            "message": problems.to_string(),
            "problems": problems.as_slice(),
        });
    }
    let Some(context) = error.context() else {
        return json!({ "name": error.name(), "message": error.to_string() });
    };
    json!({
        "name": error.name(),
        "message": error.to_string(),
        "status": context.status,
        "body": context.body,
        "requestId": context.request_id,
        "method": context.method,
        "url": context.url,
        "attempts": context.attempts,
        "retryAfter": context.retry_after.map(|wait| wait.as_secs_f64()),
        "outcomeUnknown": context.outcome_unknown,
        "problems": context.field_errors,
        "causes": context.source.as_deref().map(|source| causes(source)),
    })
}

/// What each layer underneath said, outermost first.
fn causes(source: &(dyn std::error::Error + 'static)) -> Vec<String> {
    let mut said = vec![source.to_string()];
    let mut deeper = source.source();
    while let Some(layer) = deeper {
        said.push(layer.to_string());
        deeper = layer.source();
    }
    said
}
