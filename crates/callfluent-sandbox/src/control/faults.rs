//! Control requests that make requests fail: scripted responses, random faults, limits,
//! permissions, the API key.

use serde_json::{Map, Value};

use super::body::{Fields, parse, success};
use crate::errors::FieldErrors;
use crate::names::{Naming, documented_agent_fields, in_given_names};
use crate::routes::operation_names;
use crate::scripted_responses::{RandomFaults, ScriptedResponse};
use crate::state::SharedState;
use crate::validation::decode_id;

/// The valid values of seeds and limits.
const AT_LEAST_0: &str = "an integer of at least 0";

/// Queues a scripted response after validation. Its operation is in the given naming.
pub(crate) fn queue(shared: &SharedState, response: ScriptedResponse, naming: Naming) -> Result<(), FieldErrors> {
    response.validate()?;
    let operation =
        response.matched_operation().map(|name| naming.find_operation(name, &operation_names())).transpose()?;
    response.check_effect(naming)?;
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
    queue(shared, ScriptedResponse::from_json(&parse(body)?, naming)?, naming)?;
    Ok(success())
}

pub(super) fn clear_responses(shared: &SharedState, _: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    shared.lock().responses.clear();
    Ok(success())
}

pub(super) fn drop_fields(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let mut fields = Fields::parse(body, &["fields"], naming)?;
    let names: Option<Vec<String>> = fields.required("fields", "an array of strings", |names| {
        names.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect()
    });
    let names = documented_agent_fields("fields", &fields.finish(names)?, naming)?;
    shared.lock().account.settings.drop_fields = names;
    Ok(success())
}

pub(super) fn random_faults(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let mut fields = Fields::parse(body, &["rate", "seed"], naming)?;
    let rate =
        fields.required("rate", "a number from 0 to 1", |rate| rate.as_f64().filter(|rate| (0.0..=1.0).contains(rate)));
    let seed = fields.optional("seed", AT_LEAST_0, decode_id).unwrap_or_default();
    let rate = fields.finish(rate)?;
    shared.lock().faults = RandomFaults::new(rate, seed);
    Ok(success())
}

/// `{"agents": 3, "workspaces": 1}`; an omitted limit stays.
pub(super) fn limits(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let mut fields = Fields::parse(body, &["agents", "workspaces"], naming)?;
    let decode = |limit: &Value| decode_id(limit).and_then(|limit| usize::try_from(limit).ok());
    let agents = fields.optional("agents", AT_LEAST_0, decode);
    let workspaces = fields.optional("workspaces", AT_LEAST_0, decode);
    fields.finish(Some(()))?;
    shared.set_limits(agents, workspaces);
    Ok(success())
}

/// `{"workspace_id": 1, "allowed": false}`
pub(super) fn permissions(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let mut fields = Fields::parse(body, &["workspace_id", "allowed"], naming)?;
    let workspace_id = fields.required("workspace_id", "the ID of a workspace", decode_id);
    let allowed = fields.required("allowed", "true or false", Value::as_bool);
    let (workspace_id, allowed) = fields.finish(workspace_id.zip(allowed))?;
    let changed = shared.set_permission(workspace_id, allowed);
    changed.map_err(|errors| in_given_names(&errors, &Map::new(), naming))?;
    Ok(success())
}

/// `{"revoked": true}`
pub(super) fn api_key(shared: &SharedState, naming: Naming, body: &[u8]) -> Result<Value, FieldErrors> {
    let mut fields = Fields::parse(body, &["revoked"], naming)?;
    let revoked = fields.required("revoked", "true or false", Value::as_bool);
    let revoked = fields.finish(revoked)?;
    shared.lock().key_is_revoked = revoked;
    Ok(success())
}
