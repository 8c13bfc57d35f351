//! Endpoints 8 and 9: upload and delete files of an agent's knowledge base.
//! Only name, size and type are stored, not the content.

use super::{success, validated};
use crate::account::{Account, KnowledgeFile};
use crate::errors::ErrorResponse;
use crate::ordered_json::Content;
use crate::requests::ReceivedRequest;
use crate::validation::path_id;

pub(crate) fn upload(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let agent_id = path_id(&request.path_parameters, "id", &mut errors);
    errors.into_result()?;
    let agent_id = validated(agent_id)?;
    let parts = validated(request.body.parts.as_ref())?;
    let workspace_id = account.agent(agent_id)?.workspace_id();
    for part in parts {
        let file = KnowledgeFile {
            id: account.next_knowledge_file_id(),
            name: part.name.clone().unwrap_or_default(),
            size: part.size,
            content_type: part.content_type.clone().unwrap_or_else(|| "application/octet-stream".to_owned()),
            created_at: account.now,
        };
        account.agent_mut(agent_id)?.knowledge_files.push(file);
    }
    Ok(success(account.agent_list(workspace_id)))
}

pub(crate) fn delete(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let id = path_id(&request.path_parameters, "id", &mut errors);
    errors.into_result()?;
    let id = validated(id)?;
    let agent = account.agent_of_knowledge_file(id)?;
    agent.knowledge_files.retain(|file| file.id != id);
    let workspace_id = agent.workspace_id();
    Ok(success(account.agent_list(workspace_id)))
}
