//! Extension: get the profile of the user who owns the account, and change the password.

use serde_json::{Value, json};

use super::validated;
use crate::account::Account;
use crate::errors::ErrorResponse;
use crate::ordered_json::Content;
use crate::requests::ReceivedRequest;
use crate::validation::{Kind, required, unwrap, validate_object};

pub(crate) fn profile(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    request.errors().into_result()?;
    Ok(json!({
        "user": {"name": "Sandbox User", "email": "user@sandbox.example"},
        "setting": {
            "timezone": "UTC+00:00",
            "agent_limit": account.settings.agent_limit,
            "workspace_limit": account.settings.workspace_limit,
        },
    })
    .into())
}

pub(crate) fn reset_password(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let sent = unwrap(request.json(), "data", &mut errors);
    if let Some(sent) = sent {
        validate_object(&[required("oldPass", Kind::String), required("newPass", Kind::String)], sent, &mut errors);
    }
    errors.into_result()?;
    let sent = validated(sent)?;
    let password = |name: &str| sent.get(name).and_then(Value::as_str);
    if password("oldPass") != Some(&*account.password) {
        return Err(ErrorResponse::WrongPassword);
    }
    account.password = validated(password("newPass"))?.into();
    Ok(json!({"status": true}).into())
}
