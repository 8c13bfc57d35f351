//! Every way in which the sandbox says no, with the status and the body of each.
//! The words of 403 and of the agent limit are the documentation's; those of the workspace limit are from the workspace page.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::check::Problems;

/// The documented words of a permission error.
const NO_PERMISSION: &str = "Your account doesn't have the permission to access that page.";

/// Why a request was not carried out.
#[derive(Debug, Clone)]
pub(crate) enum Refusal {
    /// 401: no key, or not the right one.
    Key(&'static str),
    /// 403: it belongs to another account.
    Permission,
    /// 404: nothing has that id, or no endpoint has that path.
    NotFound(String),
    /// 405: the path exists, the method does not.
    Method(String),
    /// 422: the request differs from the documentation.
    Problems(Problems),
    /// 400: as many agents as the account may have.
    AgentLimit,
    /// 400: as many workspaces as the account may have.
    WorkspaceLimit,
    /// 400: well formed, but not possible now.
    NotNow(String),
}

impl Refusal {
    pub(crate) fn not_found(what: &str, id: impl std::fmt::Display) -> Self {
        Self::NotFound(format!("{what} {id} was not found."))
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Key(_) => StatusCode::UNAUTHORIZED,
            Self::Permission => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Problems(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::AgentLimit | Self::WorkspaceLimit | Self::NotNow(_) => StatusCode::BAD_REQUEST,
        }
    }

    pub(crate) fn body(&self) -> Value {
        match self {
            Self::Key(message) => json!({"status": false, "msg": message}),
            Self::Permission => json!({"status": false, "msg": NO_PERMISSION}),
            Self::NotFound(message) | Self::Method(message) | Self::NotNow(message) => {
                json!({"status": false, "error": message})
            }
            Self::Problems(problems) => {
                json!({"status": false, "error": problems.to_string(), "errors": problems.to_json()})
            }
            Self::AgentLimit => json!({"status": false, "msg": "You have reached limit."}),
            Self::WorkspaceLimit => json!({
                "status": false,
                "error": "Workspace creation limit exceeded.",
                "message": "Please delete some before creating new ones.",
            }),
        }
    }
}

/// Lets the request go on where nothing is wrong with it.
pub(crate) fn refuse(problems: Problems) -> Result<(), Refusal> {
    if problems.is_empty() { Ok(()) } else { Err(Refusal::Problems(problems)) }
}
