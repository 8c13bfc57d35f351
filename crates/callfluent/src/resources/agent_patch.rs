//! Changes some fields of an agent. The API's update replaces all of them, so a patch reads the
//! agent, merges the changes, checks that nobody changed it meanwhile, updates it, reads it back,
//! and reports dropped fields.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::agents::{PATCH, UPDATE};
use crate::client::{CallFluent, Invocation};
use crate::decode::Record as _;
use crate::error::{Error, ErrorContext, FieldError, FieldErrors, Result};
use crate::id::Id;
use crate::models::{Agent, AgentCreateParams, AgentPatchResult, DroppedField};
use crate::operation::Operation;
use crate::request::{encode, encode_request, missing_fields, take_fields};
use crate::schema::{Field, Naming, RecordType};

/// The record that an update sends.
const SETTINGS: &RecordType = &AgentCreateParams::RECORD_TYPE;

/// Returns whether an operation is the patch, which needs several requests.
pub(crate) fn is_patch(operation: &Operation) -> bool {
    operation.name == PATCH.name
}

impl CallFluent {
    /// Runs `agents.patch`.
    pub(crate) async fn patch(&self, invocation: Invocation) -> Result<AgentPatchResult> {
        let operation = invocation.operation;
        let mut changes = invocation.arguments;
        // Errors of the arguments are reported before anything is read.
        encode_request(operation, changes.clone(), Vec::new(), None, self.options().validate)?;
        let agent_id = operation.parameters.first().and_then(|parameter| parameter.field.take(&mut changes));
        let agent_id: Id = agent_id.map(serde_json::from_value).and_then(Result::ok).unwrap_or_default();
        // From either naming to the names of the agent that is read.
        let mut named = take_fields(SETTINGS, &mut changes);
        named.append(&mut changes);
        let changes = named;
        check_changes(operation, &changes)?;
        let client = self.with_shared_deadline();
        let before = client.read_agent(&agent_id).await.map_err(with_nothing_sent)?;
        let mut payload = settings(&before);
        payload.extend(changes);
        let again = client.read_agent(&agent_id).await.map_err(with_nothing_sent)?;
        self.check_unchanged(&agent_id, &settings(&before), &settings(&again))?;
        let missing = missing_fields(SETTINGS, &payload);
        if self.options().validate && !missing.is_empty() {
            return Err(Error::InvalidRequest(FieldErrors::new(operation.name, missing)));
        }
        let update = Invocation::new(&UPDATE).with_fields(&payload).with("agent_id", &agent_id);
        // The changes are validated already. The other values come from the server.
        client.with_options(|options| options.validate(false)).invoke::<Agent>(update).await?;
        let after = client.read_agent(&agent_id).await.map_err(with_agent_updated)?;
        let dropped = dropped_fields(&payload, &before, &after, self.options().naming);
        Ok(AgentPatchResult::new(after, dropped))
    }

    /// Reads an agent. A response without an agent is an error, since an update would lose the
    /// missing fields.
    async fn read_agent(&self, agent_id: &Id) -> Result<Agent> {
        let agent = self.agents().get(agent_id).await?.agent;
        if !agent.id.is_missing() && !settings(&agent).is_empty() {
            return Ok(agent);
        }
        Err(Error::Response(Box::new(ErrorContext {
            message: "response does not contain an agent".into(),
            method: "GET".into(),
            url: format!("{}/agent/get-one/{agent_id}", self.base_url()),
            ..ErrorContext::default()
        })))
    }

    fn check_unchanged(&self, agent_id: &Id, before: &Map<String, Value>, now: &Map<String, Value>) -> Result<()> {
        let changed: Vec<_> = SETTINGS
            .fields
            .iter()
            .map(|field| field.name)
            .filter(|name| before.get(*name) != now.get(*name))
            .map(|name| self.options().naming.convert(name))
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        let message = format!(
            "agent {agent_id} was changed by another client during the patch ({}); nothing was sent, so patch it again",
            changed.join(", ")
        );
        Err(Error::Conflict(Box::new(ErrorContext {
            message,
            method: "PUT".into(),
            url: format!("{}/agent/update", self.base_url()),
            ..ErrorContext::default()
        })))
    }
}

/// Rejects changes to `null` and patches without changes.
fn check_changes(operation: &Operation, changes: &Map<String, Value>) -> Result<()> {
    let cleared: Vec<_> = changes.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name).collect();
    if !cleared.is_empty() {
        let reason = "must not be null: omit the field to keep its value, or pass the new value, such as \"\"";
        let errors = cleared.into_iter().map(|name| FieldError::new(name, reason)).collect();
        return Err(Error::InvalidRequest(FieldErrors::new(operation.name, errors)));
    }
    if changes.is_empty() {
        return Err(Error::invalid(operation.name, "changes", "pass at least one field to change"));
    }
    Ok(())
}

/// Returns the fields of an agent that an update sends, by public name.
fn settings(agent: &Agent) -> Map<String, Value> {
    let mut fields = agent.to_public(Naming::Snake);
    fields.retain(|name, value| SETTINGS.field(name).is_some() && !value.is_null());
    fields
}

/// Returns the fields whose value differs from what was sent, and the fields that the update
/// removed.
fn dropped_fields(payload: &Map<String, Value>, before: &Agent, after: &Agent, naming: Naming) -> Vec<DroppedField> {
    let now = after.to_public(Naming::Snake);
    let mut dropped = Vec::new();
    for (name, sent) in payload {
        let kept = now.get(name);
        let field = SETTINGS.field(name);
        if !kept.is_some_and(|kept| is_same(field, sent, kept)) {
            // An undocumented field has only one name.
            let name = field.map_or(Cow::Borrowed(name.as_str()), |field| naming.convert(field.name));
            dropped.push(DroppedField::new(&name, sent.clone(), kept.cloned()));
        }
    }
    for (name, value) in &before.extra {
        if !payload.contains_key(name) && !now.contains_key(name) {
            dropped.push(DroppedField::new(name, value.clone(), None));
        }
    }
    dropped
}

/// Compares two values of a field as they are encoded: `3` equals `3.0`, and a comma-separated
/// `"1,2"` equals `[1, 2]`.
fn is_same(field: Option<&Field>, sent: &Value, kept: &Value) -> bool {
    let encoded = |value: &Value| field.map_or_else(|| value.clone(), |field| encode(field, value.clone()));
    let (sent, kept) = (encoded(sent), encoded(kept));
    match (sent.as_f64(), kept.as_f64()) {
        (Some(sent), Some(kept)) => sent.to_bits() == kept.to_bits(),
        _ => sent == kept,
    }
}

fn with_nothing_sent(mut error: Error) -> Error {
    if let Error::Response(context) = &mut error {
        context.message = format!("{}; nothing was sent", context.message.trim_end_matches('.'));
    }
    error
}

fn with_agent_updated(mut error: Error) -> Error {
    if let Some(context) = error.context_mut() {
        context.message = format!("agent was updated, but reading it back failed: {}", context.message);
    }
    error
}
