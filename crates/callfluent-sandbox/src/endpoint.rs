//! The table of endpoints: the seventeen of the documentation in its order, then four of the same API's other pages.
//! Routing, journal labels, the reading of bodies and the handlers all hang on this one table.

use axum::http::Method;
use serde_json::Value;

use crate::incoming::{Expects, Incoming};
use crate::refusal::Refusal;
use crate::routes::{actions, agents, calls, cross_origin, custom_fields, knowledge, phone_numbers, user, workspaces};
use crate::state::World;

/// Carries a request out and gives the whole body of the answer.
type Handler = fn(&mut World, &Incoming) -> Result<Value, Refusal>;

#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    /// In the router's notation.
    pub(crate) path: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) expects: Expects,
    pub(crate) handle: Handler,
}

impl Endpoint {
    /// The label of a request: one documented endpoint both creates and updates custom fields, told apart by the body's `id`.
    pub(crate) fn label(&self, body: Option<&Value>) -> &'static str {
        let has_field_id = body.and_then(|body| body.get("data")?.get("id")).is_some_and(|id| !id.is_null());
        if self.operation == CREATE_CUSTOM_FIELD && has_field_id { UPDATE_CUSTOM_FIELD } else { self.operation }
    }
}

const CREATE_CUSTOM_FIELD: &str = "custom_fields.create";
const UPDATE_CUSTOM_FIELD: &str = "custom_fields.update";

const fn endpoint(
    method: Method,
    path: &'static str,
    operation: &'static str,
    expects: Expects,
    handle: Handler,
) -> Endpoint {
    Endpoint { method, path, operation, expects, handle }
}

/// Every endpoint that the sandbox answers under its base URL.
#[rustfmt::skip]
pub(crate) static ENDPOINTS: &[Endpoint] = &[
    endpoint(Method::GET, "/api/agent/number-list/{id}/{agentType}", "phone_numbers.list", Expects::Nothing, phone_numbers::list),
    endpoint(Method::POST, "/api/agent/create", "agents.create", Expects::Json, agents::create),
    endpoint(Method::GET, "/api/agent/get-all/{workspaceId}", "agents.list", Expects::Nothing, agents::list),
    endpoint(Method::GET, "/api/agent/get-one/{agentId}", "agents.get", Expects::Nothing, agents::get),
    endpoint(Method::DELETE, "/api/agent/delete/{agentId}", "agents.delete", Expects::Nothing, agents::delete),
    endpoint(Method::GET, "/api/agent/{agentId}/calls", "calls.list", Expects::Nothing, calls::list),
    endpoint(Method::PUT, "/api/agent/update/{id}", "agents.update", Expects::Json, agents::update),
    endpoint(Method::PUT, "/api/agent/knowledge/{id}", "knowledge.upload", Expects::Files, knowledge::upload),
    endpoint(Method::DELETE, "/api/agent/knowledge/{id}", "knowledge.delete", Expects::Nothing, knowledge::delete),
    endpoint(Method::DELETE, "/api/agent/delete-call/{call_id}", "calls.delete", Expects::Nothing, calls::delete),
    endpoint(Method::POST, "/api/agent/hangup-call", "calls.hang_up", Expects::Json, calls::hang_up),
    endpoint(Method::PUT, "/api/agent/custom-field/{id}", CREATE_CUSTOM_FIELD, Expects::Json, custom_fields::put),
    endpoint(Method::DELETE, "/api/agent/remove-custom-fields/{agent_id}/{field_id}", "custom_fields.delete", Expects::Nothing, custom_fields::delete),
    endpoint(Method::POST, "/api/agent/create-action", "actions.create", Expects::Json, actions::create),
    endpoint(Method::POST, "/api/agent/update-action/{actionId}", "actions.update", Expects::Json, actions::update),
    endpoint(Method::DELETE, "/api/agent/delete-action/{actionId}", "actions.delete", Expects::Nothing, actions::delete),
    endpoint(Method::PUT, "/api/agent/webhook-cors-origin/{agent_id}", "agents.set_cors_origins", Expects::Json, cross_origin::set),
    endpoint(Method::GET, "/api/workspace/get-all", "workspaces.list", Expects::Nothing, workspaces::list),
    endpoint(Method::POST, "/api/workspace/create", "workspaces.create", Expects::Json, workspaces::create),
    endpoint(Method::POST, "/api/call-api/make-call/{agentId}", "calls.start", Expects::Json, calls::start),
    endpoint(Method::GET, "/api/user/profile", "user.profile", Expects::Nothing, user::profile),
];
