//! The list of scenarios. Servers decode their part; test drivers decode the rest.

use std::io;
use std::path::Path;

use serde::Deserialize;

use super::step::Step;

/// One scenario.
#[derive(Debug, Clone, Deserialize)]
pub struct Scenario {
    /// The unique name.
    pub name: String,
    /// The server's steps, one per request. Without steps, nothing listens at its address.
    #[serde(default)]
    pub server: Vec<Step>,
    /// The steps of a second server, at another origin.
    #[serde(default)]
    pub other: Vec<Step>,
    /// The server's TLS setup; without it, the server uses plain HTTP.
    pub tls: Option<Tls>,
    /// The proxy's setup; without it, there is no proxy.
    pub proxy: Option<ProxySetup>,
}

/// TLS setup of a server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate.
    pub certificate: Certificate,
    /// Uses HTTP/2.
    #[serde(default)]
    pub http2: bool,
    /// Number of connections that are reset before the handshake.
    #[serde(default)]
    pub handshake_resets: usize,
    /// Never responds to the handshake.
    #[serde(default)]
    pub handshake_hangs: bool,
}

/// A certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certificate {
    /// Signed by the authority of `{ca}` for the host.
    Good,
    /// Signed by that authority, but expired.
    Expired,
    /// Self-signed.
    SelfSigned,
    /// Signed by that authority for another host.
    WrongHost,
}

/// Setup of a proxy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProxySetup {
    /// Required user and password, separated by a colon.
    pub credentials: Option<String>,
    /// The status of its own response, which it sends instead of forwarding the request.
    pub status: Option<u16>,
    /// TLS setup of the connection to the proxy.
    pub tls: Option<Tls>,
}

/// Decodes a list of scenarios.
pub(crate) fn read(path: &Path) -> io::Result<Vec<Scenario>> {
    let text = std::fs::read_to_string(path)?;
    serde_json::from_str(&text).map_err(io::Error::other)
}
