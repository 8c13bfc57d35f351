//! The proxy of a client: that of its options, or of the environment unless `NO_PROXY` names the
//! server. All URLs of a client have one origin, so it is chosen once.

use std::borrow::Cow;
use std::net::IpAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::base_url::is_loopback;
use super::options::TransportOptions;
use crate::environment::Environment;
use crate::error::FieldError;

const INVALID_PROXY_URL: &str = "is not a valid URL (expected e.g. http://user:password@proxy:8080)";
const PROXY_SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
const NO_PROXY: &str = "NO_PROXY";

/// The proxy of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ProxyChoice {
    Direct,
    Proxy(Url),
    /// That of the operating system's settings, if there is one.
    System,
}

impl ProxyChoice {
    /// Chooses the proxy for the base URL.
    ///
    /// # Errors
    /// The option `proxy` is invalid. An invalid variable is logged and ignored.
    pub(super) fn new(url: &Url, options: &TransportOptions) -> Result<Self, FieldError> {
        let environment = &options.environment;
        let given = options.proxy.as_deref().map(proxy_url).transpose();
        let given = given.map_err(|reason| FieldError::new("proxy", reason))?;
        let no_proxy = environment.get_any_case(NO_PROXY).unwrap_or_default();
        // A proxy of the environment does not reach the servers of this machine.
        if (given.is_none() && is_loopback(url)) || is_excluded(without_quotes(NO_PROXY, &no_proxy), url) {
            return Ok(Self::Direct);
        }
        if let Some(proxy) = given {
            return Ok(Self::Proxy(proxy));
        }
        let own = if url.scheme() == "https" { "HTTPS_PROXY" } else { "HTTP_PROXY" };
        if let Some(proxy) = [own, "ALL_PROXY"].iter().find_map(|name| variable(environment, name)) {
            return Ok(Self::Proxy(proxy));
        }
        let is_unset = |environment: &Environment| {
            ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"].iter().all(|name| environment.get_any_case(name).is_none())
        };
        // With a variable of the process that the binding does not hand over, reqwest would use it.
        Ok(if is_unset(environment) && is_unset(&Environment::Process) { Self::System } else { Self::Direct })
    }
}

/// Returns user name and password, as a user writes them.
pub(super) fn credentials(proxy: &Url) -> Option<(String, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let password = proxy.password().unwrap_or_default();
    let exist = !proxy.username().is_empty() || !password.is_empty();
    exist.then(|| (decoded(proxy.username()), decoded(password)))
}

/// Encodes credentials for the header `Proxy-Authorization`.
pub(super) fn basic(user: &str, password: &str) -> String {
    BASE64_STANDARD.encode(format!("{user}:{password}"))
}

/// Returns the texts that reveal the credentials of a proxy, in which it may repeat a request.
pub(super) fn proxy_secrets(proxy: &Url) -> Vec<String> {
    let Some((user, password)) = credentials(proxy) else {
        return Vec::new();
    };
    let written = [proxy.username(), proxy.password().unwrap_or_default()].map(str::to_owned);
    let secrets = [basic(&user, &password), user, password].into_iter().chain(written);
    secrets.filter(|secret| !secret.is_empty()).collect()
}

/// Returns the proxy that a variable names.
fn variable(environment: &Environment, name: &str) -> Option<Url> {
    let value = environment.get_any_case(name)?;
    let url = proxy_url(&with_scheme(without_quotes(name, &value)));
    if let Err(reason) = &url {
        tracing::warn!(target: "callfluent", variable = name, reason, "invalid proxy URL is ignored");
    }
    url.ok()
}

/// Removes the quotes that shells remove and files of variables often keep.
fn without_quotes<'a>(variable: &str, value: &'a str) -> &'a str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote)) {
            tracing::warn!(target: "callfluent", variable, "quotes around the value are ignored");
            return inner.trim();
        }
    }
    value
}

/// Returns the URL of a variable, in which the scheme may be omitted as curl allows it.
fn with_scheme(url: &str) -> Cow<'_, str> {
    if url.contains("://") { Cow::Borrowed(url) } else { Cow::Owned(format!("http://{url}")) }
}

/// Parses the URL of a proxy.
///
/// # Errors
/// The reason if it cannot be used.
pub(crate) fn proxy_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(Url::has_host).ok_or(INVALID_PROXY_URL)?;
    // reqwest parses it a second time, with fewer characters, and would then use no proxy at all.
    url.as_str().parse::<http::Uri>().ok().filter(|uri| uri.host().is_some()).ok_or(INVALID_PROXY_URL)?;
    if PROXY_SCHEMES.contains(&url.scheme()) {
        Ok(url)
    } else {
        Err(format!("has the unsupported scheme {:?}; expected one of {}", url.scheme(), PROXY_SCHEMES.join(", ")))
    }
}

