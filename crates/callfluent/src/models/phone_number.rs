//! The phone numbers that a workspace has for its agents.

use std::collections::BTreeMap;

use super::enumeration_macro::open_enumeration;
use super::record_macro::model;
use crate::decode::List;

open_enumeration! {
    /// Where a phone number comes from.
    pub enum PhoneNumberType {
        /// Bought from Twilio.
        Twilio = "twilio",
        /// The user's own, verified.
        Verified = "verified",
    }
}

model! {
    /// A phone number of a workspace.
    pub struct PhoneNumber {
        /// The number, in E.164 form.
        number: Option<String> as "number" [required(), phone_number(), example("+123456789")];
        /// Twilio's id of the number.
        sid: Option<String> as "sid" [required()];
        /// Whether it was bought from Twilio or is the user's own.
        r#type: Option<PhoneNumberType> as "type" [required(), example("twilio")];
    }
}

model! {
    /// The phone numbers of a workspace, and which of them are taken.
    pub struct PhoneNumberList {
        /// All numbers.
        numbers: List<PhoneNumber> as "number_list" [required(), alias("data")];
        /// The numbers that an agent uses already, each with the URL of that agent's picture where it has one.
        in_use: BTreeMap<String, Option<String>> as "agentNumMap" [required()];
    }
}

impl PhoneNumberList {
    /// The numbers that no agent uses yet.
    pub fn free(&self) -> impl Iterator<Item = &PhoneNumber> {
        self.numbers
            .iter()
            .filter(|entry| entry.number.as_ref().is_some_and(|number| !self.in_use.contains_key(number)))
    }
}
