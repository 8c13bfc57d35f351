//! Control requests that make requests fail: scripted responses, random faults, limits,
//! permissions, the API key.

use serde_json::{Map, Value};

use super::body::{parse, parse_object, success};
use crate::errors::{FieldErrors, did_you_mean};
use crate::names::{Naming, documented_agent_fields, in_given_names};
use crate::routes::operation_names;
use crate::scripted_responses::{RandomFaults, ScriptedResponse};
use crate::state::SharedState;
use crate::validation::{decode_id, with_documented_names};

/// Queues a scripted response after validation. Its operation is in the given naming.
pub(crate) fn queue(shared: &SharedState, response: ScriptedResponse, naming: Naming) -> Result<(), FieldErrors> {
    response.validate()?;
    let operation = response.matched_operation().map(|name| naming.find(name, &operation_names())).transpose()?;
    let response = match operation {
        Some(operation) => response.operation(operation),
        None => response,
    };
    let mut state = shared.lock();
    let now = state.now();
    state.responses.push(response, now);
    Ok(())
}

pub(super) fn respond(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    queue(shared, ScriptedResponse::from_json(&parse(body)?)?, naming)?;
    Ok(success())
}

pub(super) fn clear_responses(shared: &SharedState, _: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    shared.lock().responses.clear();
    Ok(success())
}

pub(super) fn drop_fields(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let body = parse(body)?;
    let names = body.get("fields").and_then(Value::as_array);
    let fields = names
        .and_then(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>())
        .ok_or_else(|| FieldErrors::single("fields", "required: an array of strings"))?;
    let fields = documented_agent_fields("fields", &fields, naming)?;
    shared.lock().account.settings.drop_fields = fields;
    Ok(success())
}

pub(super) fn random_faults(shared: &SharedState, _: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let body = parse(body)?;
    let mut errors = FieldErrors::default();
    let rate = body.get("rate").and_then(Value::as_f64).filter(|rate| (0.0..=1.0).contains(rate));
    if rate.is_none() {
        errors.add("rate", "required: a number from 0 to 1");
    }
    let seed = match body.get("seed") {
        None => Some(0),
        Some(seed) => seed.as_u64(),
    };
    if seed.is_none() {
        errors.add("seed", "must be an integer of at least 0");
    }
    errors.into_result()?;
    if let (Some(rate), Some(seed)) = (rate, seed) {
        shared.lock().faults = RandomFaults::new(rate, seed);
    }
    Ok(success())
}

/// `{"agents": 3, "workspaces": 1}`; an omitted limit stays.
pub(super) fn limits(shared: &SharedState, _: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let body = checked(body, &["agents", "workspaces"])?;
    let limit = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match decode_id(value).and_then(|limit| usize::try_from(limit).ok()) {
            Some(limit) => Ok(Some(limit)),
            None => Err(FieldErrors::single(name, "must be an integer of at least 0")),
        },
    };
    shared.set_limits(limit("agents")?, limit("workspaces")?);
    Ok(success())
}

/// `{"workspace_id": 1, "allowed": false}`
pub(super) fn permissions(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let body = with_documented_names(
        &checked(body, &["workspace_id", "workspaceId", "allowed"])?,
        &["workspace_id"].into_iter(),
    );
    let workspace_id = body.get("workspace_id").and_then(decode_id);
    let allowed = body.get("allowed").and_then(Value::as_bool);
    let mut errors = FieldErrors::default();
    if workspace_id.is_none() {
        errors.add(naming.apply("workspace_id"), "required: an integer");
    }
    if allowed.is_none() {
        errors.add("allowed", "required: true or false");
    }
    errors.into_result()?;
    let changed = shared.set_permission(workspace_id.unwrap_or_default(), allowed.unwrap_or_default());
    changed.map_err(|errors| in_given_names(&errors, &Map::new(), naming))?;
    Ok(success())
}

/// `{"revoked": true}`
pub(super) fn api_key(shared: &SharedState, _: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let revoked = checked(body, &["revoked"])?.get("revoked").and_then(Value::as_bool);
    let revoked = revoked.ok_or_else(|| FieldErrors::single("revoked", "required: true or false"))?;
    shared.lock().key_is_revoked = revoked;
    Ok(success())
}

/// Decodes an object that has only known fields.
fn checked(body: &[u8], known: &[&str]) -> Result<Map<String, Value>, FieldErrors> {
    let body = parse_object(body)?;
    let mut errors = FieldErrors::default();
    for name in body.keys().filter(|name| !known.contains(&name.as_str())) {
        errors.add(name, format!("unknown field{}", did_you_mean(name, known.iter().copied())));
    }
    errors.into_result().map(|()| body)
}
