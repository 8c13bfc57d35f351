//! Runs one scenario by operation name and reports its outcome.

use std::time::Duration;

use callfluent::bindings::schema::Naming;
use callfluent::bindings::{PublicJson, invoke};
use callfluent::{Attachment, CallFluent, Error, Result};
use serde_json::{Map, Value, json};

use super::log;
use super::stopwatch::Stopwatch;

/// A text of a scenario with addresses in place of the names in braces; other values stay as they
/// are.
pub fn filled_in(value: &Value, addresses: &Value) -> Value {
    let Some(text) = value.as_str() else {
        return value.clone();
    };
    let addresses = addresses.as_object().unwrap().iter();
    addresses
        .fold(text.to_owned(), |text, (name, address)| text.replace(&format!("{{{name}}}"), address.as_str().unwrap()))
        .into()
}

/// Outcome of a scenario: `value` or `error`, and its duration.
pub async fn outcome(scenario: &Value, addresses: &Value) -> Value {
    log::watch();
    let result = async {
        let client = client(scenario, addresses)?;
        if let Some(before) = scenario.get("before") {
            call(&client, before).await?;
            let pause = before["pause_ms"].as_u64().unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        let started = Stopwatch::new();
        Ok((call(&client, scenario).await, started))
    };
    let begun = Stopwatch::new();
    let (result, started) = result.await.unwrap_or_else(|error| (Err(error), begun));
    let (elapsed, unloaded) = started.seconds();
    let (kind, found) = match result {
        Ok(value) => ("value", value),
        Err(error) => ("error", described(&error)),
    };
    json!({ kind: found, "elapsed": elapsed, "unloaded": unloaded, "leaks": log::leaks() })
}

fn described(error: &Error) -> Value {
    json!({
        "name": error.name(),
        "message": error.to_line(),
        "shown": shown(error),
        "status": error.status(),
        "outcome_unknown": error.outcome_unknown(),
        "retry_after": error.retry_after().map(|wait| wait.as_secs_f64()),
        "field_errors": error.field_errors().iter().map(|error| error.field.clone()).collect::<Vec<_>>(),
        "attempts": error.context().map(|context| context.attempts),
    })
}

/// Everything that can be printed of an error and its causes.
fn shown(error: &Error) -> String {
    let mut shown = format!("{error} {error:#} {error:?} {error:#?} {:?} {:#?}", error.context(), error.field_errors());
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        shown.push_str(&format!(" {inner} {inner:#} {inner:?} {inner:#?}"));
        cause = inner.source();
    }
    shown
}

fn client(scenario: &Value, addresses: &Value) -> Result<CallFluent> {
    let mut builder = CallFluent::builder()
        .api_key(addresses["key"].as_str().unwrap())
        .base_url(addresses["base_url"].as_str().unwrap());
    for (name, value) in scenario.get("client").and_then(Value::as_object).into_iter().flatten() {
        let value = filled_in(value, addresses);
        let text = || value.as_str().unwrap();
        builder = match name.as_str() {
            "api_key" => builder.api_key(text()),
            "base_url" => builder.base_url(text()),
            "timeout" => builder.timeout(Duration::from_secs_f64(value.as_f64().unwrap())),
            "connect_timeout" => builder.connect_timeout(Duration::from_secs_f64(value.as_f64().unwrap())),
            "queue_timeout" => builder.queue_timeout(Duration::from_secs_f64(value.as_f64().unwrap())),
            "requests_per_second" => builder.requests_per_second(value.as_f64().unwrap()),
            "burst" => builder.burst(value.as_u64().unwrap().try_into().unwrap()),
            "max_retries" => builder.max_retries(value.as_u64().unwrap().try_into().unwrap()),
            "proxy" => builder.proxy(text()),
            "ca_bundle" => builder.ca_bundle(text()),
            "offline" => builder.offline(value.as_bool().unwrap()),
            "allow_http" => builder.allow_http(value.as_bool().unwrap()),
            "default_headers" => value
                .as_object()
                .unwrap()
                .iter()
                .fold(builder, |builder, (name, value)| builder.default_header(name, value.as_str().unwrap())),
            other => panic!("the driver does not know the option {other}"),
        };
    }
    builder.build()
}

async fn call(client: &CallFluent, what: &Value) -> Result<Value> {
    let arguments: Map<String, Value> = what["arguments"].as_object().unwrap().clone();
    let files = what.get("attachments").and_then(Value::as_array).into_iter().flatten().map(|file| {
        let times = file["times"].as_u64().unwrap_or(1);
        let content = file["text"].as_str().unwrap().repeat(times.try_into().unwrap());
        Attachment::bytes(file["name"].as_str().unwrap(), content).content_type(file["content_type"].as_str().unwrap())
    });
    let operation = what["operation"].as_str().unwrap();
    invoke(client, operation, arguments, files.collect(), Naming::Snake).await.map(PublicJson::into_value)
}
