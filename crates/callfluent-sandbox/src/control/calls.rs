//! Control requests that move calls: the clock, scripts, inbound calls, the end of a call,
//! webhooks.

use serde_json::{Value, json};

use super::body::{Fields, parse_object, success};
use crate::clock::timestamp;
use crate::errors::FieldErrors;
use crate::fixtures::{prepare_finish, receive_call, script_call, start_call};
use crate::names::Naming;
use crate::state::SharedState;
use crate::validation::decode_id;
use crate::webhooks::WebhookDelivery;

/// Returns true if the response of a control request waits for webhooks.
pub(crate) fn waits_for_webhooks(method: &str, path: &str) -> bool {
    matches!((method, path), ("POST", "/sandbox/clock" | "/sandbox/finish") | ("GET", "/sandbox/webhooks"))
}

/// Ends a call and returns it. Moves the clock to the end of the call, so other calls progress,
/// too.
pub(crate) fn finish(
    shared: &SharedState,
    fields: &serde_json::Map<String, Value>,
    naming: Naming,
) -> Result<Value, FieldErrors> {
    let mut state = shared.lock();
    let (id, seconds) = prepare_finish(&mut state.account, fields, naming)?;
    shared.advance(&mut state, seconds);
    let fields = state.account.settings.response_fields;
    Ok(state.account.calls.get(id).map(|call| call.to_json(fields)).unwrap_or_default())
}

pub(super) fn clock(shared: &SharedState, _: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    Ok(clock_body(shared.read().now()))
}

pub(super) fn advance(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let mut fields = Fields::parse(body, &["advance"], naming)?;
    let seconds = fields.required("advance", "an integer of at least 0, in seconds", decode_id);
    let seconds = fields.finish(seconds)?;
    let mut state = shared.lock();
    shared.advance(&mut state, seconds);
    Ok(clock_body(state.now()))
}

fn clock_body(now: u64) -> Value {
    json!({"status": true, "now": now, "time": timestamp(now)})
}

pub(super) fn add_script(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    script_call(&mut shared.lock().account, &parse_object(body)?, naming)?;
    Ok(success())
}

pub(super) fn clear_scripts(shared: &SharedState, _: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    shared.lock().account.call_scripts.clear();
    Ok(success())
}

pub(super) fn start(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let mut state = shared.lock();
    state.account.now = state.now();
    let call = start_call(&mut state.account, &parse_object(body)?, naming)?;
    Ok(json!({"status": true, "data": call}))
}

pub(super) fn receive(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let mut state = shared.lock();
    state.account.now = state.now();
    let call = receive_call(&mut state.account, &parse_object(body)?, naming)?;
    Ok(json!({"status": true, "data": call}))
}

pub(super) fn finish_call(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    Ok(json!({"status": true, "data": finish(shared, &parse_object(body)?, naming)?}))
}

pub(super) fn webhooks(shared: &SharedState, _: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    let deliveries: Value = shared.read().deliveries.entries().map(WebhookDelivery::to_json).collect();
    Ok(json!({"status": true, "data": deliveries}))
}
