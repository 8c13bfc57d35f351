//! Changes some fields of an agent. The API's update replaces all of them, so a patch reads the
//! agent, merges the changes, checks that nobody changed it meanwhile, updates it, reads it back,
//! and reports dropped fields.

use std::borrow::Cow;

use serde_json::{Map, Value};
use tokio::sync::OwnedMutexGuard;
use tracing::Instrument as _;

use super::agents::{PATCH, UPDATE};
use crate::client::{CallFluent, Invocation};
use crate::decode::Record as _;
use crate::error::{Error, ErrorContext, FieldError, FieldErrors, Result};
use crate::id::Id;
use crate::models::{Agent, AgentCreateParams, AgentPatchResult, DroppedField};
use crate::operation::Operation;
use crate::request::{encode, encode_request, missing_fields, take_fields};
use crate::runtime;
use crate::schema::{Field, Naming, RecordType};

/// The record that an update sends.
const SETTINGS: &RecordType = &AgentCreateParams::RECORD_TYPE;
/// Maximum number of times that an agent is compared with an earlier response before a patch.
const MAX_COMPARISONS: usize = 5;

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
        let key = agent_id.to_string();
        let patch = async move { client.patch_in_turn(agent_id, changes).await };
        let patch = Box::pin(patch.instrument((operation.span)()));
        runtime::run_unattended(patch).await.unwrap_or_else(|| Err(self.shut_down(&key)))
    }

    /// Patches an agent after the earlier patches of this client and its clones.
    async fn patch_in_turn(&self, agent_id: Id, changes: Map<String, Value>) -> Result<AgentPatchResult> {
        let _turn = self.wait_for_patches(&agent_id).await?;
        let before = self.read_unchanging_agent(&agent_id).await?;
        let mut payload = settings(&before);
        payload.extend(changes);
        let missing = missing_fields(SETTINGS, &payload);
        if self.options().validate && !missing.is_empty() {
            return Err(Error::InvalidRequest(FieldErrors::new(PATCH.name, missing)));
        }
        let update = Invocation::new(&UPDATE).with_fields(&payload).with("agent_id", &agent_id);
        // The changes are validated already. The other values come from the server.
        self.with_options(|options| options.validate(false)).invoke::<Agent>(update).await?;
        let after = self.read_agent(&agent_id).await.map_err(with_agent_updated)?;
        let dropped = dropped_fields(&payload, &before, &after, self.options().naming);
        Ok(AgentPatchResult::new(after, dropped))
    }

    /// Waits until the earlier patches of the agent are done. Both would read the same agent, and
    /// the later update would undo the earlier one.
    async fn wait_for_patches(&self, agent_id: &Id) -> Result<OwnedMutexGuard<()>> {
        let turn = self.patches()?.lock(agent_id.to_string());
        let Some(deadline) = self.options().deadline else {
            return Ok(turn.await);
        };
        tokio::time::timeout_at(deadline.into(), turn).await.map_err(|_| {
            let limit = self.options().timeout.unwrap_or_default().as_secs_f64();
            let message = format!("timed out after {limit} s before sending (other patches of agent {agent_id})");
            Error::Timeout(self.update_context(message))
        })
    }

    /// Reads an agent until two responses in a row agree.
    ///
    /// # Errors
    /// [`Error::Conflict`] if another client keeps changing it.
    async fn read_unchanging_agent(&self, agent_id: &Id) -> Result<Agent> {
        let mut agent = self.read_agent(agent_id).await.map_err(with_nothing_sent)?;
        let mut changed = Vec::new();
        for _ in 0..MAX_COMPARISONS {
            let before = agent;
            agent = self.read_agent(agent_id).await.map_err(with_nothing_sent)?;
            changed = changed_fields(&settings(&before), &settings(&agent), self.options().naming);
            if changed.is_empty() {
                return Ok(agent);
            }
        }
        let changed = changed.join(", ");
        Err(Error::Conflict(self.update_context(format!(
            "agent {agent_id} was changed by another client during the patch ({changed}); nothing was sent, so patch it again",
        ))))
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

    fn shut_down(&self, agent_id: &str) -> Error {
        let message = format!("tokio runtime was shut down while agent {agent_id} was patched");
        let mut context = self.update_context(message);
        context.outcome_unknown = true;
        Error::Connection(context)
    }

    /// Returns the context of an error about the update.
    fn update_context(&self, message: String) -> Box<ErrorContext> {
        let url = format!("{}/agent/update", self.base_url());
        Box::new(ErrorContext { message, method: "PUT".into(), url, ..ErrorContext::default() })
    }
}

/// Returns the names of the fields that differ.
fn changed_fields(before: &Map<String, Value>, now: &Map<String, Value>, naming: Naming) -> Vec<Cow<'static, str>> {
    let names = SETTINGS.fields.iter().map(|field| field.name);
    names.filter(|name| before.get(*name) != now.get(*name)).map(|name| naming.convert(name)).collect()
}

/// Rejects changes to `null` and patches without changes.
fn check_changes(operation: &Operation, changes: &Map<String, Value>) -> Result<()> {
    let mut cleared: Vec<_> = changes.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name).collect();
    cleared.sort_by_key(|name| SETTINGS.fields.iter().position(|field| field.name == **name).unwrap_or(usize::MAX));
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
        if !payload.contains_key(&name) && !now.contains_key(&name) {
            dropped.push(DroppedField::new(&name, value, None));
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
