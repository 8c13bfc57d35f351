//! The user that an API key belongs to.

use serde_json::{Map, Value};

use super::record_macro::model;

model! {
    /// A user.
    pub struct User {
        /// The user's name.
        name: Option<String> as "name" [required()];
        /// The user's email address.
        email: Option<String> as "email" [required()];
    }
}

model! {
    /// The user that the API key belongs to, with the settings of the account.
    pub struct Profile {
        /// The user.
        user: User as "user" [required()];
        /// The settings, as the server sends them.
        setting: Option<Map<String, Value>> as "setting" [required()];
    }
}
