//! Status and headers of a response, and the limit of its body.

use http::{HeaderMap, StatusCode};

use crate::api_key::ApiKey;

/// Maximum size of a response body.
pub(super) const MAX_BODY_SIZE: usize = 64 * 1024 * 1024;

/// Status and headers of a response.
#[derive(Debug)]
pub(crate) struct ResponseHead {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
}

impl ResponseHead {
    /// Returns the server's id of the request, without the API key.
    pub(crate) fn request_id(&self, key: &ApiKey) -> Option<String> {
        let value = self.headers.get("x-request-id").and_then(|value| value.to_str().ok());
        value.map(|id| key.redact(id.to_owned()))
    }
}
