//! The data of the page in a browser: the clock, and the newest objects and requests.

use serde_json::{Value, json};

use crate::account::Agent;
use crate::clock::timestamp;
use crate::errors::FieldErrors;
use crate::names::Naming;
use crate::settings::ResponseFields;
use crate::state::{SharedState, State};

/// The number of calls and requests on the page.
const NEWEST: usize = 50;

pub(super) fn state(shared: &SharedState, naming: Naming, _: &[u8]) -> Result<Value, FieldErrors> {
    let state = shared.read();
    let account = &state.account;
    let workspaces: Value = account
        .workspaces
        .iter()
        .map(|workspace| json!({"id": workspace.id, "name": workspace.name, "numbers": workspace.numbers.len()}))
        .collect();
    let agents: Value = account.agents.values().map(|agent| agent_row(&state, agent)).collect();
    let calls: Value = account
        .calls
        .values()
        .rev()
        .take(NEWEST)
        .map(|call| {
            let mut row = call.to_json(ResponseFields::Likely);
            if let Some(row) = row.as_object_mut() {
                row.insert("is_active".to_owned(), call.status.is_active().into());
            }
            row
        })
        .collect();
    let requests: Value = state
        .journal
        .entries()
        .rev()
        .take(NEWEST)
        .map(|entry| {
            let operation = entry.operation.as_deref().map(|operation| naming.apply(operation));
            json!({
                "request_id": entry.request_id,
                "operation": operation,
                "method": entry.method,
                "path": entry.path,
                "status": entry.status,
                "error": entry.error,
                "scripted": entry.scripted,
            })
        })
        .collect();
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "now": state.now(),
        "time": timestamp(state.now()),
        "workspaces": workspaces,
        "agents": agents,
        "calls": calls,
        "requests": requests,
    }))
}

fn agent_row(state: &State, agent: &Agent) -> Value {
    json!({
        "id": agent.id,
        "name": agent.name(),
        "workspace_id": agent.workspace_id(),
        "outbound": agent.is_outbound(),
        "phone_number": agent.phone_number(),
        "calls": state.account.calls_of(agent.id).count(),
        "actions": agent.actions.len(),
        "files": agent.knowledge_files.iter().map(|file| file.content().into_value()).collect::<Value>(),
    })
}
