//! Endpoint 1: list the phone numbers of a workspace, with those that agents use.

use serde_json::{Map, Value, json};

use super::validated;
use crate::account::{Account, PhoneNumber};
use crate::errors::ErrorResponse;
use crate::ordered_json::Content;
use crate::requests::ReceivedRequest;
use crate::validation::{agent_type, path_id};

pub(crate) fn list(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let workspace_id = path_id(&request.path_parameters, "id", &mut errors);
    let agent_type = agent_type(&request.path_parameters, &mut errors);
    errors.into_result()?;
    let workspace = account.workspace(validated(workspace_id)?)?;
    // Calls to a verified number do not reach an agent, so inbound agents cannot use it.
    let usable = |number: &&PhoneNumber| agent_type == Some("outbound") || !number.verified;
    let numbers: Value = workspace.numbers.iter().filter(usable).map(PhoneNumber::to_json).collect();
    let mut in_use = Map::new();
    for agent in account.agents.values().filter(|agent| agent.workspace_id() == workspace.id) {
        if let Some(number) = agent.phone_number() {
            in_use.insert(number.to_owned(), agent.avatar());
        }
    }
    Ok(json!({"status": true, "data": numbers, "agentNumMap": in_use}).into())
}
