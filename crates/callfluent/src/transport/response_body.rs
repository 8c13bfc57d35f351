//! Reads a whole response up to a size limit. The limit applies after decompression, too.

use bytes::Bytes;

use super::error::AttemptError;
use super::gzip::{self, GzipError};
use super::response_head::{MAX_BODY_SIZE, ResponseHead};

/// Maximum capacity that is reserved because of a `Content-Length`.
const MAX_RESERVED: usize = 16 * 1024 * 1024;

pub(super) async fn read(mut response: reqwest::Response) -> Result<(ResponseHead, Bytes), AttemptError> {
    let announced = response.content_length().unwrap_or_default();
    let mut head = ResponseHead { status: response.status(), headers: std::mem::take(response.headers_mut()) };
    if announced > MAX_BODY_SIZE as u64 {
        return Err(AttemptError::TooLarge(head));
    }
    let Some(body) = read_body(&mut response, &head, announced).await? else {
        return Err(AttemptError::TooLarge(head));
    };
    if body.is_empty() || !gzip::is_gzip(&head.headers) {
        return Ok((head, body));
    }
    match gzip::decompress(&body, MAX_BODY_SIZE).await {
        Ok(body) => {
            gzip::remove_headers(&mut head.headers);
            Ok((head, body))
        }
        Err(GzipError::TooLarge) => Err(AttemptError::TooLarge(head)),
        Err(GzipError::Invalid(error)) => {
            Err(AttemptError::Undecodable { head, reason: error.to_string(), source: None })
        }
    }
}

/// Reads the body as it was sent; `None` if it is too large.
async fn read_body(
    response: &mut reqwest::Response,
    head: &ResponseHead,
    announced: u64,
) -> Result<Option<Bytes>, AttemptError> {
    // Most responses are one chunk, which is then not copied.
    let Some(first) = next(response, head).await? else {
        return Ok(Some(Bytes::new()));
    };
    let Some(second) = next(response, head).await? else {
        return Ok(Some(first));
    };
    let mut body = Vec::new();
    // Without that much memory, the body may still be smaller than announced.
    let _ = body.try_reserve_exact(usize::try_from(announced).unwrap_or_default().min(MAX_RESERVED));
    body.extend_from_slice(&first);
    drop(first);
    let mut chunk = Some(second);
    while let Some(bytes) = chunk {
        if body.len() + bytes.len() > MAX_BODY_SIZE {
            return Ok(None);
        }
        body.extend_from_slice(&bytes);
        chunk = next(response, head).await?;
    }
    Ok(Some(body.into()))
}

async fn next(response: &mut reqwest::Response, head: &ResponseHead) -> Result<Option<Bytes>, AttemptError> {
    response.chunk().await.map_err(|error| AttemptError::from_body_error(error, head))
}
