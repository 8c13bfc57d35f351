//! What each endpoint does, one file for each resource. A handler gets a request that was read and the state,
//! checks the one, changes the other, and gives the body of the answer.

pub(crate) mod actions;
pub(crate) mod agents;
pub(crate) mod calls;
pub(crate) mod cross_origin;
pub(crate) mod custom_fields;
pub(crate) mod knowledge;
pub(crate) mod phone_numbers;
pub(crate) mod user;
pub(crate) mod workspaces;

use serde_json::{Value, json};

use crate::refusal::Refusal;

/// The documented envelope of a success.
fn data(content: impl Into<Value>) -> Value {
    json!({"status": true, "data": content.into()})
}

/// For what a check has already made sure of: should it not hold after all, the request is refused, not answered wrongly.
fn checked<T>(value: Option<T>) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::NotNow("The request could not be read.".to_owned()))
}
