//! Decompresses response bodies. reqwest does not know `x-gzip`, and rejects the zeros that some
//! servers send behind a body.

use std::io::{self, Read as _};

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

/// Number of bytes to decompress before other tasks may run.
const STEP: u64 = 256 * 1024;

#[derive(Debug)]
pub(super) enum GzipError {
    TooLarge,
    Invalid(io::Error),
}

/// Returns whether a body is compressed (RFC 9110, 8.4.1.3: `x-gzip` is equivalent to `gzip`).
pub(super) fn is_gzip(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    let encoding = encodings.next().and_then(|encoding| encoding.to_str().ok()).unwrap_or_default().trim();
    encodings.next().is_none() && (encoding.eq_ignore_ascii_case("gzip") || encoding.eq_ignore_ascii_case("x-gzip"))
}

/// Removes the headers that describe the compressed body.
pub(super) fn remove_headers(headers: &mut HeaderMap) {
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
}

/// Decompresses a whole body, up to a size.
pub(super) async fn decompress(body: &Bytes, limit: usize) -> Result<Bytes, GzipError> {
    let mut decompressed = Vec::new();
    let mut rest: &[u8] = body;
    // Zeros are padding, anything else another member.
    while rest.iter().any(|byte| *byte != 0) {
        let mut member = GzDecoder::new(rest);
        loop {
            let read = member.by_ref().take(STEP).read_to_end(&mut decompressed).map_err(GzipError::Invalid)?;
            if decompressed.len() > limit {
                return Err(GzipError::TooLarge);
            }
            if read == 0 {
                break;
            }
            // A small body can decompress for long without waiting for the network.
            tokio::task::yield_now().await;
        }
        rest = member.into_inner();
    }
    Ok(decompressed.into())
}
