//! The methods of the client that return its resources.

use super::actions::Actions;
use super::agents::Agents;
use super::calls::Calls;
use super::custom_fields::CustomFields;
use super::knowledge::Knowledge;
use super::phone_numbers::PhoneNumbers;
use super::user::User;
use super::workspaces::Workspaces;
use crate::client::CallFluent;

/// Resources.
impl CallFluent {
    /// Returns the voice agents.
    pub fn agents(&self) -> Agents<'_> {
        Agents::new(self)
    }

    /// Returns the actions that agents perform during phone calls.
    pub fn actions(&self) -> Actions<'_> {
        Actions::new(self)
    }

    /// Returns the phone calls and their history.
    pub fn calls(&self) -> Calls<'_> {
        Calls::new(self)
    }

    /// Returns the custom fields of agents.
    pub fn custom_fields(&self) -> CustomFields<'_> {
        CustomFields::new(self)
    }

    /// Returns the knowledge files of agents.
    pub fn knowledge(&self) -> Knowledge<'_> {
        Knowledge::new(self)
    }

    /// Returns the phone numbers of a workspace.
    pub fn phone_numbers(&self) -> PhoneNumbers<'_> {
        PhoneNumbers::new(self)
    }

    /// Returns the user of the API key.
    pub fn user(&self) -> User<'_> {
        User::new(self)
    }

    /// Returns the workspaces.
    pub fn workspaces(&self) -> Workspaces<'_> {
        Workspaces::new(self)
    }
}

#[cfg(feature = "blocking")]
mod blocking_accessors {
    use crate::client::blocking::CallFluent;
    use crate::resources::blocking::{Actions, Agents, Calls, CustomFields, Knowledge, PhoneNumbers, User, Workspaces};

    /// Resources.
    impl CallFluent {
        /// Returns the voice agents.
        pub fn agents(&self) -> Agents<'_> {
            Agents::new(self)
        }

        /// Returns the actions that agents perform during phone calls.
        pub fn actions(&self) -> Actions<'_> {
            Actions::new(self)
        }

        /// Returns the phone calls and their history.
        pub fn calls(&self) -> Calls<'_> {
            Calls::new(self)
        }

        /// Returns the custom fields of agents.
        pub fn custom_fields(&self) -> CustomFields<'_> {
            CustomFields::new(self)
        }

        /// Returns the knowledge files of agents.
        pub fn knowledge(&self) -> Knowledge<'_> {
            Knowledge::new(self)
        }

        /// Returns the phone numbers of a workspace.
        pub fn phone_numbers(&self) -> PhoneNumbers<'_> {
            PhoneNumbers::new(self)
        }

        /// Returns the user of the API key.
        pub fn user(&self) -> User<'_> {
            User::new(self)
        }

        /// Returns the workspaces.
        pub fn workspaces(&self) -> Workspaces<'_> {
            Workspaces::new(self)
        }
    }
}
