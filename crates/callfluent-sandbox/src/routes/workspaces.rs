//! Extension: list and create workspaces. The list has no envelope, as documented for that
//! endpoint.

use serde_json::{Value, json};

use super::{success, validated};
use crate::account::{Account, Workspace};
use crate::errors::ErrorResponse;
use crate::ordered_json::Content;
use crate::requests::ReceivedRequest;
use crate::validation::{Kind, object, path_id, required, validate_object};

pub(crate) fn list(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    request.errors().into_result()?;
    Ok(json!({"workspaces": all(account)}).into())
}

pub(crate) fn get(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let id = path_id(&request.path_parameters, "id", &mut errors);
    errors.into_result()?;
    Ok(success(account.workspace(validated(id)?)?.to_json()))
}

pub(crate) fn create(account: &mut Account, request: &ReceivedRequest) -> Result<Content, ErrorResponse> {
    let mut errors = request.errors();
    let body = object(request.json(), &mut errors);
    if let Some(body) = body {
        validate_object(&[required("name", Kind::String)], body, &mut errors);
        if body.get("name").and_then(Value::as_str).is_some_and(is_blank) {
            errors.add("name", "must not be empty");
        }
    }
    errors.into_result()?;
    let name = validated(body.and_then(|body| body.get("name")?.as_str()))?;
    if account.workspaces.len() >= account.settings.workspace_limit {
        return Err(ErrorResponse::WorkspaceLimit);
    }
    account.add_workspace(name);
    Ok(success(all(account)))
}

fn all(account: &Account) -> Value {
    account.workspaces.iter().map(Workspace::to_json).collect()
}

/// Returns true if a text has only white space. As in the pattern of the description, the
/// separators of ASCII are white space too.
fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&letter))
}
