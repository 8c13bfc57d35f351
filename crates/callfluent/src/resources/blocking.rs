//! The resources of the blocking client. `resource!` defines each beside its async twin.

pub use super::actions::blocking::Actions;
pub use super::agents::blocking::Agents;
pub use super::calls::CallWatchIterator;
pub use super::calls::blocking::Calls;
pub use super::calls::blocking_pages::{CallIterator, Page};
pub use super::custom_fields::blocking::CustomFields;
pub use super::knowledge::blocking::Knowledge;
pub use super::phone_numbers::blocking::PhoneNumbers;
pub use super::user::blocking::User;
pub use super::workspaces::blocking::Workspaces;
