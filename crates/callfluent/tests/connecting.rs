//! Connections that cannot be made, each with one plain sentence, and ways to a server: SOCKS
//! proxies and client certificates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;
#[path = "support/tls.rs"]
mod tls;

use std::time::Duration;

use callfluent::{CallFluent, CallStartParams, ClientBuilder, Error};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa};
use serde_json::json;
use support::{Reply, Server};
use tls::Authority;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 25\r\n\r\n{\"status\":true,\"data\":[]}";

/// Serves empty lists over TLS; returns the base URL.
async fn serve(acceptor: TlsAcceptor) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("https://localhost:{}/api", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await?;
                let mut request = Vec::new();
                while stream.read_buf(&mut request).await? > 0 {
                    if request.ends_with(b"\r\n\r\n") {
                        request.clear();
                        stream.write_all(RESPONSE).await?;
                    }
                }
                std::io::Result::Ok(())
            });
        }
    });
    base_url
}

fn builder(base_url: &str) -> ClientBuilder {
    CallFluent::builder().api_key("test-key").base_url(base_url).max_retries(0)
}

async fn failure(builder: ClientBuilder) -> Error {
    builder.build().unwrap().agents().list(1).await.unwrap_err()
}

#[tokio::test]
async fn certificate_errors_are_plain_sentences() {
    let authority = Authority::new();
    let mut for_clients = Authority::localhost();
    for_clients.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let mut authority_itself = Authority::localhost();
    authority_itself.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let without_names = CertificateParams::new(Vec::new()).unwrap();
    for (acceptor, expected) in [
        (tls::self_signed_acceptor(Authority::localhost()), "self-signed certificate"),
        (
            tls::self_signed_acceptor(authority_itself),
            "the server uses a CA certificate as its own (CaUsedAsEndEntity)",
        ),
        (authority.acceptor(for_clients, "http/1.1"), "its key usage does not allow TLS servers"),
        (authority.acceptor(without_names, "http/1.1"), "certificate is not valid for localhost (valid for: no host)"),
    ] {
        let error = failure(builder(&serve(acceptor).await).ca_bundle(authority.file())).await;
        let message = error.message();
        assert!(message.contains(expected), "{message}");
        let technical = ["Context", "OtherError", "Error(", "[6, 8"];
        assert!(!technical.iter().any(|word| message.contains(word)), "{message}");
    }
}

#[tokio::test]
async fn a_client_certificate_is_presented() {
    let authority = Authority::new();
    let base_url = serve(authority.acceptor_for_clients()).await;
    let error = failure(builder(&base_url).ca_bundle(authority.file())).await;
    assert!(error.message().contains("the server requires a client certificate"), "{error}");
    let client = builder(&base_url).ca_bundle(authority.file()).client_certificate(authority.client_certificate());
    client.build().unwrap().agents().list(1).await.unwrap();
}

#[test]
fn an_unusable_client_certificate_is_reported_on_build() {
    for path in ["no-such-file.pem", "Cargo.toml"] {
        let error = builder("https://localhost:1/api").client_certificate(path).build().unwrap_err();
        assert!(error.to_string().contains("client_certificate"), "{error}");
        assert!(error.to_string().contains(path), "{error}");
    }
}

#[tokio::test]
async fn requests_pass_a_socks5_proxy() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("socks5h://{}", proxy.local_addr().unwrap());
    let server = Server::start([Reply::ok(json!([]))]).await;
    let forward = tokio::spawn(async move {
        let (mut client, _) = proxy.accept().await.unwrap();
        let mut greeting = [0; 3];
        client.read_exact(&mut greeting).await.unwrap();
        client.write_all(&[5, 0]).await.unwrap();
        let mut request = [0; 10];
        client.read_exact(&mut request).await.unwrap();
        assert_eq!(request[..4], [5, 1, 0, 1], "a connection to an IPv4 address is requested");
        let address = std::net::Ipv4Addr::new(request[4], request[5], request[6], request[7]);
        let mut server = TcpStream::connect((address, u16::from_be_bytes([request[8], request[9]]))).await.unwrap();
        client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    });
    let client = server.builder().proxy(url).build().unwrap();
    client.agents().list(1).await.unwrap();
    drop(client);
    forward.await.unwrap();
}

#[tokio::test]
async fn an_unreachable_socks_proxy_is_named() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let error = failure(server.builder().proxy("socks5://127.0.0.1:1").max_retries(0)).await;
    assert!(error.message().contains("proxy connection failed"), "{error}");
    assert!(!error.outcome_unknown());
}

#[tokio::test]
async fn a_timeout_without_connection_leaves_the_outcome_known() {
    // It accepts connections and never responds to the TLS handshake.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("https://localhost:{}/api", listener.local_addr().unwrap().port());
    let client = builder(&base_url).timeout(Duration::from_millis(300)).build().unwrap();
    let error = client.calls().start(7, &CallStartParams::to("+15550001234")).await.unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error}");
    assert!(error.message().contains("could not connect to localhost"), "{error}");
    assert!(!error.outcome_unknown(), "{error}");
}

