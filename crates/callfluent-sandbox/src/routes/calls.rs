//! Endpoints 6, 10 and 11, and the start of a call: calls are listed page by page, deleted, hung up and made.

use serde_json::{Map, Value};

use super::{checked, data};
use crate::check::{Kind, check_object, check_values, object, page, path_number, refuse_other_keys, required};
use crate::incoming::Incoming;
use crate::refusal::{Refusal, refuse};
use crate::state::{Call, CallStatus, World};

pub(crate) fn list(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let agent_id = path_number(&incoming.parameters, "agentId", &mut problems);
    let page = page(&incoming.query, &mut problems);
    refuse(problems)?;
    let (agent_id, page) = (checked(agent_id)?, checked(page)?);
    world.agent(agent_id)?;
    let page_size = world.settings.page_size;
    let before = (page - 1).saturating_mul(page_size);
    Ok(data(world.calls_of(agent_id).skip(before).take(page_size).map(Call::to_json).collect::<Value>()))
}

pub(crate) fn delete(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let id = path_number(&incoming.parameters, "call_id", &mut problems);
    refuse(problems)?;
    let id = checked(id)?;
    let agent_id = world.call_mut(id)?.agent_id;
    world.calls.remove(&id);
    agent_list_of(world, agent_id)
}

pub(crate) fn hang_up(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let body = object(incoming.json(), &mut problems);
    if let Some(body) = body {
        check_values(&[required("callid", Kind::Identifier)], body, &mut problems);
        refuse_other_keys(body, "callid", &mut problems);
    }
    refuse(problems)?;
    let id = checked(body.and_then(|body| body.get("callid")?.as_u64()))?;
    let moment = world.moment;
    let call = world.call_mut(id)?;
    if call.status != CallStatus::InProgress {
        return Err(Refusal::NotNow(format!("Call {id} is not in progress: it is {}.", call.status.name())));
    }
    call.status = CallStatus::Completed;
    call.outcome = Some("hung_up");
    call.ended_at = Some(moment);
    let agent_id = call.agent_id;
    agent_list_of(world, agent_id)
}

pub(crate) fn start(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let agent_id = path_number(&incoming.parameters, "agentId", &mut problems);
    let body = object(incoming.json(), &mut problems);
    if let Some(body) = body {
        check_object(&[required("phone_number", Kind::PhoneNumber)], body, &mut problems);
    }
    refuse(problems)?;
    let (agent_id, body) = (checked(agent_id)?, checked(body)?);
    if !world.agent(agent_id)?.is_outbound() {
        return Err(Refusal::NotNow(format!("Agent {agent_id} is inbound: only outbound agents make calls.")));
    }
    let phone_number = checked(body.get("phone_number").and_then(Value::as_str))?.to_owned();
    let custom_fields: Map<String, Value> = body
        .iter()
        .filter(|(name, _)| *name != "phone_number")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let call = Call {
        id: world.next_call_id(),
        agent_id,
        phone_number,
        outbound: true,
        status: CallStatus::InProgress,
        outcome: None,
        started_at: world.moment,
        ended_at: None,
        transcript: None,
        summary: None,
        custom_fields,
    };
    let answer = data(call.to_json());
    world.calls.insert(call.id, call);
    Ok(answer)
}

fn agent_list_of(world: &World, agent_id: u64) -> Result<Value, Refusal> {
    let workspace_id = world.agent(agent_id)?.workspace_id();
    Ok(data(world.agent_list(workspace_id)))
}
