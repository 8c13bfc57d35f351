//! Recorded exchanges with a real server: a request, and the response to it. `record.rs` forwards
//! requests and writes their exchanges to a file, `replay.rs` sends the responses again.
//! Numbers and secrets are replaced before anything is written (`scrub.rs`).

mod difference;
mod exchange;
mod json_text;
mod phone_numbers;
#[cfg(feature = "record")]
mod record;
mod replay;
mod scrub;

use std::io;
use std::path::PathBuf;

use axum::http::{HeaderMap, Method, StatusCode};
use bytes::Bytes;

use crate::received_request::ReceivedBody;

#[cfg(feature = "record")]
use record::Recorder;
use replay::Replay;

/// The options of a sandbox that records or replays.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExchangeOptions {
    pub(crate) record: Option<PathBuf>,
    pub(crate) replay: Option<PathBuf>,
    /// Base URL of the recorded server.
    pub(crate) target: Option<String>,
}

/// A request with everything that identifies its exchange.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExchangeRequest<'a> {
    pub(crate) method: &'a Method,
    /// With the leading `/api`.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a ReceivedBody,
}

/// A response of a real server.
#[derive(Debug)]
pub(crate) struct ExchangeResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The reason if there is no response of the server.
    pub(crate) error: Option<String>,
}

/// The source of responses in place of the simulated account.
#[derive(Debug)]
pub(crate) enum Exchanges {
    #[cfg(feature = "record")]
    Record(Recorder),
    Replay(Replay),
}

impl Exchanges {
    /// Opens what the options name; `None` if they name nothing.
    pub(crate) fn open(options: &ExchangeOptions) -> io::Result<Option<Self>> {
        let invalid = |text: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        match (&options.record, &options.replay, &options.target) {
            (Some(_), Some(_), _) => invalid("record and replay exclude each other; choose one"),
            (None, _, Some(_)) => invalid("target needs record, the file that the exchanges are written to"),
            (Some(_), None, None) => invalid("record needs target, the base URL of the real server"),
            (None, None, None) => Ok(None),
            (None, Some(file), None) => Ok(Some(Self::Replay(Replay::open(file)?))),
            #[cfg(feature = "record")]
            (Some(file), None, Some(target)) => Ok(Some(Self::Record(Recorder::open(file, target)?))),
            #[cfg(not(feature = "record"))]
            (Some(_), None, Some(_)) => invalid("record needs the feature record of callfluent-sandbox"),
        }
    }

    /// Returns true if requests must keep the bytes of their bodies.
    pub(crate) fn forwards(&self) -> bool {
        !matches!(self, Self::Replay(_))
    }

    /// Returns the response to a request. `bytes` is its body if requests are forwarded.
    pub(crate) async fn respond(&self, request: ExchangeRequest<'_>, bytes: Bytes) -> ExchangeResponse {
        match self {
            #[cfg(feature = "record")]
            Self::Record(recorder) => recorder.respond(request, bytes).await,
            Self::Replay(replay) => {
                drop(bytes);
                std::future::ready(replay.respond(request)).await
            }
        }
    }
}

/// An error of the sandbox in place of a response.
fn failure(status: StatusCode, error: String) -> ExchangeResponse {
    let body = serde_json::json!({"status": false, "error": error}).to_string();
    let content_type = [(axum::http::header::CONTENT_TYPE, axum::http::HeaderValue::from_static("application/json"))];
    ExchangeResponse { status, headers: content_type.into_iter().collect(), body: body.into(), error: Some(error) }
}
