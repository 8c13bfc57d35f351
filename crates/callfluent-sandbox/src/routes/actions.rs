//! Endpoints 14, 15 and 16: create, update and delete an agent's actions.
//! The type of an action cannot change: an update with another `actionType` is rejected.

use super::{success, validated};
use crate::account::{Account, Action};
use crate::errors::ErrorResponse;
use crate::ordered_json::Content;
use crate::requests::ReceivedRequest;
use crate::validation::{Purpose, decode_id, object, path_id, unwrap, validate_action};

pub(crate) fn create(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let payload = unwrap(request.json(), "payload", &mut errors);
    if let Some(payload) = payload {
        validate_action(payload, Purpose::Create, &mut errors);
    }
    errors.into_result()?;
    let payload = validated(payload)?;
    let agent_id = validated(payload.get("agentId").and_then(decode_id))?;
    account.agent(agent_id)?;
    let action = Action {
        id: account.next_action_id(),
        agent_id,
        payload: payload.clone(),
        created_at: account.now,
        updated_at: account.now,
    };
    let response = success(action.to_json(account.settings.response_fields));
    account.agent_mut(agent_id)?.actions.push(action);
    Ok(response)
}

pub(crate) fn update(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let id = path_id(&request.path_parameters, "actionId", &mut errors);
    let payload = object(request.json(), &mut errors);
    if let Some(payload) = payload {
        validate_action(payload, Purpose::Update, &mut errors);
    }
    let (now, fields) = (account.now, account.settings.response_fields);
    let known = id.map(|id| find(account, id));
    if let (Some(Ok(action)), Some(sent)) = (&known, payload.and_then(|payload| payload.get("actionType")?.as_str()))
        && action.action_type() != sent
    {
        errors.add(
            "actionType",
            format!("must be {}, but is {sent}: the type of an action cannot change", action.action_type()),
        );
    }
    errors.into_result()?;
    let payload = validated(payload)?;
    let action = validated(known)??;
    action.payload.clone_from(payload);
    action.updated_at = now;
    Ok(success(action.to_json(fields)))
}

pub(crate) fn delete(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let id = path_id(&request.path_parameters, "actionId", &mut errors);
    errors.into_result()?;
    let id = validated(id)?;
    let fields = account.settings.response_fields;
    let response = success(find(account, id)?.to_json(fields));
    account.agent_of_action(id)?.actions.retain(|action| action.id != id);
    Ok(response)
}

fn find(account: &mut Account, id: u64) -> Result<&mut Action, ErrorResponse> {
    let agent = account.agent_of_action(id)?;
    agent.actions.iter_mut().find(|action| action.id == id).ok_or_else(|| ErrorResponse::not_found("Action", id))
}
