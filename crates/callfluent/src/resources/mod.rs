//! The operations, by resource: one file each, which holds the endpoint's description and its Rust method.

mod actions;
mod agent_patch;
mod agents;
mod calls;
mod custom_fields;
mod knowledge;
#[rustfmt::skip] // generated
mod method_docs;
mod phone_numbers;
mod resource_macro;
mod user;
mod workspaces;

pub use actions::Actions;
pub use agents::Agents;
pub use calls::{CallStream, Calls, Page};
pub use custom_fields::CustomFields;
pub use knowledge::Knowledge;
pub use phone_numbers::PhoneNumbers;
pub use user::User;
pub use workspaces::Workspaces;
