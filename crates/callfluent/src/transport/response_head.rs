//! Status and headers of a response, and the limit of its body.

use std::collections::BTreeMap;

use http::{HeaderMap, StatusCode};

use crate::api_key::ApiKey;
use crate::header::request_id;

/// Maximum size of a response body.
pub(super) const MAX_BODY_SIZE: usize = 64 * 1024 * 1024;

/// Headers that can contain credentials. Errors, which programs log, do not have them.
const SECRET_HEADERS: [&str; 7] =
    ["authorization", "cookie", "proxy-authorization", "set-cookie", "set-cookie2", "x-api-key", "x-auth-token"];

/// Status and headers of a response.
#[derive(Debug)]
pub(crate) struct ResponseHead {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
}

impl ResponseHead {
    /// Returns the server's id of the request, without the API key.
    pub(crate) fn request_id(&self, key: &ApiKey) -> Option<String> {
        request_id(&self.headers, key)
    }

    /// Returns the headers by lower-case name, without credentials and the API key. The values of
    /// a repeated header are joined with commas.
    pub(crate) fn public_headers(&self, key: &ApiKey) -> BTreeMap<String, String> {
        let mut shown = BTreeMap::<String, String>::new();
        for (name, value) in &self.headers {
            if SECRET_HEADERS.contains(&name.as_str()) {
                continue;
            }
            let value = key.redact(String::from_utf8_lossy(value.as_bytes()).into_owned());
            let joined = shown.entry(key.redact(name.as_str().to_owned())).or_default();
            if !joined.is_empty() {
                joined.push_str(", ");
            }
            joined.push_str(&value);
        }
        shown
    }
}
