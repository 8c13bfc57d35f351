//! Endpoints 8 and 9: files come into an agent's knowledge base and leave it.
//! The content was counted while it streamed in; what is kept is its name, size and type.

use serde_json::Value;

use super::{checked, data};
use crate::check::path_number;
use crate::incoming::Incoming;
use crate::refusal::{Refusal, refuse};
use crate::state::{KnowledgeFile, World};

pub(crate) fn upload(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let agent_id = path_number(&incoming.parameters, "id", &mut problems);
    refuse(problems)?;
    let agent_id = checked(agent_id)?;
    let parts = checked(incoming.body.parts.as_ref())?;
    let workspace_id = world.agent(agent_id)?.workspace_id();
    for part in parts {
        let file = KnowledgeFile {
            id: world.next_knowledge_file_id(),
            name: part.name.clone().unwrap_or_default(),
            size: part.size,
            content_type: part.content_type.clone().unwrap_or_else(|| "application/octet-stream".to_owned()),
            created_at: world.moment,
        };
        world.agent_mut(agent_id)?.knowledge_files.push(file);
    }
    Ok(data(world.agent_list(workspace_id)))
}

pub(crate) fn delete(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let id = path_number(&incoming.parameters, "id", &mut problems);
    refuse(problems)?;
    let id = checked(id)?;
    let agent = world.agent_of_knowledge_file(id)?;
    agent.knowledge_files.retain(|file| file.id != id);
    let workspace_id = agent.workspace_id();
    Ok(data(world.agent_list(workspace_id)))
}
