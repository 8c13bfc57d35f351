//! The API key: it goes into one header and is shown nowhere.

use std::fmt;

use reqwest::header::HeaderValue;

/// What is shown in place of the key.
const REDACTED: &str = "[redacted]";
/// A shorter key would make innocent text unreadable when it is taken out of a server's message.
const SHORTEST_TO_REDACT: usize = 6;

/// An API key. Its `Debug` shows no part of it.
#[derive(Clone)]
pub(crate) struct ApiKey {
    key: Box<str>,
    authorization: HeaderValue,
}

impl ApiKey {
    /// Takes a key as the user gives it; `None` where it is empty or cannot stand in a header.
    pub(crate) fn new(key: &str) -> Option<Self> {
        let key = key.trim();
        if key.is_empty() || key.chars().any(|character| character.is_control() || character.is_whitespace()) {
            return None;
        }
        let mut authorization = HeaderValue::from_str(&format!("Bearer {key}")).ok()?;
        authorization.set_sensitive(true);
        Some(Self { key: key.into(), authorization })
    }

    /// The value of the `Authorization` header, marked as sensitive.
    pub(crate) fn authorization(&self) -> HeaderValue {
        self.authorization.clone()
    }

    /// Takes the key out of a text that a server or a library wrote.
    pub(crate) fn redact(&self, text: String) -> String {
        if self.key.len() >= SHORTEST_TO_REDACT && text.contains(&*self.key) {
            text.replace(&*self.key, REDACTED)
        } else {
            text
        }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}
