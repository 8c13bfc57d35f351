//! Endpoints 12 and 13: an agent's custom fields are created, updated and removed.
//! One endpoint does the first two: a field with an `id` is an old one, a field without is new.

use serde_json::{Map, Value};

use super::{checked, data};
use crate::check::{Field, Kind, check_object, optional, path_number, path_uuid, required, unwrap};
use crate::incoming::Incoming;
use crate::refusal::{Refusal, refuse};
use crate::state::World;

const CUSTOM_FIELD: &[Field] =
    &[optional("id", Kind::Uuid), required("name", Kind::Text), required("label", Kind::Text)];

pub(crate) fn put(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let agent_id = path_number(&incoming.parameters, "id", &mut problems);
    let sent = unwrap(incoming.json(), "data", &mut problems);
    if let Some(sent) = sent {
        check_object(CUSTOM_FIELD, sent, &mut problems);
    }
    refuse(problems)?;
    let (agent_id, sent) = (checked(agent_id)?, checked(sent)?);
    world.agent(agent_id)?;
    let field = match id_of(sent) {
        Some(id) => {
            let id = id.to_owned();
            let known = world.agent_mut(agent_id)?.custom_fields.iter_mut().find(|known| is_field(known, &id));
            let known = known.ok_or_else(|| Refusal::not_found("Custom field", &id))?;
            *known = with_id(id, sent);
            known.clone()
        }
        None => {
            let field = with_id(world.next_uuid(), sent);
            world.agent_mut(agent_id)?.custom_fields.push(field.clone());
            field
        }
    };
    let moment = world.moment;
    world.agent_mut(agent_id)?.updated_at = moment;
    Ok(data(field))
}

pub(crate) fn delete(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let agent_id = path_number(&incoming.parameters, "agent_id", &mut problems);
    let field_id = path_uuid(&incoming.parameters, "field_id", &mut problems);
    refuse(problems)?;
    let (agent_id, field_id) = (checked(agent_id)?, checked(field_id)?);
    let moment = world.moment;
    let agent = world.agent_mut(agent_id)?;
    if !agent.custom_fields.iter().any(|known| is_field(known, field_id)) {
        return Err(Refusal::not_found("Custom field", field_id));
    }
    agent.custom_fields.retain(|known| !is_field(known, field_id));
    agent.updated_at = moment;
    Ok(data(agent.custom_fields.iter().cloned().collect::<Value>()))
}

fn id_of(field: &Map<String, Value>) -> Option<&str> {
    field.get("id").and_then(Value::as_str)
}

/// UUIDs are the same in capitals.
fn is_field(field: &Map<String, Value>, id: &str) -> bool {
    id_of(field).is_some_and(|known| known.eq_ignore_ascii_case(id))
}

fn with_id(id: String, sent: &Map<String, Value>) -> Map<String, Value> {
    let mut field = Map::new();
    field.insert("id".to_owned(), id.into());
    field.extend(sent.iter().filter(|(name, _)| *name != "id").map(|(name, value)| (name.clone(), value.clone())));
    field
}
