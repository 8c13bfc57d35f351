//! Endpoint 1: the phone numbers of a workspace, and which of them an agent uses already.

use serde_json::{Map, Value, json};

use super::checked;
use crate::check::{agent_type, path_number};
use crate::incoming::Incoming;
use crate::refusal::{Refusal, refuse};
use crate::state::{PhoneNumber, World};

pub(crate) fn list(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let workspace_id = path_number(&incoming.parameters, "id", &mut problems);
    let agent_type = agent_type(&incoming.parameters, &mut problems);
    refuse(problems)?;
    let workspace = world.workspace(checked(workspace_id)?)?;
    // A verified number can only be shown to those who are called, so it is no use to an inbound agent.
    let usable = |number: &&PhoneNumber| agent_type == Some("outbound") || !number.verified;
    let numbers: Value = workspace.numbers.iter().filter(usable).map(PhoneNumber::to_json).collect();
    let mut in_use = Map::new();
    for agent in world.agents.values().filter(|agent| agent.workspace_id() == workspace.id) {
        if let Some(number) = agent.phone_number() {
            in_use.insert(number.to_owned(), agent.avatar());
        }
    }
    Ok(json!({"status": true, "data": numbers, "agentNumMap": in_use}))
}
