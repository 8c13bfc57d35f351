//! The table of endpoints, and their handlers, one file per resource. A handler validates the
//! received request, changes the account, and returns the response body.

mod actions;
pub(crate) mod agents;
mod calls;
mod cors_origins;
mod custom_fields;
mod endpoint;
mod knowledge;
mod phone_numbers;
mod user;
mod workspaces;

pub(crate) use endpoint::{ENDPOINTS, Endpoint, RESET_PASSWORD, is_public, operation_names};

use crate::errors::ErrorResponse;
use crate::ordered_json::{Content, field};

/// The documented envelope of a successful response.
fn success(content: impl Into<Content>) -> Content {
    Content::Fields(vec![field("status", true), ("data", content.into())])
}

/// Unwraps a value that validation guarantees. If it is missing nevertheless, the request fails
/// instead of being processed incorrectly.
fn validated<T>(value: Option<T>) -> Result<T, ErrorResponse> {
    value.ok_or_else(|| ErrorResponse::BadRequest("The request could not be decoded.".to_owned()))
}
