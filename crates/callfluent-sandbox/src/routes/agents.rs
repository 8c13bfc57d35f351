//! Endpoints 2, 3, 4, 5 and 7: create, list, get, delete and update agents.
//! An update replaces the agent: omitted documented fields are removed.

use serde_json::{Map, Value, json};

use super::{success, validated};
use crate::account::{Account, Agent, Call, KnowledgeFile};
use crate::errors::{ErrorResponse, FieldErrors};
use crate::ordered_json::{Content, field};
use crate::requests::ReceivedRequest;
use crate::validation::{decode_id, object, path_id, unwrap, validate_agent, validate_flat_agent};

pub(crate) fn create(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let payload = object(request.json(), &mut errors);
    if let Some(payload) = payload {
        validate_flat_agent(payload, &mut errors);
        validate_phone_number(account, payload, None, &mut errors);
    }
    errors.into_result()?;
    let payload = validated(payload)?;
    account.workspace(workspace_of(payload))?;
    if account.agents.len() >= account.settings.agent_limit {
        return Err(ErrorResponse::AgentLimit);
    }
    let id = account.next_agent_id();
    let agent = Agent::new(id, payload, account.now);
    let response = success(agent.content(account.settings.response_fields));
    account.agents.insert(id, agent);
    Ok(response)
}

pub(crate) fn list(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let workspace_id = path_id(&request.path_parameters, "workspaceId", &mut errors);
    errors.into_result()?;
    let workspace_id = validated(workspace_id)?;
    account.workspace(workspace_id)?;
    Ok(success(account.agent_list(workspace_id)))
}

pub(crate) fn get(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let id = agent_id(request, "agentId")?;
    let agent = account.agent(id)?;
    let durations: Vec<_> = account.calls_of(id).map(Call::duration).collect();
    Ok(success(Content::Fields(vec![
        ("agent", agent.content(account.settings.response_fields)),
        ("files", agent.knowledge_files.iter().map(KnowledgeFile::content).collect()),
        field("totalCalls", durations.len()),
        field("averageDuration", average(durations.into_iter().flatten())),
    ])))
}

/// The part of an agent that anybody may read.
pub(crate) fn get_public(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let id = agent_id(request, "agentId")?;
    let agent = &account.agent(id)?.payload;
    Ok(json!({"data": {"agent": {"name": agent.get("name"), "avatar": agent.get("avatar")}}}).into())
}

pub(crate) fn delete(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let id = agent_id(request, "agentId")?;
    let workspace_id = account.agent(id)?.workspace_id();
    account.agents.remove(id);
    account.calls.retain(|call| call.agent_id != id);
    Ok(success(account.agent_list(workspace_id)))
}

pub(crate) fn update(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let id = path_id(&request.path_parameters, "id", &mut errors);
    let payload = unwrap(request.json(), "Payload", &mut errors);
    if let Some(payload) = payload {
        validate_agent(payload, &mut errors);
        validate_phone_number(account, payload, id, &mut errors);
    }
    errors.into_result()?;
    let (id, payload) = (validated(id)?, validated(payload)?);
    account.agent(id)?;
    account.workspace(workspace_of(payload))?;
    let (now, dropped) = (account.now, account.settings.drop_fields.clone());
    let fields = account.settings.response_fields;
    let agent = account.agent_mut(id)?;
    agent.replace(payload, &dropped, now);
    Ok(success(agent.content(fields)))
}

fn agent_id(request: &ReceivedRequest, name: &str) -> Result<u64, ErrorResponse> {
    let mut errors = request.errors();
    let id = path_id(&request.path_parameters, name, &mut errors);
    errors.into_result()?;
    validated(id)
}

pub(crate) fn workspace_of(payload: &Map<String, Value>) -> u64 {
    payload.get("workspaceId").and_then(decode_id).unwrap_or_default()
}

/// Checks that the phone number belongs to the workspace. If the agent is outbound, also checks
/// that no other agent uses the number.
pub(crate) fn validate_phone_number(
    account: &Account,
    payload: &Map<String, Value>,
    own_id: Option<u64>,
    errors: &mut FieldErrors,
) {
    let Some(number) = payload.get("phone_number").and_then(Value::as_str) else {
        return;
    };
    let Ok(workspace) = account.workspace(workspace_of(payload)) else {
        return;
    };
    if errors.iter().any(|error| error.field == "phone_number") {
        return;
    }
    if !workspace.has_number(number) {
        errors.add("phone_number", format!("{number} is not a number of workspace {}", workspace.id));
        return;
    }
    let user = account.agents.values().find(|agent| {
        agent.workspace_id() == workspace.id && agent.phone_number() == Some(number) && Some(agent.id) != own_id
    });
    if let Some(user) = user.filter(|_| payload.get("format").and_then(Value::as_str) == Some("outbound")) {
        errors.add("phone_number", format!("{number} is in use by agent {}", user.id));
    }
}

/// Returns the mean in seconds with two decimal places; 0 without values.
fn average(durations: impl Iterator<Item = u64>) -> Value {
    let (mut sum, mut count) = (0_u128, 0_u128);
    for duration in durations {
        sum += u128::from(duration);
        count += 1;
    }
    if count == 0 {
        return 0.into();
    }
    let hundredths = (sum * 100 + count / 2) / count;
    if hundredths.is_multiple_of(100) {
        return u64::try_from(hundredths / 100).unwrap_or(u64::MAX).into();
    }
    // Exact: the value needs far fewer than the 53 significant bits of an f64.
    #[expect(clippy::cast_precision_loss)]
    (hundredths as f64 / 100.0).into()
}
