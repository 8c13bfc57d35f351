//! Changing some fields of an agent, since the API's own update replaces all of them: read, merge, look again, update, read
//! back, and tell what the server did not take over.

use serde_json::{Map, Value};

use crate::catalogue;
use crate::client::{CallFluent, Invocation};
use crate::error::{Context, Error, Result};
use crate::id::Id;
use crate::models::{Agent, AgentParams, DroppedField, Patched, Record as _};
use crate::request::{prepare, take_fields};
use crate::schema::Naming;

impl CallFluent {
    /// Carries out `agents.patch`.
    pub(crate) async fn patch(&self, invocation: Invocation) -> Result<Patched> {
        let operation = invocation.operation;
        let mut changes = invocation.arguments;
        // Whatever is wrong with the arguments is said before anything is read.
        prepare(operation, changes.clone(), Vec::new(), None, self.options().validate)?;
        let agent_id = operation.parameters.first().and_then(|parameter| parameter.field.take(&mut changes));
        let agent_id: Id = agent_id.map(serde_json::from_value).and_then(Result::ok).unwrap_or_default();
        // Whatever naming they came in, they go by the names that the agent is read under.
        let mut named = take_fields(&AgentParams::SHAPE, &mut changes);
        named.append(&mut changes);
        let mut changes = named;
        changes.retain(|_, value| !value.is_null());
        if changes.is_empty() {
            return Err(Error::invalid(operation.name, "changes", "name at least one field to change"));
        }
        let before = self.agents().get(&agent_id).await?.agent;
        let mut payload = settings(&before);
        payload.extend(changes);
        let again = self.agents().get(&agent_id).await?.agent;
        self.refuse_if_changed(&agent_id, &settings(&before), &settings(&again))?;
        let update = catalogue::find("agents.update").unwrap_or(operation);
        let sent = Invocation::new(update).with_fields(&payload).with("agent_id", &agent_id);
        self.invoke::<Agent>(sent).await?;
        let after = self.agents().get(&agent_id).await.map_err(updated_all_the_same)?.agent;
        let dropped = not_taken_over(&payload, &before, &after);
        Ok(Patched::new(after, dropped))
    }

    fn refuse_if_changed(&self, agent_id: &Id, before: &Map<String, Value>, now: &Map<String, Value>) -> Result<()> {
        let changed: Vec<_> = AgentParams::SHAPE
            .fields
            .iter()
            .map(|field| field.name)
            .filter(|name| before.get(*name) != now.get(*name))
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        let message = format!(
            "agent {agent_id} was changed by somebody else while it was being patched ({}); nothing was sent, so patch it again",
            changed.join(", ")
        );
        Err(Error::Conflict(Box::new(Context {
            message,
            method: "PUT".into(),
            url: format!("{}/agent/update", self.base_url()),
            ..Context::default()
        })))
    }
}

/// The fields of an agent that an update sends, under their public names.
fn settings(agent: &Agent) -> Map<String, Value> {
    let mut fields = agent.to_public(Naming::Snake);
    fields.retain(|name, value| AgentParams::SHAPE.field(name).is_some() && !value.is_null());
    fields
}

/// The fields that the server has otherwise than they were sent, and those that it had before and has no more.
fn not_taken_over(payload: &Map<String, Value>, before: &Agent, after: &Agent) -> Vec<DroppedField> {
    let now = after.to_public(Naming::Snake);
    let mut dropped = Vec::new();
    for (name, sent) in payload {
        let kept = now.get(name);
        if !kept.is_some_and(|kept| same(sent, kept)) {
            dropped.push(DroppedField::new(name, sent.clone(), kept.cloned()));
        }
    }
    for (name, value) in &before.extra {
        if !payload.contains_key(name) && !now.contains_key(name) {
            dropped.push(DroppedField::new(name, value.clone(), None));
        }
    }
    dropped
}

/// Whether two values say the same; `3` and `3.0` do.
fn same(sent: &Value, kept: &Value) -> bool {
    match (sent.as_f64(), kept.as_f64()) {
        (Some(sent), Some(kept)) => sent.to_bits() == kept.to_bits(),
        _ => sent == kept,
    }
}

fn updated_all_the_same(mut error: Error) -> Error {
    if let Some(context) = error.context_mut() {
        context.message = format!("the agent was updated, but reading it back failed: {}", context.message);
    }
    error
}
