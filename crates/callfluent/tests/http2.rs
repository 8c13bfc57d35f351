//! HTTP/2: requests share a connection, and a connection that the server closes loses none of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

#[path = "support/tls.rs"]
mod tls;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callfluent::{CallFluent, CallStartParams};
use tls::Authority;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const BODY: &[u8] = br#"{"status":true,"data":{"id":5}}"#;
const PREFACE: usize = 24;
const END_STREAM: u8 = 1;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

/// A server that closes each connection with GOAWAY after a number of requests, as nginx does with
/// `keepalive_requests`. It writes frames itself, to name the last stream exactly.
struct Server {
    base_url: String,
    connections: Arc<AtomicUsize>,
    processed: Arc<AtomicUsize>,
}

impl Server {
    async fn start(acceptor: TlsAcceptor, requests_per_connection: usize, handshake: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("https://localhost:{}/api", listener.local_addr().unwrap().port());
        let (connections, processed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let server = Self { base_url, connections: Arc::clone(&connections), processed: Arc::clone(&processed) };
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::Relaxed);
                let (acceptor, processed) = (acceptor.clone(), Arc::clone(&processed));
                tokio::spawn(async move {
                    tokio::time::sleep(handshake).await;
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let _ = serve(stream, requests_per_connection, &processed).await;
                });
            }
        });
        server
    }

    fn client(&self, authority: &Authority) -> CallFluent {
        let builder = CallFluent::builder().api_key("test-key").base_url(&self.base_url);
        builder.ca_bundle(authority.file()).max_retries(0).build().unwrap()
    }
}

async fn serve(
    mut stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    limit: usize,
    processed: &AtomicUsize,
) -> std::io::Result<()> {
    let mut preface = [0; PREFACE];
    stream.read_exact(&mut preface).await?;
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await?;
    let mut served = 0;
    while served < limit {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        stream.read_exact(&mut payload).await?;
        let (kind, flags) = (head[3], head[4]);
        if matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0 {
            let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            processed.fetch_add(1, Ordering::Relaxed);
            served += 1;
            // `:status: 200` is entry 8 of the static table.
            let mut response = frame(HEADERS, 4, id, &[0x88]);
            response.extend(frame(DATA, END_STREAM, id, BODY));
            if served == limit {
                let mut last = id.to_be_bytes().to_vec();
                last.extend(0_u32.to_be_bytes());
                response.extend(frame(GOAWAY, 0, 0, &last));
            }
            stream.write_all(&response).await?;
        }
    }
    // Requests that are on their way are read and dropped, until the client closes the connection.
    let mut rest = Vec::new();
    while stream.read_buf(&mut rest).await? > 0 {
        rest.clear();
    }
    Ok(())
}

fn frame(kind: u8, flags: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(id.to_be_bytes());
    frame.extend(payload);
    frame
}

async fn start_calls(client: &CallFluent, count: usize) {
    let calls: Vec<_> = (0..count)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.calls().start(7, &CallStartParams::to("+15550001234")).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn requests_after_a_goaway_are_sent_again() {
    let authority = Authority::new();
    let server = Server::start(authority.acceptor(Authority::localhost(), "h2"), 3, Duration::ZERO).await;
    let client = server.client(&authority);
    for _ in 0..5 {
        start_calls(&client, 8).await;
    }
    assert_eq!(server.processed.load(Ordering::Relaxed), 40, "calls were lost or started twice");
}

#[tokio::test]
async fn concurrent_requests_share_one_connection() {
    let authority = Authority::new();
    let acceptor = authority.acceptor(Authority::localhost(), "h2");
    let server = Server::start(acceptor, usize::MAX, Duration::from_millis(50)).await;
    start_calls(&server.client(&authority), 200).await;
    assert_eq!(server.processed.load(Ordering::Relaxed), 200);
    let connections = server.connections.load(Ordering::Relaxed);
    assert!(connections <= 3, "{connections} connections");
}