/// The connection of an earlier request proves nothing about this one, but its unsent body does.
#[tokio::test]
async fn a_timeout_while_reconnecting_leaves_the_outcome_known() {
    let authority = Authority::new();
    let acceptor = authority.acceptor(Authority::localhost(), "http/1.1");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("https://localhost:{}/api", listener.local_addr().unwrap().port());
    let serve = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            stream.read_buf(&mut request).await.unwrap();
        }
        stream.write_all(RESPONSE).await.unwrap();
        let _ = stream.shutdown().await;
        listener
    });
    let client = builder(&base_url).ca_bundle(authority.file()).timeout(Duration::from_millis(500)).build().unwrap();
    client.agents().list(1).await.unwrap();
    let _listener = serve.await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let error = client.calls().start(7, &CallStartParams::to("+15550001234")).await.unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error}");
    assert!(!error.outcome_unknown(), "{error}");
}

#[tokio::test]
async fn offline_clients_refuse_every_other_machine() {
    let hosts = ["api.callfluent.ai", "localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "[2001:db8::1]"];
    for host in hosts {
        let error = failure(builder(&format!("https://{host}/api")).max_retries(5).offline(true)).await;
        assert!(matches!(error, Error::Connection(_)), "{error}");
        let expected = format!("offline mode: refused to connect to {host}; unset CALLFLUENT_OFFLINE");
        assert!(error.message().starts_with(&expected), "{error}");
        assert!(!error.outcome_unknown(), "{error}");
        assert_eq!(error.context().unwrap().attempts, 0);
    }
    let server = Server::start([Reply::ok(json!([]))]).await;
    server.builder().offline(true).build().unwrap().agents().list(1).await.unwrap();
}

/// A proxy of this machine leads elsewhere, and one of another machine is not this machine.
#[tokio::test]
async fn offline_clients_use_no_proxy_to_another_machine() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = proxy.local_addr().unwrap();
    for scheme in ["http", "socks5h"] {
        let through = builder("https://api.callfluent.ai/api").proxy(format!("{scheme}://{url}")).offline(true);
        assert!(failure(through).await.message().contains("refused to connect to api.callfluent.ai"));
    }
    assert!(tokio::time::timeout(Duration::from_millis(50), proxy.accept()).await.is_err(), "the proxy was used");
    let server = Server::start([Reply::ok(json!([]))]).await;
    let error = failure(server.builder().proxy("socks5h://proxy.example:1080").allow_http(true).offline(true)).await;
    assert!(error.message().contains("refused to connect to proxy.example;"), "{error}");
}

/// Variables of a machine without root certificates.
fn without_roots() -> [(String, String); 1] {
    [("SSL_CERT_FILE".to_owned(), "/nowhere/certificates.pem".to_owned())]
}

#[tokio::test]
async fn a_machine_without_root_certificates_is_named() {
    let base_url = serve(Authority::new().acceptor(Authority::localhost(), "http/1.1")).await;
    let error = failure(builder(&base_url).environment(without_roots())).await;
    assert!(matches!(error, Error::Connection(_)), "{error:?}");
    let message = error.message();
    assert!(message.contains("no root certificates; install the package ca-certificates"), "{message}");
}

#[tokio::test]
async fn certificates_of_the_environment_are_trusted() {
    let authority = Authority::new();
    let base_url = serve(authority.acceptor(Authority::localhost(), "http/1.1")).await;
    let file = authority.file().to_string_lossy().into_owned();
    let folder = authority.file().parent().unwrap().to_string_lossy().into_owned();
    let variable = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
    for builder in [
        builder(&base_url).environment(variable("SSL_CERT_FILE", &file)),
        builder(&base_url).environment(variable("SSL_CERT_DIR", &folder)),
        builder(&base_url).environment(without_roots()).extra_ca_file(&file),
        builder(&base_url).environment(without_roots()).ca_bundle(&file),
    ] {
        builder.build().unwrap().agents().list(1).await.unwrap();
    }
}

#[tokio::test]
async fn certificates_in_memory_are_trusted() {
    let authority = Authority::new();
    let base_url = serve(authority.acceptor(Authority::localhost(), "http/1.1")).await;
    let pem = std::fs::read(authority.file()).unwrap();
    let error = failure(builder(&base_url)).await;
    assert!(error.message().contains("certificate verification failed"), "{error}");
    // Two blocks without a line break between them.
    let trusting = builder(&base_url).ca_certificates(pem.trim_ascii_end()).ca_certificates(&pem);
    trusting.build().unwrap().agents().list(1).await.unwrap();
    let error = builder(&base_url).ca_certificates("nothing").build().unwrap_err();
    assert!(
        error.to_string().contains("ca_certificates: cannot be read as PEM certificates: there are none"),
        "{error}"
    );
}
