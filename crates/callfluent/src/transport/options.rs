//! The options of a client that the transport needs.

use std::path::PathBuf;
use std::time::Duration;

use crate::environment::Environment;

const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Options of connections and of the limits, as the user sets them.
#[derive(Debug, Clone, Default)]
pub(crate) struct TransportOptions {
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) proxy: Option<String>,
    pub(crate) environment: Environment,
    pub(crate) ca_bundle: Option<PathBuf>,
    /// PEM certificates to trust, in memory.
    pub(crate) ca_certificates: Vec<u8>,
    /// Certificates that the environment of a language names in addition.
    pub(crate) extra_ca_file: Option<PathBuf>,
    pub(crate) client_certificate: Option<PathBuf>,
    pub(crate) max_concurrency: Option<usize>,
    pub(crate) requests_per_second: Option<f64>,
    pub(crate) burst: Option<usize>,
    /// True if hosts other than this machine are refused; `None` if the setting of the process
    /// counts.
    pub(crate) offline: Option<bool>,
}

impl TransportOptions {
    /// Returns the connect timeout. Default: 10 s.
    pub(super) fn connect_timeout(&self) -> Duration {
        self.connect_timeout.unwrap_or(DEFAULT_CONNECT_TIMEOUT)
    }
}
