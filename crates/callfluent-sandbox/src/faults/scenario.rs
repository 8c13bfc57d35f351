//! The list of scenarios, as far as servers read it: what drivers do and expect is theirs to read.

use std::io;
use std::path::Path;

use serde::Deserialize;

use super::step::Step;

/// One scenario.
#[derive(Debug, Clone, Deserialize)]
pub struct Scenario {
    /// Its name, unique in the list.
    pub name: String,
    /// What the server does with one request after the other; without any, nobody listens at its address.
    #[serde(default)]
    pub server: Vec<Step>,
    /// What a second server does, at another origin.
    #[serde(default)]
    pub other: Vec<Step>,
    /// Whether and how the server speaks TLS.
    pub tls: Option<Tls>,
    /// Whether there is a proxy, and how it behaves.
    pub proxy: Option<ProxySetup>,
}

/// How a server speaks TLS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Which certificate it shows.
    pub certificate: Certificate,
    /// Whether it speaks HTTP/2.
    #[serde(default)]
    pub http2: bool,
    /// How many connections are reset before TLS is agreed upon.
    #[serde(default)]
    pub handshake_resets: usize,
    /// Whether TLS is never agreed upon, as nothing is said.
    #[serde(default)]
    pub handshake_hangs: bool,
}

/// A certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certificate {
    /// Signed by the authority of `{ca}` and for the host.
    Good,
    /// Signed by that authority, and its time is over.
    Expired,
    /// Signed by nobody else.
    SelfSigned,
    /// Signed by that authority, for another host.
    WrongHost,
}

/// How a proxy behaves.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProxySetup {
    /// User and password that it asks for, with a colon between.
    pub credentials: Option<String>,
    /// The status that it answers with itself, in place of leading anywhere.
    pub status: Option<u16>,
    /// Whether and how it is spoken to over TLS.
    pub tls: Option<Tls>,
}

/// Reads a list of scenarios.
pub(crate) fn read(path: &Path) -> io::Result<Vec<Scenario>> {
    let text = std::fs::read_to_string(path)?;
    serde_json::from_str(&text).map_err(io::Error::other)
}
