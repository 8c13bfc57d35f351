//! Extension: get the profile of the user who owns the account.

use serde_json::{Value, json};

use crate::error_response::ErrorResponse;
use crate::received_request::ReceivedRequest;
use crate::state::Account;

pub(crate) fn profile(account: &mut Account, request: &ReceivedRequest) -> Result<Value, ErrorResponse> {
    request.errors().into_result()?;
    Ok(json!({
        "user": {"name": "Sandbox User", "email": "user@sandbox.example"},
        "setting": {
            "timezone": "UTC+00:00",
            "agent_limit": account.settings.agent_limit,
            "workspace_limit": account.settings.workspace_limit,
        },
    }))
}
