//! Reads a whole response up to a size limit. The limit applies after decompression.

use bytes::Bytes;

use super::error::AttemptError;
use super::response_head::{MAX_BODY_SIZE, ResponseHead};

/// Maximum capacity that is reserved because of a `Content-Length`.
const MAX_RESERVED: usize = 16 * 1024 * 1024;

pub(super) async fn read(mut response: reqwest::Response) -> Result<(ResponseHead, Bytes), AttemptError> {
    let announced = response.content_length().unwrap_or_default();
    let head = ResponseHead { status: response.status(), headers: std::mem::take(response.headers_mut()) };
    if announced > MAX_BODY_SIZE as u64 {
        return Err(AttemptError::TooLarge(head));
    }
    // Most responses are one chunk, which is then not copied.
    let Some(first) = next(&mut response, &head).await? else {
        return Ok((head, Bytes::new()));
    };
    let Some(second) = next(&mut response, &head).await? else {
        return Ok((head, first));
    };
    let mut body = Vec::new();
    // Without that much memory, the body may still be smaller than announced.
    let _ = body.try_reserve_exact(usize::try_from(announced).unwrap_or_default().min(MAX_RESERVED));
    body.extend_from_slice(&first);
    drop(first);
    let mut chunk = Some(second);
    while let Some(bytes) = chunk {
        if body.len() + bytes.len() > MAX_BODY_SIZE {
            return Err(AttemptError::TooLarge(head));
        }
        body.extend_from_slice(&bytes);
        chunk = next(&mut response, &head).await?;
    }
    Ok((head, body.into()))
}

async fn next(response: &mut reqwest::Response, head: &ResponseHead) -> Result<Option<Bytes>, AttemptError> {
    // A small compressed response can decompress for long without waiting for the network.
    tokio::task::coop::consume_budget().await;
    response.chunk().await.map_err(|error| AttemptError::from_body_error(error, head))
}
