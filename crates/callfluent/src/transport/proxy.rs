//! Which proxy a client's requests go through: the one it was given, or that of the environment or the system; and none where
//! `NO_PROXY` says so.

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

/// A proxy and what it is told.
#[derive(Debug)]
pub(super) struct Proxy(Intercept);

impl Proxy {
    /// The proxy that was given as a URL, unless `NO_PROXY` names the server.
    pub(super) fn given(url: &str, server: &Uri) -> Result<Option<Self>, String> {
        let matcher = Matcher::builder().all(url);
        // Whether the URL can be used shows where nothing is excepted.
        let usable = matcher.build().intercept(server).ok_or(IS_NONE)?;
        supported(usable)?;
        let excepted = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy")).unwrap_or_default();
        Ok(Matcher::builder().all(url).no(excepted).build().intercept(server).map(Self))
    }

    /// The proxy that the environment, or the system's settings, have for the server.
    pub(super) fn of_the_machine(server: &Uri) -> Result<Option<Self>, String> {
        Matcher::from_system().intercept(server).map(supported).transpose()
    }

    pub(super) fn uri(&self) -> &Uri {
        self.0.uri()
    }

    /// User and password, as a proxy that speaks HTTP is told them.
    pub(super) fn credentials(&self) -> Option<&HeaderValue> {
        self.0.basic_auth()
    }
}

const IS_NONE: &str = "is no URL such as http://user:password@proxy:8080";

fn supported(proxy: Intercept) -> Result<Proxy, String> {
    match proxy.uri().scheme_str() {
        Some("http" | "https") => Ok(Proxy(proxy)),
        scheme => Err(format!(
            "is a {} proxy, which is not supported; give one of http:// or https://, or name the server in NO_PROXY",
            scheme.unwrap_or_default()
        )),
    }
}
