//! Status and headers of a response, and the limit of its body.

use std::collections::BTreeMap;

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderName, StatusCode};

use crate::api_key::ApiKey;
use crate::header::{is_secret, request_id};

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
        request_id(&self.headers, key)
    }

    /// Returns the headers by lower-case name, without credentials and the API key. The values of
    /// a repeated header are joined with commas.
    pub(crate) fn public_headers(&self, key: &ApiKey) -> BTreeMap<String, String> {
        let mut shown = BTreeMap::<String, String>::new();
        for (name, value) in &self.headers {
            // Programs log errors.
            if is_secret(name) && !is_public(name) {
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

/// Returns whether a header has no secret although its name looks like one. A challenge names the
/// kind of credentials, and contains none.
fn is_public(name: &HeaderName) -> bool {
    let name = name.as_str();
    name == WWW_AUTHENTICATE.as_str()
        || ["ratelimit", "rate-limit"].iter().any(|part| name.contains(part))
        || ["access-control-", "surrogate-"].iter().any(|begin| name.starts_with(begin))
}
