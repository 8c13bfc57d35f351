//! Reads an answer whole, up to a limit, and decompresses it.

use std::io::{self, Write as _};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, Response};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::error::AttemptError;
use super::send::ResponseHead;

/// The largest answer that is read; a decompressed one counts as it is after decompression.
pub(super) const LARGEST_ANSWER: usize = 64 * 1024 * 1024;
/// The most room that is made for an answer because the server announces it.
const MOST_RESERVED: usize = 16 * 1024 * 1024;
/// So much is decompressed before others have their turn; it can become a thousand times as much.
const AT_ONCE: usize = 4 * 1024;

pub(super) async fn receive(response: Response<Incoming>) -> Result<(ResponseHead, Bytes), AttemptError> {
    let (mut parts, mut body) = response.into_parts();
    let compressed = is_gzip(&parts.headers);
    if compressed {
        // What is handed on is neither compressed nor of that length.
        parts.headers.remove(CONTENT_ENCODING);
        parts.headers.remove(CONTENT_LENGTH);
    }
    let head = ResponseHead { status: parts.status, headers: parts.headers };
    let announced = body.size_hint().exact().unwrap_or_default();
    if announced > LARGEST_ANSWER as u64 {
        return Err(AttemptError::TooLarge(head));
    }
    let content = if compressed { decompressed(&mut body).await } else { plain(&mut body, announced).await };
    match content {
        Ok(content) => Ok((head, content)),
        Err(Unread::Broken(error)) => Err(AttemptError::Response(error)),
        Err(Unread::TooLarge) => Err(AttemptError::TooLarge(head)),
        Err(Unread::Undecodable(error)) => Err(AttemptError::Undecodable(head, error)),
    }
}

/// Why an answer could not be read.
enum Unread {
    Broken(hyper::Error),
    TooLarge,
    Undecodable(io::Error),
}

/// Whether an answer is compressed once, in the way that was asked for.
fn is_gzip(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    let is_it = encodings.next().is_some_and(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"gzip"));
    is_it && encodings.next().is_none()
}

async fn next(body: &mut Incoming) -> Result<Option<Bytes>, Unread> {
    while let Some(frame) = body.frame().await {
        // What is no data are trailers.
        if let Ok(data) = frame.map_err(Unread::Broken)?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

async fn plain(body: &mut Incoming, announced: u64) -> Result<Bytes, Unread> {
    // Most answers are one chunk, which is then not copied.
    let Some(first) = next(body).await? else {
        return Ok(Bytes::new());
    };
    let Some(second) = next(body).await? else {
        return Ok(first);
    };
    let mut whole = Vec::new();
    // Where there is no such memory, what comes is what there has to be room for.
    let _ = whole.try_reserve_exact(usize::try_from(announced).unwrap_or_default().min(MOST_RESERVED));
    whole.extend_from_slice(&first);
    drop(first);
    let mut chunk = Some(second);
    while let Some(bytes) = chunk {
        if whole.len() + bytes.len() > LARGEST_ANSWER {
            return Err(Unread::TooLarge);
        }
        whole.extend_from_slice(&bytes);
        chunk = next(body).await?;
    }
    Ok(whole.into())
}

async fn decompressed(body: &mut Incoming) -> Result<Bytes, Unread> {
    let mut decoder = MultiGzDecoder::new(Capped::default());
    let mut empty = true;
    while let Some(chunk) = next(body).await? {
        empty &= chunk.is_empty();
        for piece in chunk.chunks(AT_ONCE) {
            decoder.write_all(piece).map_err(Unread::of)?;
            if piece.len() == AT_ONCE {
                tokio::task::yield_now().await;
            }
        }
    }
    if empty {
        return Ok(Bytes::new());
    }
    decoder.finish().map(|capped| capped.0.into()).map_err(Unread::of)
}

impl Unread {
    fn of(error: io::Error) -> Self {
        if error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Full>) {
            Self::TooLarge
        } else {
            Self::Undecodable(error)
        }
    }
}

/// Takes what is decompressed, up to the limit.
#[derive(Default)]
struct Capped(Vec<u8>);

#[derive(Debug, thiserror::Error)]
#[error("larger than is read")]
struct Full;

impl io::Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LARGEST_ANSWER {
            return Err(io::Error::other(Full));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
