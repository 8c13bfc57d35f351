//! What the documentation asks of a request, and how a request is held against it.
//! Written from the documentation alone, apart from the client's types, so that a misreading on one side shows on the other.

mod action;
mod agent;
mod body;
mod field;
mod kind;
mod path;
mod problem;
mod text;

pub(crate) use action::{Purpose, check_action};
pub(crate) use agent::{AGENT_FIELDS, check_agent, check_flat_agent};
pub(crate) use body::{object, refuse_other_keys, unwrap};
pub(crate) use field::{Field, check_object, check_values, optional, required};
pub(crate) use kind::Kind;
pub(crate) use path::{agent_type, page, path_number, path_uuid};
pub use problem::{Problem, Problems};
