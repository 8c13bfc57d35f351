//! Where a request goes: a path below the base URL, whose parts are taken over as they are.

use bytes::Bytes;
use http::Uri;
use http::uri::{Parts, PathAndQuery};
use url::{Url, form_urlencoded};

/// The base URL of a client.
pub(crate) struct BaseUrl {
    url: Url,
    uri: Uri,
}

impl BaseUrl {
    pub(super) fn new(url: &Url) -> Result<Self, http::uri::InvalidUri> {
        Ok(Self { uri: url.as_str().parse()?, url: url.clone() })
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The address of a path with a query. To parse it as a URL would take more than all other preparation of a request. The
    /// path has no segment `.` or `..`; callers see to it.
    ///
    /// # Errors
    /// Where it is too long to be sent.
    pub(crate) fn below(&self, path: &str, query: &[(String, String)]) -> http::Result<Uri> {
        let mut text = self.uri.path().trim_end_matches('/').to_owned();
        if path.bytes().all(stands_in_path) {
            text.push_str(path);
        } else {
            let mut url = self.url.clone();
            url.set_path(path);
            text.push_str(url.path());
        }
        if !query.is_empty() {
            text.push('?');
            let beginning = text.len();
            text = form_urlencoded::Serializer::for_suffix(text, beginning).extend_pairs(query).finish();
        }
        let mut parts = Parts::default();
        parts.scheme = self.uri.scheme().cloned();
        parts.authority = self.uri.authority().cloned();
        parts.path_and_query = Some(PathAndQuery::from_maybe_shared(Bytes::from(text))?);
        Ok(Uri::from_parts(parts)?)
    }
}

/// Whether a letter of a path stays what it is in a URL (RFC 3986, 3.3).
fn stands_in_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:@".contains(&byte)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_address_is_the_url_with_that_path_and_query(
            path in "(/[a-zA-Z0-9~!$&'()*+,;=:@_ \"<>`{}|^\\[\\]é?-][a-z0-9.%]{0,6}){1,4}",
            query in prop::collection::vec(("[a-z &=é]{1,4}", "[a-z &=+é%]{0,4}"), 0..3),
            base in prop::sample::select(vec!["https://example.com", "http://[::1]:8080/", "https://example.com/a/b/"]),
        ) {
            let mut url = Url::parse(base).unwrap();
            let address = BaseUrl::new(&url).unwrap().below(&path, &query).unwrap();
            url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
            if !query.is_empty() {
                url.query_pairs_mut().extend_pairs(&query);
            }
            prop_assert_eq!(address.to_string(), url.as_str());
        }
    }
}
