//! The reason of a proxy that refuses a tunnel. reqwest reports neither its status nor its message,
//! so a second CONNECT request reads the response. It has no effect on the server.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;

use super::http_client::HttpClient;
use super::proxy::{basic, credentials, proxy_secrets};
use crate::redaction::redact_secrets;
use crate::shorten::first_characters;

/// Maximum time for the response.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum number of bytes of the response.
const MAX_RESPONSE_SIZE: u64 = 64 * 1024;
/// Maximum number of characters of the message that are shown.
const MAX_MESSAGE_CHARACTERS: usize = 200;

/// The response of a proxy that refuses a tunnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(super) status: u16,
    /// Status and message, e.g. `403 Forbidden: not on the list of allowed hosts`.
    pub(super) text: String,
}

/// Sends another CONNECT request for the server of `target`, and returns the response of the proxy.
/// `None` if it does not refuse the request in readable HTTP.
pub(super) async fn explain_refusal(http: &HttpClient, target: &Url) -> Option<Refusal> {
    let proxy = http.proxy.as_ref()?;
    let response = timeout(RESPONSE_TIMEOUT, connect(proxy, target, &http.tls)).await.ok()??;
    // Some proxies repeat the request in the page about its refusal.
    Refusal::parse(&redact_secrets(&String::from_utf8_lossy(&response), &proxy_secrets(proxy)))
}

impl Refusal {
    fn parse(response: &str) -> Option<Self> {
        let (head, body) = response.split_once("\r\n\r\n").unwrap_or((response, ""));
        let mut words = head.lines().next()?.strip_prefix("HTTP/1.")?.splitn(3, ' ').skip(1);
        let status = words.next()?.parse().ok().filter(|status| (300..600).contains(status))?;
        let reason = words.next().unwrap_or_default().trim();
        let text = [format!("{status} {reason}").trim().to_owned(), message(body)];
        let text = text.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
        Some(Self { status, text })
    }

    /// Returns whether the proxy would refuse every attempt.
    pub(super) fn is_lasting(&self) -> bool {
        matches!(self.status, 400..=499) && !matches!(self.status, 408 | 421 | 425 | 429)
    }
}

async fn connect(proxy: &Url, target: &Url, tls: &ClientConfig) -> Option<Vec<u8>> {
    let server = format!("{}:{}", target.host_str()?, target.port_or_known_default()?);
    let mut request = format!("CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n");
    if let Some((user, password)) = credentials(proxy) {
        let _ = write!(request, "Proxy-Authorization: Basic {}\r\n", basic(&user, &password));
    }
    request.push_str("\r\n");
    let host = proxy.host_str()?.trim_start_matches('[').trim_end_matches(']');
    let connection = TcpStream::connect((host, proxy.port_or_known_default()?)).await.ok()?;
    match proxy.scheme() {
        "http" => exchange(connection, &request).await,
        "https" => {
            let mut config = tls.clone();
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            let name = ServerName::try_from(host.to_owned()).ok()?;
            let connection = TlsConnector::from(Arc::new(config)).connect(name, connection).await.ok()?;
            exchange(connection, &request).await
        }
        _ => None,
    }
}

/// Sends a request and returns the response.
async fn exchange(mut connection: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> Option<Vec<u8>> {
    connection.write_all(request.as_bytes()).await.ok()?;
    connection.flush().await.ok()?;
    let mut response = Vec::new();
    let mut connection = connection.take(MAX_RESPONSE_SIZE);
    // A proxy that accepts the tunnel or keeps the connection does not close it.
    while !is_complete(&response) && connection.read_buf(&mut response).await.ok()? > 0 {}
    Some(response)
}

/// Returns whether a response has its whole head and as much of its body as its length announces.
fn is_complete(response: &[u8]) -> bool {
    let text = String::from_utf8_lossy(response);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let mut headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    match length.and_then(|(_, length)| length.trim().parse::<usize>().ok()) {
        Some(length) => body.len() >= length,
        // A tunnel has no body; another response ends with the connection.
        None => head.contains(" 200"),
    }
}

/// Returns the message of a body: the title of a page, or its text.
fn message(body: &str) -> String {
    let is_page = body.trim_start().starts_with('<');
    let title = body.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    let text = match title {
        Some((title, _)) if is_page => title.to_owned(),
        _ if is_page => body.split('<').filter_map(|part| Some(part.split_once('>')?.1)).collect::<Vec<_>>().join(" "),
        _ => body.to_owned(),
    };
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let words: String = words.chars().filter(|letter| !letter.is_control()).collect();
    first_characters(&words, MAX_MESSAGE_CHARACTERS).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_message_are_read() {
        let text = |response: &str| Refusal::parse(response).map(|refusal| refusal.text);
        let plain = "HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\n\r\nNot on\nthe list.";
        assert_eq!(text(plain).as_deref(), Some("403 Forbidden: Not on the list."));
        let page = "HTTP/1.0 503 \r\n\r\n<html><head><title>Busy</title></head><body>Try later</body></html>";
        assert_eq!(text(page).as_deref(), Some("503: Busy"));
        assert_eq!(text("HTTP/1.1 401 Unauthorized\r\n\r\n").as_deref(), Some("401 Unauthorized"));
        for other in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "220 smtp.example.com", ""] {
            assert_eq!(text(other), None, "{other}");
        }
    }

    #[test]
    fn error_responses_about_the_request_are_lasting() {
        let is_lasting = |status| Refusal { status, text: String::new() }.is_lasting();
        assert!([401, 403, 404, 407].into_iter().all(is_lasting));
        assert!(![408, 429, 500, 502, 503, 504].into_iter().any(is_lasting));
    }
}
