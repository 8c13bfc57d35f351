//! The TLS configuration. Loading the machine's certificates is slow, so all clients without
//! certificates of their own share one.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::{Resumption, WantsClientCert};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::options::TransportOptions;
use super::root_certificates::Places;
use crate::cryptography;
use crate::error::FieldError;

/// Sessions to resume. A client connects to one server, and perhaps to a proxy.
const SESSIONS: usize = 8;

static SHARED: OnceLock<(Places, ClientConfig)> = OnceLock::new();
static WITHOUT_ROOTS: OnceLock<ClientConfig> = OnceLock::new();

/// A TLS configuration, and whether it trusts any certificate.
pub(super) struct Tls {
    pub(super) config: ClientConfig,
    pub(super) has_roots: bool,
}

/// Returns a TLS configuration that trusts the machine's certificates and those of the options, and
/// presents the client certificate. It offers HTTP/2.
pub(super) fn config(options: &TransportOptions, needs_roots: bool) -> Result<Tls, FieldError> {
    let places = Places::new(&options.environment, options.extra_ca_file.clone());
    let has_own = options.ca_bundle.is_some() || !options.ca_certificates.is_empty();
    if has_own || options.client_certificate.is_some() {
        return own_config(&places, options);
    }
    if !needs_roots {
        if WITHOUT_ROOTS.get().is_none() {
            let config = builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
            let _ = WITHOUT_ROOTS.set(offering_http2(config));
        }
        let config = WITHOUT_ROOTS.get().cloned().ok_or_else(|| FieldError::new("client", "TLS cannot be set up"))?;
        return Ok(Tls { config: with_own_sessions(config), has_roots: true });
    }
    if let Some((_, config)) = SHARED.get().filter(|(shared, _)| *shared == places) {
        return Ok(Tls { config: with_own_sessions(config.clone()), has_roots: true });
    }
    let (builder, has_roots) = trusting(places.roots())?;
    let config = offering_http2(builder.with_no_client_auth());
    if has_roots {
        let _ = SHARED.set((places, config.clone()));
    }
    Ok(Tls { config: with_own_sessions(config), has_roots })
}

/// Gives a client its own session cache. A shared one has a lock that a fork could leave locked.
fn with_own_sessions(mut config: ClientConfig) -> ClientConfig {
    config.resumption = Resumption::in_memory_sessions(SESSIONS);
    config
}

fn own_config(places: &Places, options: &TransportOptions) -> Result<Tls, FieldError> {
    let mut roots = places.roots();
    if let Some(path) = &options.ca_bundle {
        roots.extend(certificates("ca_bundle", path)?);
    }
    if !options.ca_certificates.is_empty() {
        roots.extend(certificates_in_memory(&options.ca_certificates)?);
    }
    let (builder, has_roots) = trusting(roots)?;
    let Some(path) = &options.client_certificate else {
        return Ok(Tls { config: offering_http2(builder.with_no_client_auth()), has_roots });
    };
    let field = "client_certificate";
    let key =
        PrivateKeyDer::from_pem_file(path).map_err(|error| unreadable(field, path, "a PEM private key", &error))?;
    let config = builder
        .with_client_auth_cert(certificates(field, path)?, key)
        .map_err(|error| unreadable(field, path, "a certificate with its private key", &error))?;
    Ok(Tls { config: offering_http2(config), has_roots })
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

fn certificates_in_memory(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, FieldError> {
    let invalid = |reason: &dyn std::fmt::Display| {
        FieldError::new("ca_certificates", format!("cannot be read as PEM certificates: {reason}"))
    };
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|error| invalid(&error))?;
    if certificates.is_empty() { Err(invalid(&"there are none")) } else { Ok(certificates) }
}

fn unreadable(field: &str, path: &Path, expected: &str, error: &dyn std::fmt::Display) -> FieldError {
    FieldError::new(field, format!("{} cannot be read as {expected}: {error}", path.display()))
}

type Builder = rustls::ConfigBuilder<ClientConfig, WantsClientCert>;

/// Returns a builder that trusts these certificates, and whether there are any.
#[cfg(not(any(target_vendor = "apple", windows)))]
fn trusting(roots: Vec<CertificateDer<'static>>) -> Result<(Builder, bool), FieldError> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(roots);
    let has_roots = !store.is_empty();
    Ok((builder()?.with_root_certificates(store), has_roots))
}

/// Returns a builder whose certificates the operating system verifies.
#[cfg(any(target_vendor = "apple", windows))]
fn trusting(roots: Vec<CertificateDer<'static>>) -> Result<(Builder, bool), FieldError> {
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(roots, provider()?).map_err(|error| {
        FieldError::new("ca_bundle", format!("root certificates of the system cannot be read: {error}"))
    })?;
    Ok((builder()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier)), true))
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, FieldError> {
    ClientConfig::builder_with_provider(provider()?)
        .with_safe_default_protocol_versions()
        .map_err(|error| FieldError::new("client", format!("TLS cannot be set up: {error}")))
}

fn provider() -> Result<Arc<CryptoProvider>, FieldError> {
    let reason = "TLS has no cryptography: enable the feature aws-lc-rs or ring, or install a provider of rustls";
    cryptography::provider().ok_or_else(|| FieldError::new("client", reason))
}
