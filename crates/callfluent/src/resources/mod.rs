//! The resources of the API, one file or folder each, with the description and the Rust method of
//! every operation. `patch/` and `bulk/` have the operations that take several requests.

mod actions;
mod agents;
#[cfg(feature = "blocking")]
pub(crate) mod blocking;
mod bulk;
mod calls;
mod client_accessors;
mod custom_fields;
mod knowledge;
#[rustfmt::skip] // generated
mod method_docs;
mod patch;
mod phone_numbers;
mod resource_macro;
mod user;
mod workspaces;

pub use actions::Actions;
pub use agents::Agents;
pub(crate) use bulk::{BULK_OPERATIONS, CREATE_MANY_FROM_ROWS};
pub(crate) use calls::{COMPOSITE_METHODS, CallHistory, CallWaiter, CallWatcher, EXPORT, EXPORTED_LISTS, WAIT, WATCH};
pub use calls::{CallExport, CallStream, CallWait, CallWatch, Calls, Page, PageStream};
#[doc(hidden)]
pub use calls::{WaitOptions, WatchOptions};
pub use custom_fields::CustomFields;
pub use knowledge::Knowledge;
pub(crate) use knowledge::is_upload;
pub(crate) use patch::is_patch;
pub use phone_numbers::PhoneNumbers;
pub use user::User;
pub use workspaces::Workspaces;
