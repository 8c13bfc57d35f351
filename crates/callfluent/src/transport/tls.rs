//! The TLS configuration. Loading the machine's certificates is slow, so all clients without
//! certificates of their own share one.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::client::{Resumption, WantsClientCert};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls_platform_verifier::Verifier;

use crate::error::FieldError;

/// Sessions to resume. A client connects to one server, and perhaps to a proxy.
const SESSIONS: usize = 8;

static SHARED: OnceLock<ClientConfig> = OnceLock::new();
static WITHOUT_ROOTS: OnceLock<ClientConfig> = OnceLock::new();

/// Returns a TLS configuration that trusts the machine's certificates and those of `ca_bundle`, and
/// presents `client_certificate`. It offers HTTP/2.
pub(super) fn config(
    ca_bundle: Option<&Path>,
    client_certificate: Option<&Path>,
    needs_roots: bool,
) -> Result<ClientConfig, FieldError> {
    if ca_bundle.is_some() || client_certificate.is_some() {
        return own_config(ca_bundle, client_certificate);
    }
    let cell = if needs_roots { &SHARED } else { &WITHOUT_ROOTS };
    if let Some(config) = cell.get() {
        return Ok(with_own_sessions(config.clone()));
    }
    let builder = if needs_roots {
        with_verifier(Verifier::new(provider()))
    } else {
        Ok(builder()?.with_root_certificates(rustls::RootCertStore::empty()))
    };
    let config = offering_http2(builder?.with_no_client_auth());
    Ok(with_own_sessions(cell.get_or_init(|| config).clone()))
}

/// Gives a client its own session cache. A shared one has a lock that a fork could leave locked.
fn with_own_sessions(mut config: ClientConfig) -> ClientConfig {
    config.resumption = Resumption::in_memory_sessions(SESSIONS);
    config
}

fn own_config(ca_bundle: Option<&Path>, client_certificate: Option<&Path>) -> Result<ClientConfig, FieldError> {
    let roots = ca_bundle.map(|path| certificates("ca_bundle", path)).transpose()?.unwrap_or_default();
    let builder = with_verifier(Verifier::new_with_extra_roots(roots, provider()))?;
    let Some(path) = client_certificate else {
        return Ok(offering_http2(builder.with_no_client_auth()));
    };
    let field = "client_certificate";
    let key =
        PrivateKeyDer::from_pem_file(path).map_err(|error| unreadable(field, path, "a PEM private key", &error))?;
    builder
        .with_client_auth_cert(certificates(field, path)?, key)
        .map(offering_http2)
        .map_err(|error| unreadable(field, path, "a certificate with its private key", &error))
}

fn offering_http2(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

fn certificates(field: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, FieldError> {
    let failure = |error: &dyn std::fmt::Display| unreadable(field, path, "PEM certificates", error);
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| failure(&error))?;
    if certificates.is_empty() {
        return Err(failure(&"the file contains none"));
    }
    Ok(certificates)
}

fn unreadable(field: &str, path: &Path, expected: &str, error: &dyn std::fmt::Display) -> FieldError {
    FieldError::new(field, format!("{} cannot be read as {expected}: {error}", path.display()))
}

type Builder = rustls::ConfigBuilder<ClientConfig, WantsClientCert>;

fn with_verifier(verifier: Result<Verifier, rustls::Error>) -> Result<Builder, FieldError> {
    let verifier = verifier.map_err(|error| {
        FieldError::new("ca_bundle", format!("the machine's root certificates cannot be read: {error}"))
    })?;
    Ok(builder()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier)))
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, FieldError> {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| FieldError::new("client", format!("TLS cannot be set up: {error}")))
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER.get_or_init(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider())).clone()
}
