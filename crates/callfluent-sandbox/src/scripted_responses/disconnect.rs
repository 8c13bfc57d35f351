//! Connections that the server closes instead of sending a response, or in the middle of its body.
//! HTTP cannot express the former, so such a response carries a marker for the server.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;

/// Without this pause, the first half might not be sent before the connection closes.
const PAUSE: Duration = Duration::from_millis(2);

/// The point at which the connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Disconnect {
    /// Before the response: nothing is sent.
    BeforeResponse,
    /// After half of the response body.
    InBody,
    /// Before the response, with a reset instead of an orderly close.
    Reset,
}

impl Disconnect {
    /// The names in control requests.
    pub(super) const NAMES: [&str; 3] = ["before_response", "in_body", "reset"];

    pub(super) fn from_name(name: &str) -> Option<Self> {
        let values = [Self::BeforeResponse, Self::InBody, Self::Reset];
        Self::NAMES.into_iter().zip(values).find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Returns true if no part of the response is sent.
    pub(crate) fn sends_nothing(self) -> bool {
        matches!(self, Self::BeforeResponse | Self::Reset)
    }
}

/// Marks a response that must not be sent.
#[derive(Debug, Clone, Copy)]
struct Unsent {
    reset: bool,
}

/// The error that makes the HTTP server close the connection.
#[derive(Debug)]
pub(crate) struct Disconnected {
    /// Resets the connection instead.
    pub(crate) reset: bool,
}

impl std::fmt::Display for Disconnected {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("connection closed by a scripted response or a random fault")
    }
}

impl std::error::Error for Disconnected {}

/// Returns the response with a disconnect added.
pub(crate) async fn disconnect(response: Response, point: Disconnect) -> Response {
    let (mut parts, body) = response.into_parts();
    match point {
        Disconnect::BeforeResponse | Disconnect::Reset => {
            parts.extensions.insert(Unsent { reset: point == Disconnect::Reset });
            Response::from_parts(parts, Body::empty())
        }
        Disconnect::InBody => {
            let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
            parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            Response::from_parts(parts, Body::from_stream(first_half(&body)))
        }
    }
}

/// Returns the response, or an error if the connection must be closed instead.
pub(crate) fn send_or_disconnect(response: Response) -> Result<Response, Disconnected> {
    match response.extensions().get::<Unsent>() {
        Some(unsent) => Err(Disconnected { reset: unsent.reset }),
        None => Ok(response),
    }
}

fn first_half(body: &Bytes) -> impl stream::Stream<Item = Result<Bytes, Disconnected>> + use<> {
    let half = body.slice(..body.len() / 2);
    stream::unfold(Some(half), |half| async {
        match half {
            Some(half) if !half.is_empty() => Some((Ok(half), Some(Bytes::new()))),
            Some(_) => {
                tokio::time::sleep(PAUSE).await;
                Some((Err(Disconnected { reset: false }), None))
            }
            None => None,
        }
    })
}
