//! Uploads that the server rejects early.
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
