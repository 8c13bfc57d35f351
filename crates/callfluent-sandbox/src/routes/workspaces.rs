//! Extension: the account's workspaces. The list comes without the usual envelope, as that page of the API prints it.

use serde_json::{Value, json};

use super::{checked, data};
use crate::check::{Kind, check_object, object, required};
use crate::demo;
use crate::incoming::Incoming;
use crate::refusal::{Refusal, refuse};
use crate::state::{Workspace, World};

pub(crate) fn list(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    refuse(incoming.problems())?;
    Ok(json!({"workspaces": all(world)}))
}

pub(crate) fn create(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let body = object(incoming.json(), &mut problems);
    if let Some(body) = body {
        check_object(&[required("name", Kind::Text)], body, &mut problems);
        if body.get("name").and_then(Value::as_str).is_some_and(|name| name.trim().is_empty()) {
            problems.add("name", "must not be empty");
        }
    }
    refuse(problems)?;
    let name = checked(body.and_then(|body| body.get("name")?.as_str()))?;
    if world.workspaces.len() >= world.settings.workspace_limit {
        return Err(Refusal::WorkspaceLimit);
    }
    demo::add_workspace(world, name);
    Ok(data(all(world)))
}

fn all(world: &World) -> Value {
    world.workspaces.iter().map(Workspace::to_json).collect()
}
