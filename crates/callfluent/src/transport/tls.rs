//! The TLS context. Reading the machine's certificates is slow and large, so all clients share one.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;

static SHARED: OnceLock<Arc<ClientConfig>> = OnceLock::new();
static WITHOUT_ROOTS: OnceLock<Arc<ClientConfig>> = OnceLock::new();

/// The TLS context: the shared one, or one that also trusts the certificates of a file. It offers HTTP/2.
pub(crate) fn context(ca_bundle: Option<&Path>, needs_roots: bool) -> Result<Arc<ClientConfig>, String> {
    if let Some(path) = ca_bundle {
        return with_bundle(path).map(offering_http2);
    }
    let (cell, make): (_, fn() -> Result<ClientConfig, String>) = if needs_roots {
        (&SHARED, || with_verifier(Verifier::new(provider())))
    } else {
        // A plain proxy leads to a plain server: the machine's certificates need not be read.
        (&WITHOUT_ROOTS, || {
            let roots = rustls::RootCertStore::empty();
            Ok(builder()?.with_root_certificates(roots).with_no_client_auth())
        })
    };
    if let Some(config) = cell.get() {
        return Ok(config.clone());
    }
    let config = offering_http2(make()?);
    Ok(cell.get_or_init(|| config).clone())
}

fn offering_http2(mut config: ClientConfig) -> Arc<ClientConfig> {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}

fn with_bundle(path: &Path) -> Result<ClientConfig, String> {
    let failure =
        |error: &dyn std::fmt::Display| format!("{} cannot be read as PEM certificates: {error}", path.display());
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| failure(&error))?;
    if certificates.is_empty() {
        return Err(failure(&"it holds none"));
    }
    with_verifier(Verifier::new_with_extra_roots(certificates, provider()))
}

fn with_verifier(verifier: Result<Verifier, rustls::Error>) -> Result<ClientConfig, String> {
    let verifier = verifier.map_err(|error| format!("the machine's certificates cannot be read: {error}"))?;
    Ok(builder()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, String> {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER.get_or_init(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider())).clone()
}
