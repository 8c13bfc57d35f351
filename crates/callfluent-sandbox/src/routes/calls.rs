//! Endpoints 6, 10 and 11, and make-call: list, delete, hang up and start calls.

use serde_json::{Map, Value};

use super::{success, validated};
use crate::account::Account;
use crate::errors::ErrorResponse;
use crate::ordered_json::Content;
use crate::requests::ReceivedRequest;
use crate::validation::{
    Kind, decode_id, object, page, path_id, reject_other_keys, required, validate_object, validate_values,
};

pub(crate) fn list(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let agent_id = path_id(&request.path_parameters, "agentId", &mut errors);
    let page = page(&request.query, &mut errors);
    errors.into_result()?;
    let (agent_id, page) = (validated(agent_id)?, validated(page)?);
    account.agent(agent_id)?;
    // Between the pages of one poll, no call changes.
    if page == 1 && account.settings.seconds_per_poll > 0 {
        account.advance(account.settings.seconds_per_poll);
    }
    let page_size = account.settings.page_size;
    let before = (page - 1).saturating_mul(page_size);
    Ok(success(
        account
            .calls_of(agent_id)
            .skip(before)
            .take(page_size)
            .map(|call| call.listed(account.settings.response_fields))
            .collect::<Content>(),
    ))
}

pub(crate) fn delete(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let id = path_id(&request.path_parameters, "call_id", &mut errors);
    errors.into_result()?;
    let id = validated(id)?;
    let agent_id = account.call_mut(id)?.agent_id;
    account.calls.remove(id);
    agent_list_of(account, agent_id)
}

pub(crate) fn hang_up(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let body = object(request.json(), &mut errors);
    if let Some(body) = body {
        validate_values(&[required("callid", Kind::Id)], body, &mut errors);
        reject_other_keys(body, "callid", &mut errors);
    }
    errors.into_result()?;
    let id = validated(body.and_then(|body| decode_id(body.get("callid")?)))?;
    let call = account.call_mut(id)?;
    if !call.status.is_active() {
        return Err(ErrorResponse::BadRequest(format!("Call {id} is not in progress: it is {}.", call.status.name())));
    }
    let agent_id = call.agent_id;
    account.hang_up(id);
    agent_list_of(account, agent_id)
}

pub(crate) fn start(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let agent_id = path_id(&request.path_parameters, "agentId", &mut errors);
    let body = object(request.json(), &mut errors);
    if let Some(body) = body {
        validate_object(&[required("phone_number", Kind::PhoneNumber)], body, &mut errors);
    }
    errors.into_result()?;
    let (agent_id, body) = (validated(agent_id)?, validated(body)?);
    if !account.agent(agent_id)?.is_outbound() {
        return Err(ErrorResponse::BadRequest(format!(
            "Agent {agent_id} is inbound: only outbound agents can start calls."
        )));
    }
    let phone_number = validated(body.get("phone_number").and_then(Value::as_str))?.to_owned();
    let custom_fields: Map<String, Value> = body
        .iter()
        .filter(|(name, _)| *name != "phone_number")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let fields = account.settings.response_fields;
    Ok(success(account.start_call(agent_id, phone_number, true, custom_fields).content(fields)))
}

fn agent_list_of(account: &Account, agent_id: u64) -> Result<Content, ErrorResponse> {
    let workspace_id = account.agent(agent_id)?.workspace_id();
    Ok(success(account.agent_list(workspace_id)))
}
