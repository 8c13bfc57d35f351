//! Extension: who the account belongs to.

use serde_json::{Value, json};

use crate::incoming::Incoming;
use crate::refusal::{Refusal, refuse};
use crate::state::World;

pub(crate) fn profile(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    refuse(incoming.problems())?;
    Ok(json!({
        "user": {"name": "Sandbox User", "email": "user@sandbox.example"},
        "setting": {
            "timezone": "UTC+00:00",
            "agent_limit": world.settings.agent_limit,
            "workspace_limit": world.settings.workspace_limit,
        },
    }))
}
