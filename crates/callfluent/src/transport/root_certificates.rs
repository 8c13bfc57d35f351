//! Root certificates that clients trust. macOS and Windows verify certificates themselves. Other
//! systems have them in files, and slim container images have none. A binding then hands over those
//! of its language.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::environment::Environment;

static FALLBACK: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();

/// Sets the certificates, in PEM, for clients on a machine without any. Returns false if the PEM
/// has none, or if they were set before.
pub fn set_fallback(pem: &[u8]) -> bool {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem).flatten().collect();
    !certificates.is_empty() && FALLBACK.set(certificates).is_ok()
}

/// The places that the environment names. Without `SSL_CERT_FILE` and `SSL_CERT_DIR`, the places of
/// the operating system are used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Places {
    file: Option<PathBuf>,
    folders: Vec<PathBuf>,
    /// A file with certificates in addition to those, such as that of `NODE_EXTRA_CA_CERTS`.
    extra: Option<PathBuf>,
}

impl Places {
    pub(super) fn new(environment: &Environment, extra: Option<PathBuf>) -> Self {
        let folders = environment.get("SSL_CERT_DIR").unwrap_or_default();
        Self {
            file: environment.get("SSL_CERT_FILE").map(PathBuf::from),
            folders: std::env::split_paths(&folders).filter(|path| !path.as_os_str().is_empty()).collect(),
            extra,
        }
    }

    fn is_empty(&self) -> bool {
        self.file.is_none() && self.folders.is_empty()
    }

    /// Returns the certificates in these files.
    fn certificates(&self) -> Vec<CertificateDer<'static>> {
        let mut certificates = Vec::new();
        // The file and the first folder together: links in a folder lead to the same certificates.
        let mut folders = self.folders.iter().map(PathBuf::as_path);
        let mut file = self.file.as_deref();
        let mut folder = folders.next();
        while file.is_some() || folder.is_some() {
            let loaded = rustls_native_certs::load_certs_from_paths(file.take(), folder);
            certificates.extend(loaded.certs);
            loaded.errors.iter().for_each(ignored);
            folder = folders.next();
        }
        certificates
    }

    /// Returns the certificates to trust, on macOS and Windows in addition to those of the system.
    /// Nothing if neither the environment, nor the machine, nor a binding has any.
    pub(super) fn roots(&self) -> Vec<CertificateDer<'static>> {
        let mut roots = if self.is_empty() { system_roots() } else { self.certificates() };
        if roots.is_empty() {
            roots = FALLBACK.get().cloned().unwrap_or_default();
        }
        if let Some(extra) = &self.extra {
            let extra = Self { file: Some(extra.clone()), ..Self::default() };
            roots.extend(extra.certificates());
        }
        roots
    }
}

#[cfg(any(target_vendor = "apple", windows))]
fn system_roots() -> Vec<CertificateDer<'static>> {
    Vec::new()
}

#[cfg(not(any(target_vendor = "apple", windows)))]
fn system_roots() -> Vec<CertificateDer<'static>> {
    let exists = |path: &&&str| Path::new(path).exists();
    let system = Places {
        file: SYSTEM_FILES.iter().find(exists).map(PathBuf::from),
        folders: SYSTEM_FOLDERS.iter().filter(exists).map(PathBuf::from).collect(),
        extra: None,
    };
    system.certificates()
}

/// Files with all certificates, as Go's `crypto/x509` looks for them. The first one counts.
#[cfg(not(any(target_vendor = "apple", windows)))]
const SYSTEM_FILES: [&str; 9] = [
    "/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL 7 and later
    "/etc/pki/tls/certs/ca-bundle.crt",                  // RHEL 6
    "/etc/ssl/ca-bundle.pem",                            // openSUSE
    "/etc/pki/tls/cacert.pem",                           // OpenELEC
    "/etc/ssl/cert.pem",                                 // Alpine, OpenBSD
    "/opt/etc/ssl/certs/ca-certificates.crt",            // Entware
    "/usr/local/etc/ssl/cert.pem",                       // FreeBSD
    "/etc/openssl/certs/ca-certificates.crt",            // NetBSD
];

/// Folders with a file for each certificate.
#[cfg(not(any(target_vendor = "apple", windows)))]
const SYSTEM_FOLDERS: [&str; 3] = ["/etc/ssl/certs", "/etc/pki/tls/certs", "/usr/local/share/certs"];

/// If a file cannot be read, requests to servers with known certificates must still work.
fn ignored(error: &rustls_native_certs::Error) {
    tracing::warn!(target: "callfluent", %error, "unreadable certificates are ignored");
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn places(variables: &[(&str, &str)]) -> Places {
        let variables: HashMap<_, _> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Places::new(&Environment::Given(variables), None)
    }

    #[test]
    fn a_given_environment_names_the_places() {
        assert!(places(&[]).is_empty());
        let folders = std::env::join_paths(["a", "b"]).unwrap().into_string().unwrap();
        let named = places(&[("SSL_CERT_FILE", "file.pem"), ("SSL_CERT_DIR", &folders)]);
        assert_eq!(named.file.as_deref(), Some(Path::new("file.pem")));
        assert_eq!(named.folders, [Path::new("a"), Path::new("b")]);
    }

    #[test]
    fn unreadable_places_have_no_certificates() {
        let named = places(&[("SSL_CERT_FILE", "/nowhere/file.pem"), ("SSL_CERT_DIR", "/nowhere")]);
        assert!(named.certificates().is_empty());
    }

    #[test]
    fn a_fallback_without_certificates_is_not_set() {
        assert!(!set_fallback(b"no certificate"));
    }
}
