//! The user that owns the API key.

use super::record_macro::record;
use crate::decode::Extra;

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
        setting: Option<Extra> as "setting" [required()];
    }
}