/// Returns whether `NO_PROXY` names the server of a URL. Its entries are names (with all names
/// below them), addresses and networks, each with an optional port, or `*`.
fn is_excluded(no_proxy: &str, url: &Url) -> bool {
    let entries = no_proxy.split(|letter: char| letter == ',' || letter.is_whitespace());
    entries.filter(|entry| !entry.is_empty()).any(|entry| matches_entry(entry, url))
}

fn matches_entry(entry: &str, url: &Url) -> bool {
    if entry == "*" {
        return true;
    }
    let (host, port) = split_port(entry);
    if port.is_some_and(|port| Some(port) != url.port_or_known_default()) {
        return false;
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(name)) => return matches_name(host, name),
        None => return false,
    };
    match host.split_once('/') {
        Some((network, bits)) => {
            let network = network.parse::<IpAddr>().ok().zip(bits.parse::<u32>().ok());
            network.is_some_and(|(network, bits)| is_in_network(address, network, bits))
        }
        None => host.parse::<IpAddr>() == Ok(address),
    }
}

/// Splits `example.com:8080`, `[::1]:8080`, `[::1]` or `::1` into host and port.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if let Some((host, rest)) = entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match entry.split_once(':') {
        // More colons make an address of version 6.
        Some((host, port)) if !port.contains(':') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

fn matches_name(entry: &str, name: &str) -> bool {
    let entry = entry.strip_prefix('*').unwrap_or(entry).trim_matches('.');
    if entry.contains('*') {
        tracing::warn!(target: "callfluent", variable = NO_PROXY, entry, "entry is ignored; only *.domain has a *");
        return false;
    }
    let name = name.trim_end_matches('.');
    let Some(at) = name.len().checked_sub(entry.len()).filter(|_| !entry.is_empty()) else {
        return false;
    };
    let Some((above, end)) = name.split_at_checked(at) else {
        return false;
    };
    end.eq_ignore_ascii_case(entry) && (above.is_empty() || above.ends_with('.'))
}

fn is_in_network(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let (address, network, length) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => (u32::from(address).into(), u32::from(network).into(), 32),
        (IpAddr::V6(address), IpAddr::V6(network)) => (u128::from(address), u128::from(network), 128),
        _ => return false,
    };
    let rest = length - bits.min(length);
    address.checked_shr(rest) == network.checked_shr(rest)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn excluded(no_proxy: &str, url: &str) -> bool {
        is_excluded(no_proxy, &Url::parse(url).unwrap())
    }

    #[test]
    fn a_name_excludes_itself_and_names_below() {
        for entry in [
            "callfluent.ai",
            ".callfluent.ai",
            "*.callfluent.ai",
            "CallFluent.AI",
            "callfluent.ai.",
            "a, callfluent.ai",
        ] {
            assert!(excluded(entry, "https://api.callfluent.ai/api"), "{entry}");
        }
        for entry in ["fluent.ai", "other.api.callfluent.ai", "api.callfluent", "*.api.*", "", ",", "."] {
            assert!(!excluded(entry, "https://api.callfluent.ai/api"), "{entry}");
        }
    }

    #[test]
    fn a_port_must_be_that_of_the_server() {
        assert!(excluded("api.callfluent.ai:443", "https://api.callfluent.ai"));
        assert!(!excluded("api.callfluent.ai:8443", "https://api.callfluent.ai"));
        assert!(excluded("10.0.0.1:8080", "http://10.0.0.1:8080"));
        assert!(!excluded("[fd00::1]:8080", "http://[fd00::1]:8081"));
    }

    #[test]
    fn addresses_match_alone_in_brackets_and_as_networks() {
        for entry in ["fd00::1", "[fd00::1]", "[FD00:0::1]", "[fd00::1]:80", "fd00::/8", "*"] {
            assert!(excluded(entry, "http://[fd00::1]"), "{entry}");
        }
        for entry in ["10.1.2.3", "10.0.0.0/8", "10.1.2.3/32", "0.0.0.0/0", "*"] {
            assert!(excluded(entry, "http://10.1.2.3"), "{entry}");
        }
        for entry in ["10.1.2.4", "11.0.0.0/8", "1.2.3", "*.2.3", "fd00::/8", "10.0.0.0/x"] {
            assert!(!excluded(entry, "http://10.1.2.3"), "{entry}");
        }
    }

    #[test]
    fn quotes_around_a_variable_are_ignored() {
        let variables = |name: &str, value: &str| {
            let variables = [(name.to_owned(), value.to_owned())];
            variable(&Environment::Given(variables.into_iter().collect()), "HTTPS_PROXY")
        };
        let expected = Url::parse("http://proxy:8080").ok();
        assert_eq!(variables("HTTPS_PROXY", "\"http://proxy:8080\""), expected);
        assert_eq!(variables("https_proxy", "'proxy:8080'"), expected);
        assert_eq!(variables("HTTPS_PROXY", "\"http://proxy:8080"), None);
    }
}
