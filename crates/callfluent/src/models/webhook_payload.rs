//! The data that `CallFluent` posts to the server of a user.

use super::record_macro::record;

record! {
    /// The data of a webhook: the fields that the action sends, custom fields among them.
    ///
    /// Fields other than these are in `extra`, under their own names.
    pub struct WebhookPayload: undocumented {
        /// Name of the caller.
        name: Option<String> as "name" [];
        /// Phone number of the caller.
        phone_number: Option<String> as "phone_number" [];
        /// Email address of the caller.
        email: Option<String> as "email" [];
        /// Transcript of the phone call.
        transcription: Option<String> as "transcription" [];
    }
}
