//! The endpoint handlers, one file per resource. A handler validates the received request, changes
//! the account, and returns the response body.

pub(crate) mod actions;
pub(crate) mod agents;
pub(crate) mod calls;
pub(crate) mod cors_origins;
pub(crate) mod custom_fields;
pub(crate) mod knowledge;
pub(crate) mod phone_numbers;
pub(crate) mod user;
pub(crate) mod workspaces;

use crate::error_response::ErrorResponse;
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
