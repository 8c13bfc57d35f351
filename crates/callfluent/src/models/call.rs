//! Phone calls: the record of the call history, and the parameters that start one.

use super::params_macro::params;
use super::record_macro::record;
use crate::id::Id;

record! {
    /// A phone call of an agent.
    ///
    /// The API documents only `id`. All other fields of the response are kept.
    pub struct Call: undocumented {
        /// ID of the phone call.
        id: Id as "id" [required(), example("1")];
    }
}

record! {
    /// A started phone call.
    ///
    /// The server may start a phone call without returning its ID. The API documents no fields of
    /// the response; all that it contains are kept.
    pub struct StartedCall: undocumented {
        /// ID of the phone call; empty if `has_id` is false.
        id: Id as "id" [required(), example("1")];
        /// True if the server returned an ID. If it is false, look for the phone call in the call
        /// history.
        has_id: bool as "has_id" [required()];
    }
}

params! {
    /// Phone number to dial, and values of custom fields.
    ///
    /// Additional fields, e.g. `name` or `email`, set the agent's custom fields for this phone
    /// call. A name that is close to an argument is rejected.
    pub struct CallStartParams, CallStartParamsBuilder: undocumented, ignores &[];
    required {
        /// Phone number to dial, in E.164 format.
        phone_number: String as "phone_number" [called(&["phone", "number", "to", "to_number", "customer_number"]), phone_number(), example("+123456789")];
    }
    optional {}
}

impl CallStartParams {
    /// Creates parameters that dial this phone number.
    pub fn to(phone_number: impl Into<String>) -> Self {
        Self::builder().phone_number(phone_number).build()
    }
}
