//! Uploads that end early: the server rejects them, or a file is not as long as announced.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use std::time::Duration;

use bytes::Bytes;
use callfluent::{Attachment, CallFluent};
use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const MIB: usize = 1024 * 1024;
const REJECTION: &[u8] =
    b"HTTP/1.1 413 Payload Too Large\r\ncontent-type: application/json\r\ncontent-length: 33\r\n\r\n{\"status\":false,\"msg\":\"Too large\"}";

/// As servers do that must read a body before they can close the connection without a reset.
#[tokio::test]
async fn an_upload_stops_after_an_early_error_response() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/api", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut received = Vec::with_capacity(MIB);
        while !received.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
            stream.read_buf(&mut received).await.unwrap();
        }
        stream.write_all(REJECTION).await.unwrap();
        let mut count = received.len();
        let mut buffer = vec![0; MIB];
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            count += read;
        }
        count
    });
    let client = CallFluent::builder().api_key("test-key").base_url(base_url).build().unwrap();
    let chunk = Bytes::from(vec![b'x'; MIB / 4]);
    let content = futures_util::stream::repeat(chunk).take(4 * 512).then(|chunk| async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        std::io::Result::Ok(chunk)
    });
    let file = Attachment::stream("large.txt", content, Some(512 * MIB as u64));
    let error = client.knowledge().upload_only(7, [file]).await.unwrap_err();
    assert_eq!(error.status(), Some(413), "{error}");
    let received = tokio::time::timeout(Duration::from_secs(5), server).await.expect("sending goes on").unwrap();
    assert!(received < 64 * MIB, "{} MiB were sent", received / MIB);
}

/// Returns a client of a server that receives one request and never responds, and what it receives.
/// `begun` runs when the head has arrived.
async fn receiver(begun: impl FnOnce() + Send + 'static) -> (CallFluent, tokio::task::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/api", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut received = Vec::new();
        // A body that fails at once takes its head with it.
        while !received.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
            if stream.read_buf(&mut received).await.unwrap() == 0 {
                return received;
            }
        }
        begun();
        while let Ok(1..) = stream.read_buf(&mut received).await {}
        received
    });
    (CallFluent::builder().api_key("test-key").base_url(base_url).build().unwrap(), server)
}

/// Returns whether a body has its last boundary.
fn is_whole(received: &[u8]) -> bool {
    received.trim_ascii_end().ends_with(b"--")
}

#[tokio::test]
async fn a_stream_of_another_length_fails_the_upload() {
    for (chunks, announced, expected) in [
        (&[4, 4][..], 6, "longer than announced (6 bytes)"),
        (&[4, 4], 4, "longer than announced (4 bytes)"),
        (&[4], 0, "longer than announced (0 bytes)"),
        (&[4, 4], 9, "shorter than announced (8 instead of 9 bytes)"),
        (&[], 1, "shorter than announced (0 instead of 1 bytes)"),
    ] {
        let (client, server) = receiver(|| ()).await;
        let chunks: Vec<_> = chunks.iter().map(|length| Ok(Bytes::from(vec![b'x'; *length]))).collect();
        let stream = Attachment::stream("first.txt", futures_util::stream::iter(chunks), Some(announced));
        let second = Attachment::bytes("second.txt", "SECOND");
        let error = client.knowledge().upload_only(7, [stream, second]).await.unwrap_err();
        assert_eq!(error.name(), "InvalidRequestError", "{error}");
        assert!(error.to_string().contains(expected) && error.to_string().contains("first.txt"), "{error}");
        assert!(!error.outcome_unknown(), "{error}");
        let received = server.await.unwrap();
        assert!(!is_whole(&received), "{}", String::from_utf8_lossy(&received));
    }
}

#[tokio::test]
async fn a_file_that_becomes_shorter_is_named() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shrinks-{}", std::process::id()));
    let file = std::fs::File::create(&path).unwrap();
    // Sparse, and larger than the buffers of a connection.
    file.set_len(256 * MIB as u64).unwrap();
    let (client, server) = receiver(move || file.set_len(0).unwrap()).await;
    let error = client.knowledge().upload_only(7, [Attachment::path(&path)]).await.unwrap_err();
    std::fs::remove_file(path).unwrap();
    assert_eq!(error.name(), "InvalidRequestError", "{error}");
    assert!(error.to_string().contains("became shorter") && !error.outcome_unknown(), "{error}");
    assert!(!is_whole(&server.await.unwrap()));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn files_of_the_kernel_are_sent_with_their_content() {
    for path in ["/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled"] {
        let Ok(content) = std::fs::read(path) else { continue };
        let open = || std::fs::File::open(path).unwrap();
        for file in [Attachment::path(path), Attachment::file("open", open(), 0).unwrap()] {
            assert_eq!(file.length(), Some(content.len() as u64), "{path}");
            let (client, server) = receiver(|| ()).await;
            let client = client.with_options(|options| options.timeout(Duration::from_millis(200)));
            let error = client.knowledge().upload_only(7, [file]).await.unwrap_err();
            assert_eq!(error.name(), "APITimeoutError", "{error}");
            let received = server.await.unwrap();
            assert!(received.windows(content.len()).any(|bytes| bytes == content), "{path}");
            assert!(is_whole(&received), "{path}");
        }
    }
}
