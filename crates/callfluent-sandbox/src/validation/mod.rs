//! The documented rules for requests, and the check of a request against them.
//! Written from the documentation, not from the client's types: a shared misreading would stay
//! undetected.

mod action;
mod agent;
mod body;
mod field;
mod kind;
mod parameters;
mod string_format;

pub(crate) use action::{Purpose, action_fields, validate_action};
pub(crate) use agent::{AGENT_FIELDS, agent_field, validate_agent, validate_flat_agent};
pub(crate) use body::{object, reject_other_keys, unwrap, with_documented_names};
pub(crate) use field::{Field, is_same_name, optional, required, validate_object, validate_values};
pub(crate) use kind::{Kind, decode_id, unlike};
pub(crate) use parameters::{agent_type, page, path_id, path_uuid};
