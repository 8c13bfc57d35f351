//! The chain of an error leads to the error of the operating system, and repeats nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use callfluent::{ClientBuilder, ConnectionFailure, Error};
use support::{Reply, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Returns an error with its sources.
fn chain(error: &Error) -> Vec<&(dyn StdError + 'static)> {
    std::iter::successors(Some(error as &(dyn StdError + 'static)), |error| (*error).source()).collect()
}

async fn failure(builder: ClientBuilder) -> Error {
    builder.max_retries(0).build().unwrap().workspaces().list().await.unwrap_err()
}

async fn refused() -> Error {
    failure(callfluent::CallFluent::builder().api_key("k").base_url("http://127.0.0.1:1/api")).await
}

#[tokio::test]
async fn the_chain_leads_to_the_error_of_the_system() {
    let error = refused().await;
    let source = chain(&error).into_iter().find_map(|error| error.downcast_ref::<io::Error>()).unwrap();
    assert_eq!(source.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn an_error_with_its_sources_repeats_nothing() {
    let error = refused().await;
    let texts: Vec<_> = chain(&error).iter().map(ToString::to_string).collect();
    assert!(texts[0].starts_with("could not connect to 127.0.0.1:1; check the base URL, and that the server runs (GET http://127.0.0.1:1/api/"), "{texts:?}");
    let innermost = texts.last().unwrap();
    assert!(innermost.starts_with("Connection refused"), "{texts:?}");
    assert_eq!(texts.join(": ").matches(&**innermost).count(), 1, "{texts:?}");
    // One line for those who see no sources.
    assert!(error.message().contains(&format!(": {innermost}; check the base URL")), "{}", error.message());
}

#[tokio::test]
async fn connection_failures_have_a_kind() {
    assert_eq!(refused().await.connection_failure(), Some(ConnectionFailure::Refused));
    let client = || callfluent::CallFluent::builder().api_key("k");
    let unresolved = failure(client().base_url("https://host.invalid/api")).await;
    assert_eq!(unresolved.connection_failure(), Some(ConnectionFailure::Dns));
    let offline = failure(client().offline(true)).await;
    assert_eq!(offline.connection_failure(), Some(ConnectionFailure::Offline));
    let server = Server::start([Reply::close()]).await;
    assert_eq!(failure(server.builder()).await.connection_failure(), Some(ConnectionFailure::Reset));
    // It ends the connection within the TLS handshake.
    let ended = failure(client().base_url(server.base_url().replace("http:", "https:"))).await;
    assert_eq!(ended.connection_failure(), Some(ConnectionFailure::Reset));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = format!("https://{}/api", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        let _ = socket.read_to_end(&mut Vec::new()).await;
    });
    let tls = failure(client().base_url(plain)).await;
    assert_eq!(tls.connection_failure(), Some(ConnectionFailure::Tls));
    let server = Server::start([Reply::silence()]).await;
    let slow = failure(server.builder().timeout(Duration::from_millis(300))).await;
    assert_eq!(slow.connection_failure(), Some(ConnectionFailure::Timeout));
    let proxy = failure(client().base_url("https://host.invalid/api").proxy("http://127.0.0.1:1")).await;
    assert_eq!(proxy.connection_failure(), Some(ConnectionFailure::Proxy));
    let server = Server::start([Reply::status(404)]).await;
    assert_eq!(failure(server.builder()).await.connection_failure(), None);
}
