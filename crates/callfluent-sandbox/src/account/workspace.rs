//! A workspace and its phone numbers.

use serde_json::{Value, json};

#[derive(Debug, Clone)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Workspace {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) numbers: Vec<PhoneNumber>,
}

impl Workspace {
    pub(crate) fn to_json(&self) -> Value {
        json!({"id": self.id, "name": self.name})
    }

    pub(crate) fn has_number(&self, number: &str) -> bool {
        self.numbers.iter().any(|known| known.number == number)
    }
}

#[derive(Debug, Clone)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct PhoneNumber {
    pub(crate) number: String,
    pub(crate) sid: String,
    /// A verified number belongs to a person. It can be shown as the caller's number, but calls to
    /// it do not reach an agent.
    pub(crate) verified: bool,
}

impl PhoneNumber {
    pub(crate) fn to_json(&self) -> Value {
        json!({"number": self.number, "sid": self.sid, "type": if self.verified { "verified" } else { "twilio" }})
    }
}
