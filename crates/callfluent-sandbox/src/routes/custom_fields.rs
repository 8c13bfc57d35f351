//! Endpoints 12 and 13: create, update and delete an agent's custom fields.
//! One endpoint creates and updates: a field with an `id` is updated, one without is created.

use serde_json::{Map, Value};

use super::{success, validated};
use crate::account::Account;
use crate::errors::ErrorResponse;
use crate::ordered_json::Content;
use crate::requests::ReceivedRequest;
use crate::validation::{Field, Kind, optional, path_id, path_uuid, required, unwrap, validate_object};

const CUSTOM_FIELD: &[Field] =
    &[optional("id", Kind::Uuid), required("name", Kind::String), required("label", Kind::String)];

pub(crate) fn put(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let agent_id = path_id(&request.path_parameters, "id", &mut errors);
    let sent = unwrap(request.json(), "data", &mut errors);
    if let Some(sent) = sent {
        validate_object(CUSTOM_FIELD, sent, &mut errors);
    }
    errors.into_result()?;
    let (agent_id, sent) = (validated(agent_id)?, validated(sent)?);
    account.agent(agent_id)?;
    let field = match id_of(sent) {
        Some(id) => {
            let id = id.to_owned();
            let known = account.agent_mut(agent_id)?.custom_fields.iter_mut().find(|known| is_field(known, &id));
            let known = known.ok_or_else(|| ErrorResponse::not_found("Custom field", &id))?;
            *known = with_id(id, sent);
            known.clone()
        }
        None => {
            let field = with_id(account.next_uuid(), sent);
            account.agent_mut(agent_id)?.custom_fields.push(field.clone());
            field
        }
    };
    let now = account.now;
    account.agent_mut(agent_id)?.updated_at = now;
    Ok(success(field))
}

pub(crate) fn delete(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let agent_id = path_id(&request.path_parameters, "agent_id", &mut errors);
    let field_id = path_uuid(&request.path_parameters, "field_id", &mut errors);
    errors.into_result()?;
    let (agent_id, field_id) = (validated(agent_id)?, validated(field_id)?);
    let now = account.now;
    let agent = account.agent_mut(agent_id)?;
    if !agent.custom_fields.iter().any(|known| is_field(known, field_id)) {
        return Err(ErrorResponse::not_found("Custom field", field_id));
    }
    agent.custom_fields.retain(|known| !is_field(known, field_id));
    agent.updated_at = now;
    Ok(success(agent.custom_fields.iter().cloned().collect::<Value>()))
}

fn id_of(field: &Map<String, Value>) -> Option<&str> {
    field.get("id").and_then(Value::as_str)
}

/// Compares UUIDs, ignoring case.
fn is_field(field: &Map<String, Value>, id: &str) -> bool {
    id_of(field).is_some_and(|known| known.eq_ignore_ascii_case(id))
}

fn with_id(id: String, sent: &Map<String, Value>) -> Map<String, Value> {
    let mut field = Map::new();
    field.insert("id".to_owned(), id.into());
    field.extend(sent.iter().filter(|(name, _)| *name != "id").map(|(name, value)| (name.clone(), value.clone())));
    field
}
