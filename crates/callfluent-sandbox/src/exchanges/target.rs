//! The base URL of the recorded server, in errors and debug output.

/// Returns the part of a URL that may be shown: without user, password, query and fragment.
pub(super) fn without_credentials(url: &str) -> String {
    let shown = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = shown.split_once("://").map_or(("", shown), |(scheme, rest)| (scheme, rest));
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = rest.get(authority.len()..).unwrap_or_default();
    if scheme.is_empty() { format!("{host}{path}") } else { format!("{scheme}://{host}{path}") }
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn credentials_are_not_shown() {
        for (url, expected) in [
            ("https://me:pw@a.example:8443/api?key=1#x", "https://a.example:8443/api"),
            ("http://me:p@w@a.example", "http://a.example"),
            ("me:pw@a.example/api", "a.example/api"),
            ("http://127.0.0.1:1/a@b", "http://127.0.0.1:1/a@b"),
        ] {
            assert_eq!(without_credentials(url), expected);
        }
    }
}
