//! Links that are slow or die. These tests wait for real time limits of TCP and HTTP/2, so
//! `cargo xtask soak` runs them, or `cargo test -p callfluent --test slow_links -- --ignored`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

#[path = "support/tls.rs"]
mod tls;

use std::time::{Duration, Instant};

use bytes::Bytes;
use callfluent::{Attachment, CallFluent};
use socket2::{SockFilter, SockRef};
use tls::Authority;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const BODY: &str = r#"{"status":true,"data":[]}"#;

/// A PING waits behind the data that the kernel has accepted for sending.
#[tokio::test]
#[ignore = "takes 25 s; cargo xtask soak runs it"]
async fn an_upload_over_a_slow_http2_link_succeeds() {
    const SIZE: usize = 10 * 1024 * 1024;
    const CHUNK: usize = 16 * 1024;
    let authority = Authority::new();
    let acceptor = authority.acceptor(Authority::localhost(), "h2");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap();
    let received = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(acceptor.accept(stream).await.unwrap()).await.unwrap();
        let (request, mut respond) = connection.accept().await.unwrap().unwrap();
        let mut received = 0;
        let upload = async {
            let mut body = request.into_body();
            while let Some(data) = body.data().await {
                let length = data.unwrap().len();
                received += length;
                body.flow_control().release_capacity(length).unwrap();
            }
            let response = http::Response::builder().header("content-type", "application/json").body(()).unwrap();
            respond.send_response(response, false).unwrap().send_data(BODY.into(), true).unwrap();
        };
        tokio::select! {
            () = async { upload.await; std::future::pending().await } => {}
            _ = connection.accept() => {}
        }
        received
    });
    let relay = TcpSocket::new_v4().unwrap();
    relay.set_recv_buffer_size(64 * 1024).unwrap();
    relay.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let relay = relay.listen(1).unwrap();
    let port = relay.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (client, _) = relay.accept().await.unwrap();
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = TcpStream::connect(server).await.unwrap().into_split();
        tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
        let mut chunk = vec![0; CHUNK];
        while let Ok(read @ 1..) = from_client.read(&mut chunk).await {
            to_server.write_all(&chunk[..read]).await.unwrap();
            // 3.3 Mbit/s.
            tokio::time::sleep(Duration::from_millis(39)).await;
        }
    });
    let client = CallFluent::builder().api_key("test-key").base_url(format!("https://localhost:{port}/api"));
    let client = client.ca_bundle(authority.file()).timeout(Duration::from_secs(120)).max_retries(0).build().unwrap();
    let started = Instant::now();
    let file = Attachment::bytes("large.bin", vec![b'x'; SIZE]).content_type("application/octet-stream");
    client.knowledge().upload_only(7, [file]).await.unwrap();
    assert!(started.elapsed() > Duration::from_secs(21), "the link is too fast: {:?}", started.elapsed());
    drop(client);
    assert!(received.await.unwrap() > SIZE);
}

/// As after a suspend, or behind a NAT that forgot the connection: nothing arrives any more, not
/// even an acknowledgment.
#[tokio::test]
#[ignore = "takes 35 s; cargo xtask soak runs it"]
async fn a_dead_kept_connection_is_given_up_long_before_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/api", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut dead = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            respond(&mut stream).await;
            // The kernel drops every further segment for this socket.
            SockRef::from(&stream).attach_filter(&[SockFilter::new(0x06, 0, 0, 0)]).unwrap();
            dead.push(stream);
        }
    });
    let client = CallFluent::builder().api_key("test-key").base_url(base_url);
    let client = client.timeout(Duration::from_secs(300)).max_retries(1).build().unwrap();
    client.agents().list(1).await.unwrap();
    let started = Instant::now();
    client.agents().list(1).await.unwrap();
    let elapsed = started.elapsed().as_secs();
    assert!((20..60).contains(&elapsed), "{elapsed} s");
}

async fn respond(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        assert!(stream.read_buf(&mut head).await.unwrap() > 0);
    }
    let response =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{BODY}", BODY.len());
    stream.write_all(&Bytes::from(response)).await.unwrap();
    // Until the client has acknowledged it.
    tokio::time::sleep(Duration::from_millis(50)).await;
}
