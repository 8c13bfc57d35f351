//! The base URL of a client, and the URLs below it.

use std::net::IpAddr;

use url::Url;

/// The URL that the paths of all requests are below.
#[derive(Debug, Clone)]
pub(crate) struct BaseUrl(Url);

impl BaseUrl {
    pub(super) fn new(url: Url) -> Self {
        Self(url)
    }

    /// Returns the URL of a path with a query. The path has no `.` or `..` segment; callers check
    /// that.
    pub(crate) fn join(&self, path: &str, query: &[(String, String)]) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Returns the path of a template below the base URL. Its parameters stay in braces.
    pub(super) fn template(&self, template: &str) -> String {
        format!("{}{template}", self.0.path().trim_end_matches('/'))
    }
}

/// Returns whether a URL names this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        // Some resolvers send the names below `localhost` to the network.
        // The host of a SOCKS URL is always a name to the parser.
        Some(url::Host::Domain(name)) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
