//! Which proxy a client's requests go through: the one it was given, or that of the environment or the system; and none where
//! `NO_PROXY` says so.

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use url::Url;

use crate::environment::Environment;

/// A proxy and what it is told.
#[derive(Debug)]
pub(super) struct Proxy(Intercept);

impl Proxy {
    /// The proxy that was given as a URL, unless `NO_PROXY` names the server.
    pub(super) fn given(url: &str, server: &Uri, environment: &Environment) -> Result<Option<Self>, String> {
        // It writes a password as URLs have it, whatever characters were given.
        let url = proxy_url(url)?;
        let matcher = Matcher::builder().all(url.as_str());
        // Whether the URL can be used shows where nothing is excepted.
        matcher.build().intercept(server).ok_or(IS_NONE)?;
        let excepted = environment.get_any_case("NO_PROXY").unwrap_or_default();
        Ok(Matcher::builder().all(url.as_str()).no(excepted).build().intercept(server).map(Self))
    }

    /// The proxy that the environment, or the system's settings, have for the server.
    pub(super) fn of_the_machine(server: &Uri, environment: &Environment) -> Result<Option<Self>, String> {
        let matcher = match environment {
            Environment::Process => Matcher::from_system(),
            // The settings of the operating system, which say nothing where a variable is set.
            Environment::Given(_)
                if PROXIES.iter().all(|name| {
                    environment.get_any_case(name).is_none() && Environment::Process.get_any_case(name).is_none()
                }) =>
            {
                Matcher::from_system()
            }
            Environment::Given(_) => {
                let variable = |name| environment.get_any_case(name).unwrap_or_default();
                Matcher::builder()
                    .all(variable("ALL_PROXY"))
                    .http(variable("HTTP_PROXY"))
                    .https(variable("HTTPS_PROXY"))
                    .no(variable("NO_PROXY"))
                    .build()
            }
        };
        matcher.intercept(server).map(supported).transpose()
    }

    pub(super) fn uri(&self) -> &Uri {
        self.0.uri()
    }

    /// User and password, as a proxy that speaks HTTP is told them.
    pub(super) fn credentials(&self) -> Option<&HeaderValue> {
        self.0.basic_auth()
    }
}

/// Variables that name a proxy.
const PROXIES: [&str; 3] = ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"];
const IS_NONE: &str = "is no URL such as http://user:password@proxy:8080";

/// The URL of a proxy, or what is wrong with it.
pub(crate) fn proxy_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(Url::has_host).ok_or(IS_NONE)?;
    check_scheme(url.scheme())?;
    Ok(url)
}

fn supported(proxy: Intercept) -> Result<Proxy, String> {
    check_scheme(proxy.uri().scheme_str().unwrap_or_default())?;
    Ok(Proxy(proxy))
}

fn check_scheme(scheme: &str) -> Result<(), String> {
    match scheme {
        "http" | "https" => Ok(()),
        _ => Err(format!(
            "is a {scheme} proxy, which is not supported; give one of http:// or https://, or name the server in NO_PROXY"
        )),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use base64::Engine as _;

    use super::*;

    #[test]
    fn a_password_is_sent_as_it_was_given_whatever_characters_it_has() {
        let server = Uri::from_static("https://api.callfluent.test");
        for password in ["p@ss", "p:s", "pä{}|", "a%20b"] {
            let proxy =
                Proxy::given(&format!("http://user:{password}@127.0.0.1:8080"), &server, &Environment::default())
                    .unwrap()
                    .unwrap();
            let decoded = percent_encoding::percent_decode_str(password).decode_utf8().unwrap();
            let told = base64::engine::general_purpose::STANDARD.encode(format!("user:{decoded}"));
            assert_eq!(proxy.credentials().unwrap(), &format!("Basic {told}"));
            assert_eq!(proxy.uri(), "http://127.0.0.1:8080/");
            assert!(!format!("{proxy:?}").contains("ss"), "{proxy:?}");
        }
    }

    #[test]
    fn a_proxy_of_another_kind_is_refused_with_what_to_do() {
        let server = Uri::from_static("https://api.callfluent.test");
        let refused = Proxy::given("socks5://127.0.0.1:1080", &server, &Environment::default()).unwrap_err();
        assert!(refused.contains("http://"), "{refused}");
        assert!(Proxy::given("nothing", &server, &Environment::default()).is_err());
    }
}
