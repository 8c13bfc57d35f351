//! The table of endpoints: the seventeen documented ones in their order, then those that other
//! public pages and programs show. Routing, operation names, body reading and handlers use this
//! table.

use axum::http::Method;
use serde_json::Value;

use crate::account::Account;
use crate::errors::ErrorResponse;
use crate::ordered_json::Content;
use crate::requests::{BodyKind, ReceivedRequest};
use crate::routes::{actions, agents, calls, cors_origins, custom_fields, knowledge, phone_numbers, user, workspaces};

/// Processes a request and returns the response body.
type Handler = fn(&mut Account, &ReceivedRequest) -> Result<Content, ErrorResponse>;

#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    /// In the router's notation.
    pub(crate) path: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) body: BodyKind,
    pub(crate) handler: Handler,
}

impl Endpoint {
    /// Returns the operation of a request. One endpoint creates and updates custom fields; the `id`
    /// in the body tells which.
    pub(crate) fn operation_of(&self, body: Option<&Value>) -> &'static str {
        let has_field_id = body.and_then(|body| body.get("data")?.get("id")).is_some_and(|id| !id.is_null());
        if self.operation == CREATE_CUSTOM_FIELD && has_field_id { UPDATE_CUSTOM_FIELD } else { self.operation }
    }

    /// Returns true if requests need the API key.
    pub(crate) fn needs_key(&self) -> bool {
        self.operation != GET_PUBLIC_AGENT
    }

    /// Returns the operations of the endpoint.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &'static str> {
        let second = (self.operation == CREATE_CUSTOM_FIELD).then_some(UPDATE_CUSTOM_FIELD);
        std::iter::once(self.operation).chain(second)
    }
}

/// Returns true if a path is that of an endpoint without a key.
pub(crate) fn is_public(path: &str) -> bool {
    let public = ENDPOINTS.iter().filter(|endpoint| !endpoint.needs_key());
    public.filter_map(|endpoint| endpoint.path.split('{').next()).any(|start| path.starts_with(start))
}

/// Returns the names of all operations.
pub(crate) fn operation_names() -> Vec<&'static str> {
    ENDPOINTS.iter().flat_map(Endpoint::operations).collect()
}

/// The operation whose arguments the journal must not contain.
pub(crate) const RESET_PASSWORD: &str = "user.reset_password";
const GET_PUBLIC_AGENT: &str = "agents.get_public";
const CREATE_CUSTOM_FIELD: &str = "custom_fields.create";
const UPDATE_CUSTOM_FIELD: &str = "custom_fields.update";

const fn endpoint(
    method: Method,
    path: &'static str,
    operation: &'static str,
    body: BodyKind,
    handler: Handler,
) -> Endpoint {
    Endpoint { method, path, operation, body, handler }
}

/// All endpoints of the API.
#[rustfmt::skip]
pub(crate) static ENDPOINTS: &[Endpoint] = &[
    endpoint(Method::GET, "/api/agent/number-list/{id}/{agentType}", "phone_numbers.list", BodyKind::Empty, phone_numbers::list),
    endpoint(Method::POST, "/api/agent/create", "agents.create", BodyKind::Json, agents::create),
    endpoint(Method::GET, "/api/agent/get-all/{workspaceId}", "agents.list", BodyKind::Empty, agents::list),
    endpoint(Method::GET, "/api/agent/get-one/{agentId}", "agents.get", BodyKind::Empty, agents::get),
    endpoint(Method::DELETE, "/api/agent/delete/{agentId}", "agents.delete", BodyKind::Empty, agents::delete),
    endpoint(Method::GET, "/api/agent/{agentId}/calls", "calls.list", BodyKind::Empty, calls::list),
    endpoint(Method::PUT, "/api/agent/update/{id}", "agents.update", BodyKind::Json, agents::update),
    endpoint(Method::PUT, "/api/agent/knowledge/{id}", "knowledge.upload", BodyKind::Files, knowledge::upload),
    endpoint(Method::DELETE, "/api/agent/knowledge/{id}", "knowledge.delete", BodyKind::Empty, knowledge::delete),
    endpoint(Method::DELETE, "/api/agent/delete-call/{call_id}", "calls.delete", BodyKind::Empty, calls::delete),
    endpoint(Method::POST, "/api/agent/hangup-call", "calls.hang_up", BodyKind::Json, calls::hang_up),
    endpoint(Method::PUT, "/api/agent/custom-field/{id}", CREATE_CUSTOM_FIELD, BodyKind::Json, custom_fields::put),
    endpoint(Method::DELETE, "/api/agent/remove-custom-fields/{agent_id}/{field_id}", "custom_fields.delete", BodyKind::Empty, custom_fields::delete),
    endpoint(Method::POST, "/api/agent/create-action", "actions.create", BodyKind::Json, actions::create),
    endpoint(Method::POST, "/api/agent/update-action/{actionId}", "actions.update", BodyKind::Json, actions::update),
    endpoint(Method::DELETE, "/api/agent/delete-action/{actionId}", "actions.delete", BodyKind::Empty, actions::delete),
    endpoint(Method::PUT, "/api/agent/webhook-cors-origin/{agent_id}", "agents.set_cors_origins", BodyKind::Json, cors_origins::set),
    endpoint(Method::GET, "/api/workspace/get-all", "workspaces.list", BodyKind::Empty, workspaces::list),
    endpoint(Method::GET, "/api/workspace/get/{id}", "workspaces.get", BodyKind::Empty, workspaces::get),
    endpoint(Method::POST, "/api/workspace/create", "workspaces.create", BodyKind::Json, workspaces::create),
    endpoint(Method::POST, "/api/call-api/make-call/{agentId}", "calls.start", BodyKind::Json, calls::start),
    endpoint(Method::GET, "/api/call-api/get-public-agent/{agentId}", GET_PUBLIC_AGENT, BodyKind::Empty, agents::get_public),
    endpoint(Method::GET, "/api/user/profile", "user.profile", BodyKind::Empty, user::profile),
    endpoint(Method::POST, "/api/user/reset-password", RESET_PASSWORD, BodyKind::Json, user::reset_password),
];
