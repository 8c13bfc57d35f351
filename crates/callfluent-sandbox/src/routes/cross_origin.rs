//! Endpoint 17: from which origins a browser may call an agent's webhook.

use serde_json::{Value, json};

use super::{checked, data};
use crate::check::{Field, Kind, check_object, path_number, required, unwrap};
use crate::incoming::Incoming;
use crate::refusal::{Refusal, refuse};
use crate::state::{CrossOrigin, World};

const CROSS_ORIGIN: &[Field] =
    &[required("has_webhook_cors_origin", Kind::Boolean), required("webhook_cors_origin", Kind::Origins)];

pub(crate) fn set(world: &mut World, incoming: &Incoming) -> Result<Value, Refusal> {
    let mut problems = incoming.problems();
    let agent_id = path_number(&incoming.parameters, "agent_id", &mut problems);
    let sent = unwrap(incoming.json(), "data", &mut problems);
    if let Some(sent) = sent {
        check_object(CROSS_ORIGIN, sent, &mut problems);
    }
    refuse(problems)?;
    let (agent_id, sent) = (checked(agent_id)?, checked(sent)?);
    let enabled = checked(sent.get("has_webhook_cors_origin").and_then(Value::as_bool))?;
    let origins = checked(sent.get("webhook_cors_origin"))?.clone();
    let moment = world.moment;
    let agent = world.agent_mut(agent_id)?;
    agent.updated_at = moment;
    agent.cross_origin = CrossOrigin { enabled, origins };
    Ok(data(json!({
        "has_webhook_cors_origin": agent.cross_origin.enabled,
        "webhook_cors_origin": agent.cross_origin.origins,
    })))
}
