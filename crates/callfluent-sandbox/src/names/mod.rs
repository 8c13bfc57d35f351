//! Names of operations and fields in the naming of the caller's language, and in error messages.

mod given_names;
mod naming;

pub(crate) use given_names::{documented_agent_fields, in_given_names, unknown_field};
pub(crate) use naming::Naming;
