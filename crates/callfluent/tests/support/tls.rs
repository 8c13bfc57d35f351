//! Certificates and TLS servers of the tests: an authority in a file, and what it signs.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::pedantic)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

/// A certificate authority in a folder that is removed at the end.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("callfluent-tls-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, "authority of the tests");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(folder.join("authority.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    /// The PEM file of its certificate.
    pub fn file(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// A server certificate for this machine.
    pub fn localhost() -> CertificateParams {
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap()
    }

    /// A server with a certificate that this authority signs.
    pub fn acceptor(&self, params: CertificateParams, protocol: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        acceptor(certificate, &key, protocol, None)
    }

    /// A server that requires a client certificate of this authority.
    pub fn acceptor_for_clients(&self) -> TlsAcceptor {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = Self::localhost().signed_by(&key, &self.issuer).unwrap();
        acceptor(certificate, &key, "http/1.1", Some(roots))
    }

    /// A PEM file with a client certificate and its key.
    pub fn client_certificate(&self) -> PathBuf {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["client".to_owned()]).unwrap().signed_by(&key, &self.issuer);
        let file = self.folder.join("client.pem");
        std::fs::write(&file, format!("{}{}", certificate.unwrap().pem(), key.serialize_pem())).unwrap();
        file
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(Path::new(&self.folder));
    }
}

/// A server with a certificate that is its own issuer.
pub fn self_signed_acceptor(params: CertificateParams) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    acceptor(certificate, &key, "http/1.1", None)
}

fn acceptor(
    certificate: rcgen::Certificate,
    key: &KeyPair,
    protocol: &str,
    clients: Option<RootCertStore>,
) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(roots) => builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap(),
        ),
    };
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    TlsAcceptor::from(Arc::new(config))
}
