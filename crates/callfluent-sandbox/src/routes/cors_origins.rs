//! Endpoint 17: set the origins from which browsers may request an agent's webhook.

use serde_json::{Value, json};

use super::{success, validated};
use crate::account::{Account, CorsOrigins};
use crate::errors::ErrorResponse;
use crate::ordered_json::Content;
use crate::requests::ReceivedRequest;
use crate::validation::{Field, Kind, path_id, required, unwrap, validate_object};

const CORS_ORIGINS: &[Field] =
    &[required("has_webhook_cors_origin", Kind::Boolean), required("webhook_cors_origin", Kind::Origins)];

pub(crate) fn set(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let agent_id = path_id(&request.path_parameters, "agent_id", &mut errors);
    let sent = unwrap(request.json(), "data", &mut errors);
    if let Some(sent) = sent {
        validate_object(CORS_ORIGINS, sent, &mut errors);
    }
    errors.into_result()?;
    let (agent_id, sent) = (validated(agent_id)?, validated(sent)?);
    let enabled = validated(sent.get("has_webhook_cors_origin").and_then(Value::as_bool))?;
    let origins = validated(sent.get("webhook_cors_origin"))?.clone();
    let now = account.now;
    let agent = account.agent_mut(agent_id)?;
    agent.updated_at = now;
    agent.cors_origins = CorsOrigins { enabled, origins };
    Ok(success(json!({
        "has_webhook_cors_origin": agent.cors_origins.enabled,
        "webhook_cors_origin": agent.cors_origins.origins,
    })))
}
