//! The resources of the API, one file each, with the description and the Rust method of every
//! operation.

mod actions;
mod agent_patch;
mod agents;
#[cfg(feature = "blocking")]
pub(crate) mod blocking;
#[cfg(feature = "blocking")]
mod blocking_pages;
mod bulk_methods;
mod bulk_operations;
mod call_pages;
mod call_streams;
mod calls;
mod client_accessors;
mod custom_field_check;
mod custom_fields;
mod knowledge;
mod knowledge_upload;
#[rustfmt::skip] // generated
mod method_docs;
mod pagination;
mod patch_arguments;
mod patch_result;
mod phone_numbers;
mod resource_macro;
mod user;
mod workspaces;

pub use actions::Actions;
pub(crate) use agent_patch::is_patch;
pub use agents::Agents;
pub(crate) use bulk_operations::BULK_OPERATIONS;
pub use call_pages::Page;
pub use call_streams::{CallStream, PageStream};
pub use calls::Calls;
pub use custom_fields::CustomFields;
pub use knowledge::Knowledge;
pub(crate) use knowledge_upload::is_upload;
pub(crate) use pagination::Paginator;
pub use phone_numbers::PhoneNumbers;
pub use user::User;
pub use workspaces::Workspaces;
