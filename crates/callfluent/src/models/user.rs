//! The user that owns the API key.

use serde_json::{Map, Value};

use super::record_macro::record;

record! {
    /// A user.
    pub struct User {
        /// Name of the user.
        name: Option<String> as "name" [required()];
        /// Email address of the user.
        email: Option<String> as "email" [required()];
    }
}

record! {
    /// The user that owns the API key, with the account settings.
    pub struct Profile {
        /// The user.
        user: User as "user" [required()];
        /// Account settings, unchanged.
        setting: Option<Map<String, Value>> as "setting" [required()];
    }
}
