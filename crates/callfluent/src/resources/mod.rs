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
mod call_changes;
mod call_export;
mod call_history;
mod call_order;
mod call_pages;
mod call_state;
mod call_streams;
mod call_waiter;
mod call_watch;
mod call_watcher;
mod calls;
mod client_accessors;
mod composite_methods;
mod custom_field_check;
mod custom_fields;
mod knowledge;
mod knowledge_upload;
#[rustfmt::skip] // generated
mod method_docs;
mod patch_arguments;
mod patch_result;
mod phone_numbers;
mod poll_schedule;
mod resource_macro;
mod user;
mod workspaces;

pub use actions::Actions;
pub(crate) use agent_patch::is_patch;
pub use agents::Agents;
pub(crate) use bulk_operations::{BULK_OPERATIONS, CREATE_MANY_FROM_ROWS};
pub use call_export::CallExport;
pub(crate) use call_export::EXPORTED_LISTS;
pub(crate) use call_history::CallHistory;
pub use call_pages::Page;
pub use call_streams::{CallStream, PageStream};
pub(crate) use call_waiter::CallWaiter;
#[doc(hidden)]
pub use call_waiter::WaitOptions;
pub use call_watch::{CallWait, CallWatch};
pub(crate) use call_watcher::CallWatcher;
#[doc(hidden)]
pub use call_watcher::WatchOptions;
pub use calls::Calls;
pub(crate) use composite_methods::COMPOSITE_METHODS;
pub use custom_fields::CustomFields;
pub use knowledge::Knowledge;
pub(crate) use knowledge_upload::is_upload;
pub use phone_numbers::PhoneNumbers;
pub use user::User;
pub use workspaces::Workspaces;
