//! A string that debug output does not show, such as the API key.

use std::fmt;
use std::ops::Deref;

#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub(crate) struct SecretString(String);

impl fmt::Debug for SecretString {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl Deref for SecretString {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<Text: Into<String>> From<Text> for SecretString {
    fn from(secret: Text) -> Self {
        Self(secret.into())
    }
}
