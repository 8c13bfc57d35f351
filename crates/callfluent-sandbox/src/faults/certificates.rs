//! Valid and invalid certificates, generated for each run by a test certificate authority.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::scenario::{Certificate, Tls};

/// The subject alternative names of the valid certificate.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "api.callfluent.test"];
const OTHER_NAMES: [&str; 1] = ["elsewhere.callfluent.test"];

/// TLS configuration of a server, with faults in the handshake.
#[derive(Debug, Clone)]
pub(crate) struct Handshake {
    pub(crate) config: Arc<ServerConfig>,
    /// Number of connections that are reset before the handshake.
    pub(crate) resets: usize,
    /// True if the server never responds to the handshake.
    pub(crate) hangs: bool,
}

/// A certificate authority and the path of its certificate.
#[derive(Debug)]
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pub(crate) file: PathBuf,
}

impl Authority {
    /// Creates an authority and writes its certificate to a folder.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let mut params = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, "CallFluent test authority");
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let issuer = CertifiedIssuer::self_signed(params, key).map_err(io::Error::other)?;
        std::fs::create_dir_all(folder)?;
        let file = folder.join("authority.pem");
        std::fs::write(&file, issuer.pem())?;
        Ok(Self { issuer, file })
    }

    /// Returns the TLS configuration of a server.
    pub(crate) fn server(&self, tls: &Tls) -> io::Result<Handshake> {
        let names: &[&str] = if tls.certificate == Certificate::WrongHost { &OTHER_NAMES } else { &NAMES };
        let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
        if tls.certificate == Certificate::Expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = match tls.certificate {
            Certificate::SelfSigned => params.self_signed(&key),
            _ => params.signed_by(&key, &self.issuer),
        };
        let certificate = certificate.map_err(io::Error::other)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(io::Error::other)?;
        config.alpn_protocols = if tls.http2 { vec![b"h2".to_vec()] } else { vec![b"http/1.1".to_vec()] };
        Ok(Handshake { config: Arc::new(config), resets: tls.handshake_resets, hangs: tls.handshake_hangs })
    }
}
