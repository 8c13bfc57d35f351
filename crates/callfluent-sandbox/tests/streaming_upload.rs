//! Streaming of large uploads. In a separate file, because the test measures the memory of the
//! whole process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use bytes::Bytes;
use futures_util::stream;
use http_client::{inbound_agent, send, started};
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method};

const CHUNK: usize = 64 * 1024;
const CHUNKS: usize = 1024;

/// Returns the peak memory of this process in bytes, if the system reports it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

#[tokio::test]
async fn an_upload_of_64_mib_is_not_held_in_memory() {
    let (sandbox, http) = started().await;
    let agent = http.create_agent(&inbound_agent()).await;
    http.upload(agent, &[("warm-up.txt", b"a")]).await.data();
    let before = peak_memory();
    let chunk = Bytes::from(vec![7_u8; CHUNK]);
    let mut checksum = crc32fast::Hasher::new();
    (0..CHUNKS).for_each(|_| checksum.update(&chunk));
    let chunks = stream::iter((0..CHUNKS).map(move |_| Ok::<_, std::io::Error>(chunk.clone())));
    let form = Form::new().part("files", Part::stream(Body::wrap_stream(chunks)).file_name("large.bin"));
    send(http.request(Method::PUT, &format!("/agent/knowledge/{agent}")).multipart(form)).await.data();
    let size = (CHUNK * CHUNKS) as u64;
    let file = sandbox.journal().last().unwrap().files.as_ref().unwrap()[0].clone();
    assert_eq!((file.size, file.crc32), (size, checksum.finalize()));
    let listed = http.get(&format!("/agent/get-one/{agent}")).await.data()["files"][1].clone();
    assert_eq!((&listed["size"], &listed["type"]), (&size.into(), &"application/octet-stream".into()));
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        assert!(after - before < size / 4, "memory grew by {} bytes", after - before);
    }
}
