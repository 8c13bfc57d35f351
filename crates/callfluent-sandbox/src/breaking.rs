//! How a connection breaks in place of an answer, or in the middle of it.
//! HTTP has no word for the first, so the answer carries a mark that tells the server to close instead.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;

use crate::scripted::Disconnect;

/// Long enough that the first half is on its way before the connection closes.
const BETWEEN: Duration = Duration::from_millis(2);

/// The mark of an answer that is never to be sent.
#[derive(Debug, Clone, Copy)]
struct NoAnswer;

/// Why a connection was closed.
#[derive(Debug)]
pub(crate) struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection breaks, as it was told to")
    }
}

impl std::error::Error for Broken {}

/// The answer as it is with a connection that breaks.
pub(crate) async fn broken(response: Response, breaks: Disconnect) -> Response {
    let (mut parts, body) = response.into_parts();
    match breaks {
        Disconnect::BeforeResponse => {
            parts.extensions.insert(NoAnswer);
            Response::from_parts(parts, Body::empty())
        }
        Disconnect::InBody => {
            let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
            parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
            Response::from_parts(parts, Body::from_stream(halved(&whole)))
        }
    }
}

/// The answer, unless the connection is to be closed instead.
pub(crate) fn kept(response: Response) -> Result<Response, Broken> {
    if response.extensions().get::<NoAnswer>().is_some() { Err(Broken) } else { Ok(response) }
}

fn halved(whole: &Bytes) -> impl stream::Stream<Item = Result<Bytes, Broken>> + use<> {
    let half = whole.slice(..whole.len() / 2);
    stream::unfold(Some(half), |half| async {
        match half {
            Some(half) if !half.is_empty() => Some((Ok(half), Some(Bytes::new()))),
            Some(_) => {
                tokio::time::sleep(BETWEEN).await;
                Some((Err(Broken), None))
            }
            None => None,
        }
    })
}
