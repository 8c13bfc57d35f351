//! Endpoints 2, 3, 4, 5 and 7: agents are created, listed, shown, deleted and updated.
//! An update is a replacement, as PUT is: what the new payload leaves out is gone.

use serde_json::{Map, Value, json};

use super::{checked, data};
use crate::check::{Problems, check_agent, check_flat_agent, object, path_number, unwrap};
use crate::incoming::Incoming;
use crate::refusal::{Refusal, refuse};
use crate::state::{Agent, Call, KnowledgeFile, World};

pub(crate) fn create(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let payload = object(incoming.json(), &mut problems);
    if let Some(payload) = payload {
        check_flat_agent(payload, &mut problems);
        check_phone_number(world, payload, None, &mut problems);
    }
    refuse(problems)?;
    let payload = checked(payload)?;
    world.workspace(workspace_of(payload))?;
    if world.agents.len() >= world.settings.agent_limit {
        return Err(Refusal::AgentLimit);
    }
    let id = world.next_agent_id();
    let agent = Agent::new(id, payload, world.moment);
    let answer = data(agent.to_json(world.settings.answer_fields));
    world.agents.insert(id, agent);
    Ok(answer)
}

pub(crate) fn list(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let workspace_id = path_number(&incoming.parameters, "workspaceId", &mut problems);
    refuse(problems)?;
    let workspace_id = checked(workspace_id)?;
    world.workspace(workspace_id)?;
    Ok(data(world.agent_list(workspace_id)))
}

pub(crate) fn get(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let id = agent_id(incoming, "agentId")?;
    let agent = world.agent(id)?;
    let files: Value = agent.knowledge_files.iter().map(KnowledgeFile::to_json).collect();
    Ok(data(json!({
        "agent": agent.to_json(world.settings.answer_fields),
        "files": files,
        "totalCalls": world.calls_of(id).count(),
        "averageDuration": average(world.calls_of(id).filter_map(Call::duration)),
    })))
}

pub(crate) fn delete(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let id = agent_id(incoming, "agentId")?;
    let workspace_id = world.agent(id)?.workspace_id();
    world.agents.remove(&id);
    world.calls.retain(|_, call| call.agent_id != id);
    Ok(data(world.agent_list(workspace_id)))
}

pub(crate) fn update(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let id = path_number(&incoming.parameters, "id", &mut problems);
    let payload = unwrap(incoming.json(), "Payload", &mut problems);
    if let Some(payload) = payload {
        check_agent(payload, &mut problems);
        check_phone_number(world, payload, id, &mut problems);
    }
    refuse(problems)?;
    let (id, payload) = (checked(id)?, checked(payload)?);
    world.agent(id)?;
    world.workspace(workspace_of(payload))?;
    let (moment, dropped) = (world.moment, world.settings.drop_fields.clone());
    let fields = world.settings.answer_fields;
    let agent = world.agent_mut(id)?;
    agent.replace(payload, &dropped, moment);
    Ok(data(agent.to_json(fields)))
}

fn agent_id(incoming: &Incoming, name: &str) -> Result<u64, Refusal> {
    let mut problems = incoming.problems();
    let id = path_number(&incoming.parameters, name, &mut problems);
    refuse(problems)?;
    checked(id)
}

fn workspace_of(payload: &Map<String, Value>) -> u64 {
    payload.get("workspaceId").and_then(Value::as_u64).unwrap_or_default()
}

/// The phone number must be one of the workspace's, and no other agent's if this one is to call out with it.
fn check_phone_number(world: &World, payload: &Map<String, Value>, own_id: Option<u64>, problems: &mut Problems) {
    let Some(number) = payload.get("phone_number").and_then(Value::as_str) else {
        return;
    };
    let Ok(workspace) = world.workspace(workspace_of(payload)) else {
        return;
    };
    if problems.iter().any(|problem| problem.field == "phone_number") {
        return;
    }
    if !workspace.has_number(number) {
        problems.add("phone_number", format!("{number} is not a number of workspace {}", workspace.id));
        return;
    }
    let user = world.agents.values().find(|agent| {
        agent.workspace_id() == workspace.id && agent.phone_number() == Some(number) && Some(agent.id) != own_id
    });
    if let Some(user) = user.filter(|_| payload.get("format").and_then(Value::as_str) == Some("outbound")) {
        problems.add("phone_number", format!("{number} is in use by agent {}", user.id));
    }
}

/// The mean in seconds, to two decimal places; 0 where there is nothing to average.
fn average(durations: impl Iterator<Item = u64>) -> Value {
    let (mut sum, mut count) = (0_u64, 0_u64);
    for duration in durations {
        sum += duration;
        count += 1;
    }
    if count == 0 {
        return 0.into();
    }
    let hundredths = (sum * 100 + count / 2) / count;
    if hundredths.is_multiple_of(100) {
        return (hundredths / 100).into();
    }
    // Exact: hundredths of seconds are far below the 52 bits of a double's fraction.
    #[expect(clippy::cast_precision_loss)]
    (hundredths as f64 / 100.0).into()
}
