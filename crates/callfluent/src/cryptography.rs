//! The cryptography of TLS, which a feature chooses. It also generates secrets.

use std::sync::Arc;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use std::sync::OnceLock;

use rustls::crypto::CryptoProvider;

/// Returns the provider of the feature.
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
#[allow(clippy::unnecessary_wraps)] // Without these features, there may be none.
pub(crate) fn provider() -> Option<Arc<CryptoProvider>> {
    #[cfg(feature = "aws-lc-rs")]
    use rustls::crypto::aws_lc_rs as chosen;
    #[cfg(not(feature = "aws-lc-rs"))]
    use rustls::crypto::ring as chosen;

    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Some(PROVIDER.get_or_init(|| Arc::new(chosen::default_provider())).clone())
}

/// Returns the provider that the program installed, if it did.
#[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
pub(crate) fn provider() -> Option<Arc<CryptoProvider>> {
    CryptoProvider::get_default().cloned()
}
