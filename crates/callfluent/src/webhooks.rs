//! Webhooks: what `CallFluent` posts to a server for the action
//! [`Webhook`](crate::Action::Webhook).
//!
//! The API documents only which fields the action sends. A webhook is not signed, so a secret in
//! its URL is the only proof of its origin. This module needs neither a client nor a key.
//!
//! ```
//! use callfluent::webhooks;
//!
//! fn receive(secret: &str, expected: &str, body: &[u8]) -> Result<(), webhooks::WebhookError> {
//!     webhooks::verify_secret(secret, expected)?;
//!     let payload = webhooks::parse(body)?;
//!     println!("{:?}: {:?}", payload.name, payload.transcription);
//!     Ok(())
//! }
//!
//! receive("s3cret", "s3cret", br#"{"name": "Ada"}"#)?;
//! assert_eq!(receive("wrong", "s3cret", b"{}").unwrap_err().status(), 401);
//! # Ok::<(), webhooks::WebhookError>(())
//! ```

use std::hint::black_box;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub use crate::models::WebhookPayload;

const SECRET_BYTES: usize = 32;
/// UTF-8 byte order mark.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// A webhook is invalid. Respond with [`status`](Self::status).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WebhookError {
    message: String,
    status: u16,
}

impl WebhookError {
    fn invalid(message: impl Into<String>) -> Self {
        Self { message: message.into(), status: 400 }
    }

    /// Returns the status of the HTTP response: 400 for an invalid body, 401 for a wrong secret.
    pub fn status(&self) -> u16 {
        self.status
    }
}

/// Parses the body of a webhook.
///
/// [`WebhookPayload`] also implements `Deserialize`, so that frameworks can parse it.
///
/// # Errors
/// [`WebhookError`] with status 400 if the body is not a JSON object.
///
/// # Example
/// ```
/// let payload = callfluent::webhooks::parse(br#"{"name": "Ada", "city": "Paris"}"#)?;
/// assert_eq!(payload.name.as_deref(), Some("Ada"));
/// assert_eq!(payload.extra.get::<String>("city").as_deref(), Some("Paris"));
/// # Ok::<(), callfluent::webhooks::WebhookError>(())
/// ```
pub fn parse(body: impl AsRef<[u8]>) -> Result<WebhookPayload, WebhookError> {
    let body = body.as_ref();
    let text = std::str::from_utf8(body.strip_prefix(BOM).unwrap_or(body))
        .map_err(|_| WebhookError::invalid("webhook body is not valid UTF-8"))?
        .trim();
    if text.is_empty() {
        return Err(WebhookError::invalid("webhook body is empty"));
    }
    let syntax = serde_json::from_str::<&serde_json::value::RawValue>(text);
    syntax.map_err(|error| WebhookError::invalid(format!("webhook body is not valid JSON: {error}")))?;
    let kind = match text.as_bytes().first() {
        Some(b'{') => None,
        Some(b'[') => Some("an array"),
        Some(b'"') => Some("a string"),
        Some(b't' | b'f') => Some("a boolean"),
        Some(b'n') => Some("null"),
        _ => Some("a number"),
    };
    if let Some(kind) = kind {
        return Err(WebhookError::invalid(format!("webhook body must be a JSON object, got {kind}")));
    }
    serde_json::from_str(text)
        .map_err(|error| WebhookError::invalid(format!("webhook body is not valid JSON: {error}")))
}

/// Generates a secret for the URL of a webhook: 43 letters, digits, hyphens and underscores, with
/// 256 random bits. Store it, e.g. in an environment variable.
///
/// # Errors
/// The operating system returns no random numbers.
///
/// # Example
/// ```
/// let url = format!("https://example.com/callfluent/{}", callfluent::webhooks::generate_secret()?);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn generate_secret() -> io::Result<String> {
    let mut bytes = [0; SECRET_BYTES];
    crate::cryptography::provider()
        .ok_or_else(|| io::Error::other("enable the feature aws-lc-rs or ring, or install a provider of rustls"))?
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| io::Error::other("the operating system returned no random numbers"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Compares the secret of a request with the expected one, in constant time.
///
/// An empty expected secret matches nothing: it would accept every request.
///
/// # Errors
/// [`WebhookError`] with status 401 if the secrets differ.
///
/// # Example
/// ```
/// assert!(callfluent::webhooks::verify_secret("s3cret", "s3cret").is_ok());
/// assert!(callfluent::webhooks::verify_secret("", "").is_err());
/// ```
pub fn verify_secret(given: &str, expected: &str) -> Result<(), WebhookError> {
    if !expected.is_empty() && is_equal(given.as_bytes(), expected.as_bytes()) {
        return Ok(());
    }
    Err(WebhookError { message: "the secret of the webhook is wrong".to_owned(), status: 401 })
}

/// Compares all bytes, so that the duration does not depend on the position of a difference.
fn is_equal(given: &[u8], expected: &[u8]) -> bool {
    let length = given.len() ^ expected.len();
    let bytes = expected.iter().enumerate().map(|(index, byte)| byte ^ given.get(index).copied().unwrap_or_default());
    let difference = bytes.fold(length, |difference, byte| black_box(difference | usize::from(byte)));
    black_box(difference) == 0
}
