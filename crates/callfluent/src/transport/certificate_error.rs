//! Messages of errors about certificates, with the words that people search for.

use std::fmt;
use std::time::{Duration, SystemTime};

use rustls::{AlertDescription, CertificateError};

pub(super) const CLIENT_CERTIFICATE_REQUIRED: &str =
    "the server requires a client certificate; pass a PEM file with certificate and key as the client certificate";

pub(super) const NO_ROOT_CERTIFICATES: &str = "certificate verification failed: this machine has no root certificates; \
    install the package ca-certificates, or pass a PEM file as the CA bundle";

/// Trusting such a certificate changes nothing: `openssl req -x509` makes one by default.
const CA_AS_SERVER_CERTIFICATE: &str = "certificate verification failed: the server uses a CA certificate as its own \
    (CaUsedAsEndEntity), such as a self-signed certificate of openssl req -x509; give the server a certificate with \
    basicConstraints=CA:FALSE, and pass that one or its issuer as the CA bundle";

/// Writes the reason why a certificate is not accepted, with a remedy.
pub(super) fn write_certificate_error(formatter: &mut fmt::Formatter<'_>, error: &CertificateError) -> fmt::Result {
    let trust = "if you trust it, pass its PEM file as the CA bundle";
    let clock = "check the certificate and this machine's clock";
    match error {
        CertificateError::UnknownIssuer => {
            write!(formatter, "certificate verification failed: self-signed certificate or unknown issuer; {trust}")
        }
        CertificateError::Expired => write!(formatter, "certificate has expired; {clock}"),
        CertificateError::ExpiredContext { not_after, .. } => {
            write!(formatter, "certificate expired on {}; {clock}", date(*not_after))
        }
        CertificateError::NotValidYet => write!(formatter, "certificate is not valid yet; {clock}"),
        CertificateError::NotValidYetContext { not_before, .. } => {
            write!(formatter, "certificate is not valid before {}; {clock}", date(*not_before))
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            // Each is shown as `DnsName("example.com")`.
            let names = presented.iter().map(|name| name.split('"').nth(1).unwrap_or(name));
            let names = if presented.is_empty() { "no host".to_owned() } else { names.collect::<Vec<_>>().join(", ") };
            write!(formatter, "certificate is not valid for {} (valid for: {names})", expected.to_str())
        }
        CertificateError::BadSignature => {
            formatter.write_str("certificate verification failed: its signature is not that of its issuer")
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            formatter.write_str("certificate verification failed: its key usage does not allow TLS servers")
        }
        #[allow(deprecated)]
        CertificateError::UnsupportedSignatureAlgorithm
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            formatter.write_str("certificate verification failed: unsupported signature algorithm")
        }
        // These come from the platform's verifier, as text only.
        CertificateError::Other(other) => {
            let text = format!("{other:?}");
            if text.contains("CaUsedAsEndEntity") {
                formatter.write_str(CA_AS_SERVER_CERTIFICATE)
            } else if text.contains("Eku") {
                formatter.write_str("certificate verification failed: its key usage does not allow TLS servers")
            } else {
                write!(formatter, "certificate verification failed: {other}")
            }
        }
        error => write!(formatter, "certificate verification failed: {error}"),
    }
}

fn date(time: rustls::pki_types::UnixTime) -> String {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(time.as_secs()));
    time.map_or_else(|| "an unknown date".to_owned(), httpdate::fmt_http_date)
}

pub(super) fn is_certificate_required(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::AlertReceived(AlertDescription::CertificateRequired))
}
