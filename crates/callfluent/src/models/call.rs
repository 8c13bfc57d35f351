//! Calls: what the history of an agent holds, and what starts one.

use super::record_macro::{input, model};
use crate::id::Id;

model! {
    /// A call of an agent.
    ///
    /// The documentation names nothing but the id; whatever else the server sends is in `extra`.
    pub struct Call: undocumented {
        /// The call's id, which hanging up and deleting it takes.
        id: Id as "id" [required(), example("1")];
    }
}

input! {
    /// Whom to call. Further fields, such as `name` or `email`, fill the agent's custom fields.
    pub struct CallStartParams: undocumented
    required {
        /// The number to call, in E.164 form.
        phone_number: String as "phone_number" [phone_number(), example("+123456789")];
    }
    optional {}
}

impl CallStartParams {
    /// Calls this number.
    pub fn to(phone_number: impl Into<String>) -> Self {
        Self { phone_number: phone_number.into(), extra: serde_json::Map::new() }
    }

    /// Gives a custom field its value for this call.
    #[must_use]
    pub fn with(mut self, field: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }
}
