//! Rules for headers: which ones users may set, and which ones are probably secrets.

use http::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};

use crate::api_key::ApiKey;

/// The header with the ID of a request, in both directions.
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// Parses a header that a user adds to a request.
///
/// # Errors
/// The reason if it is invalid, or if the client sets it.
pub(crate) fn parse_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
    let header = HeaderName::try_from(name).map_err(|_| "is not a valid header name")?;
    if header == AUTHORIZATION {
        return Err("is set from the API key");
    }
    if header == CONTENT_LENGTH || header == TRANSFER_ENCODING {
        return Err("is computed from the body");
    }
    let mut value = HeaderValue::try_from(value).map_err(|_| "has an invalid header value")?;
    // The value may be a secret.
    value.set_sensitive(true);
    Ok((header, value))
}

/// Returns the request ID in headers, without the API key.
pub(crate) fn request_id(headers: &HeaderMap, key: &ApiKey) -> Option<String> {
    let value = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    value.map(|id| key.redact(id.to_owned()))
}

/// Returns whether the value of a header is probably a secret.
pub(crate) fn is_secret(name: &HeaderName) -> bool {
    let words = ["auth", "cookie", "credential", "key", "password", "secret", "signature", "token"];
    words.iter().any(|word| name.as_str().contains(word))
}
