//! Phone numbers of workspaces.

use std::collections::BTreeMap;

use super::enumeration_macro::open_enumeration;
use super::record_macro::record;
use crate::decode::List;

open_enumeration! {
    /// Origin of a phone number.
    pub enum PhoneNumberType {
        /// Bought from Twilio.
        Twilio = "twilio",
        /// Owned by the user, and verified.
        Verified = "verified",
    }
}

record! {
    /// A phone number of a workspace.
    pub struct PhoneNumber {
        /// Phone number in E.164 format.
        number: Option<String> as "number" [required(), phone_number(), example("+123456789")];
        /// Twilio ID of the number.
        sid: Option<String> as "sid" [required()];
        /// Origin of the number: `twilio` or `verified`.
        r#type: Option<PhoneNumberType> as "type" [required(), example("twilio")];
    }
}

record! {
    /// Phone numbers of a workspace, with those in use.
    pub struct PhoneNumberList {
        /// All numbers of the workspace.
        numbers: List<PhoneNumber> as "number_list" [required(), alias("data")];
        /// Numbers that an agent uses, each with the URL of the agent's picture if it has one.
        in_use: BTreeMap<String, Option<String>> as "agentNumMap" [required()];
    }
}

impl PhoneNumberList {
    /// Returns the numbers that no agent uses.
    pub fn free(&self) -> impl Iterator<Item = &PhoneNumber> {
        self.numbers
            .iter()
            .filter(|entry| entry.number.as_ref().is_some_and(|number| !self.in_use.contains_key(number)))
    }
}
