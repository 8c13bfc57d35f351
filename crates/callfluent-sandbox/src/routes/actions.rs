//! Endpoints 14, 15 and 16: an agent's actions are created, updated and deleted.
//! An action keeps its type for life: an update with another `actionType` is refused.

use serde_json::Value;

use super::{checked, data};
use crate::check::{Purpose, check_action, object, path_number, unwrap};
use crate::incoming::Incoming;
use crate::refusal::{Refusal, refuse};
use crate::state::{Action, World};

pub(crate) fn create(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let payload = unwrap(incoming.json(), "payload", &mut problems);
    if let Some(payload) = payload {
        check_action(payload, Purpose::Create, &mut problems);
    }
    refuse(problems)?;
    let payload = checked(payload)?;
    let agent_id = checked(payload.get("agentId").and_then(Value::as_u64))?;
    world.agent(agent_id)?;
    let action = Action {
        id: world.next_action_id(),
        agent_id,
        payload: payload.clone(),
        created_at: world.moment,
        updated_at: world.moment,
    };
    let answer = data(action.to_json(world.settings.answer_fields));
    world.agent_mut(agent_id)?.actions.push(action);
    Ok(answer)
}

pub(crate) fn update(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let id = path_number(&incoming.parameters, "actionId", &mut problems);
    let payload = object(incoming.json(), &mut problems);
    if let Some(payload) = payload {
        check_action(payload, Purpose::Update, &mut problems);
    }
    let (moment, fields) = (world.moment, world.settings.answer_fields);
    let known = id.map(|id| find(world, id));
    if let (Some(Ok(action)), Some(sent)) = (&known, payload.and_then(|payload| payload.get("actionType")?.as_str()))
        && action.action_type() != sent
    {
        problems.add(
            "actionType",
            format!("must stay {}: an action keeps its type, but {sent} was sent", action.action_type()),
        );
    }
    refuse(problems)?;
    let payload = checked(payload)?;
    let action = checked(known)??;
    action.payload.clone_from(payload);
    action.updated_at = moment;
    Ok(data(action.to_json(fields)))
}

pub(crate) fn delete(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let id = path_number(&incoming.parameters, "actionId", &mut problems);
    refuse(problems)?;
    let id = checked(id)?;
    let fields = world.settings.answer_fields;
    let answer = data(find(world, id)?.to_json(fields));
    world.agent_of_action(id)?.actions.retain(|action| action.id != id);
    Ok(answer)
}

fn find(world: &mut World, id: u64) -> Result<&mut Action, Refusal> {
    let agent = world.agent_of_action(id)?;
    agent.actions.iter_mut().find(|action| action.id == id).ok_or_else(|| Refusal::not_found("Action", id))
}
