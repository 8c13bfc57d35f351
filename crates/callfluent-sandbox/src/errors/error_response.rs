//! The sandbox's error responses, with the status and body of each.
//! The messages of 403 and of the agent limit are documented. The message of the workspace limit is
//! from the API's workspace page.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::field_error::FieldErrors;

/// The documented message of a permission error.
const NO_PERMISSION: &str = "Your account doesn't have the permission to access that page.";

/// The reason why a request was not processed.
#[derive(Debug, Clone)]
pub(crate) enum ErrorResponse {
    /// 401: missing or wrong API key.
    Unauthorized(&'static str),
    /// 403: the object belongs to another account.
    Forbidden,
    /// 404: unknown ID or path.
    NotFound(String),
    /// 405: known path, unknown method.
    MethodNotAllowed(String),
    /// 422: the request differs from the documentation.
    InvalidRequest(FieldErrors),
    /// 400: the account has reached its limit of agents.
    AgentLimit,
    /// 400: the account has reached its limit of workspaces.
    WorkspaceLimit,
    /// 200: the current password is wrong. The published response does not show another status.
    WrongPassword,
    /// 400: a valid request that the current state does not allow.
    BadRequest(String),
    /// 500: the data directory does not store the state. The client cannot tell whether the request
    /// was processed, as after any status 500.
    NotStored(String),
}

impl ErrorResponse {
    pub(crate) fn not_found(kind: &str, id: impl std::fmt::Display) -> Self {
        Self::NotFound(format!("{kind} {id} was not found."))
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::InvalidRequest(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::WrongPassword => StatusCode::OK,
            Self::AgentLimit | Self::WorkspaceLimit | Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NotStored(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns the reason as text.
    pub(crate) fn message(&self) -> String {
        let body = self.body();
        ["error", "msg"].iter().find_map(|name| body.get(name)?.as_str()).unwrap_or_default().to_owned()
    }

    pub(crate) fn body(&self) -> Value {
        match self {
            Self::Unauthorized(message) => json!({"status": false, "msg": message}),
            Self::Forbidden => json!({"status": false, "msg": NO_PERMISSION}),
            Self::NotFound(message) | Self::MethodNotAllowed(message) | Self::BadRequest(message) => {
                json!({"status": false, "error": message})
            }
            Self::InvalidRequest(errors) => {
                json!({"status": false, "error": errors.to_string(), "errors": errors.to_json()})
            }
            Self::NotStored(cause) => {
                json!({"status": false, "error": format!("state could not be stored: {cause}; free disk space and retry")})
            }
            Self::WrongPassword => json!({"status": false, "msg": "Please input correct current password"}),
            Self::AgentLimit => json!({"status": false, "msg": "You have reached limit."}),
            Self::WorkspaceLimit => json!({
                "status": false,
                "error": "Workspace creation limit exceeded.",
                "message": "Please delete some before creating new ones.",
            }),
        }
    }
}

impl From<FieldErrors> for ErrorResponse {
    fn from(errors: FieldErrors) -> Self {
        Self::InvalidRequest(errors)
    }
}
