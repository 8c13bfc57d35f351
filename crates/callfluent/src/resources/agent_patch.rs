//! Changing some fields of an agent, since the API's own update replaces all of them: read, merge, look again, update, read
//! back, and tell what the server did not take over.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::catalog;
use crate::client::{CallFluent, Invocation};
use crate::error::{Error, ErrorContext, FieldError, FieldErrors, Result};
use crate::id::Id;
use crate::models::{Agent, AgentCreateParams, AgentPatchResult, DroppedField, Record as _};
use crate::request::{encode, missing, prepare, take_fields};
use crate::schema::{Field, Naming};

impl CallFluent {
    /// Carries out `agents.patch`.
    pub(crate) async fn patch(&self, invocation: Invocation) -> Result<AgentPatchResult> {
        let operation = invocation.operation;
        let mut changes = invocation.arguments;
        // Whatever is wrong with the arguments is said before anything is read.
        prepare(operation, changes.clone(), Vec::new(), None, self.options().validate)?;
        let agent_id = operation.parameters.first().and_then(|parameter| parameter.field.take(&mut changes));
        let agent_id: Id = agent_id.map(serde_json::from_value).and_then(Result::ok).unwrap_or_default();
        // Whatever naming they came in, they go by the names that the agent is read under.
        let mut named = take_fields(&AgentCreateParams::SHAPE, &mut changes);
        named.append(&mut changes);
        let changes = named;
        let cleared: Vec<_> = changes.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name).collect();
        if !cleared.is_empty() {
            let reason = "null clears nothing: leave the field out to keep it, or give the value that it is to have, such as an empty text";
            let problems = cleared.into_iter().map(|name| FieldError::new(name, reason)).collect();
            return Err(Error::InvalidRequest(FieldErrors::new(operation.name, problems)));
        }
        if changes.is_empty() {
            return Err(Error::invalid(operation.name, "changes", "name at least one field to change"));
        }
        let client = self.for_one_call();
        let before = client.read_agent(&agent_id).await.map_err(nothing_was_sent)?;
        let mut payload = settings(&before);
        payload.extend(changes);
        let again = client.read_agent(&agent_id).await.map_err(nothing_was_sent)?;
        self.refuse_if_changed(&agent_id, &settings(&before), &settings(&again))?;
        let missing = missing(&AgentCreateParams::SHAPE, &payload);
        if self.options().validate && !missing.is_empty() {
            return Err(Error::InvalidRequest(FieldErrors::new(operation.name, missing)));
        }
        let update = catalog::find("agents.update").unwrap_or(operation);
        let sent = Invocation::new(update).with_fields(&payload).with("agent_id", &agent_id);
        // The changes were checked above. What else is sent is the server's own, whatever the documentation says of it.
        client.with_options(|options| options.validate(false)).invoke::<Agent>(sent).await?;
        let after = client.read_agent(&agent_id).await.map_err(updated_all_the_same)?;
        let dropped = not_taken_over(&payload, &before, &after, self.options().naming);
        Ok(AgentPatchResult::new(after, dropped))
    }

    /// Reads an agent; an answer that holds none is an error, since what is missing in it would be lost in the update.
    async fn read_agent(&self, agent_id: &Id) -> Result<Agent> {
        let agent = self.agents().get(agent_id).await?.agent;
        if !agent.id.is_missing() && !settings(&agent).is_empty() {
            return Ok(agent);
        }
        Err(Error::Response(Box::new(ErrorContext {
            message: "the answer does not hold an agent".into(),
            method: "GET".into(),
            url: format!("{}/agent/get-one/{agent_id}", self.base_url()),
            ..ErrorContext::default()
        })))
    }

    fn refuse_if_changed(&self, agent_id: &Id, before: &Map<String, Value>, now: &Map<String, Value>) -> Result<()> {
        let changed: Vec<_> = AgentCreateParams::SHAPE
            .fields
            .iter()
            .map(|field| field.name)
            .filter(|name| before.get(*name) != now.get(*name))
            .map(|name| self.options().naming.write(name))
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        let message = format!(
            "agent {agent_id} was changed by somebody else while it was being patched ({}); nothing was sent, so patch it again",
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

/// The fields of an agent that an update sends, under their public names.
fn settings(agent: &Agent) -> Map<String, Value> {
    let mut fields = agent.to_public(Naming::Snake);
    fields.retain(|name, value| AgentCreateParams::SHAPE.field(name).is_some() && !value.is_null());
    fields
}

/// The fields that the server has otherwise than they were sent, and those that it had before and has no more.
fn not_taken_over(payload: &Map<String, Value>, before: &Agent, after: &Agent, naming: Naming) -> Vec<DroppedField> {
    let now = after.to_public(Naming::Snake);
    let mut dropped = Vec::new();
    for (name, sent) in payload {
        let kept = now.get(name);
        let field = AgentCreateParams::SHAPE.field(name);
        if !kept.is_some_and(|kept| same(field, sent, kept)) {
            // What the documentation does not list has no name but its own.
            let name = field.map_or(Cow::Borrowed(name.as_str()), |field| naming.write(field.name));
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

/// Whether two values of a field say the same; `3` and `3.0` do, and so do `"1,2"` and `[1, 2]` for a list with commas.
fn same(field: Option<&Field>, sent: &Value, kept: &Value) -> bool {
    let on_the_wire = |value: &Value| field.map_or_else(|| value.clone(), |field| encode(field, value.clone()));
    let (sent, kept) = (on_the_wire(sent), on_the_wire(kept));
    match (sent.as_f64(), kept.as_f64()) {
        (Some(sent), Some(kept)) => sent.to_bits() == kept.to_bits(),
        _ => sent == kept,
    }
}

fn nothing_was_sent(mut error: Error) -> Error {
    if let Error::Response(context) = &mut error {
        context.message = format!("{}; nothing was sent", context.message.trim_end_matches('.'));
    }
    error
}

fn updated_all_the_same(mut error: Error) -> Error {
    if let Some(context) = error.context_mut() {
        context.message = format!("the agent was updated, but reading it back failed: {}", context.message);
    }
    error
}
