//! Recorded exchanges with a real server: a request, and the response to it. `record.rs` forwards
//! requests and writes their exchanges to a file, `replay.rs` sends the responses again.
//! Numbers and secrets are replaced before anything is written (`scrub.rs`).

// Without the feature `record`, a replay uses only a part of some modules.
mod difference;
mod exchange;
#[cfg_attr(not(feature = "record"), allow(dead_code))]
mod field_names;
#[cfg_attr(not(feature = "record"), allow(dead_code))]
mod json_text;
#[cfg_attr(not(feature = "record"), allow(dead_code))]
mod message;
#[cfg(feature = "record")]
mod offline;
#[cfg_attr(not(feature = "record"), allow(dead_code))]
mod phone_numbers;
#[cfg(feature = "record")]
mod record;
mod replay;
#[cfg_attr(not(feature = "record"), allow(dead_code))]
mod scrub;
mod target;

use std::fmt;
use std::io;
use std::path::PathBuf;

use bytes::Bytes;

pub(crate) use message::{ExchangeRequest, ExchangeResponse};
#[cfg(feature = "record")]
use offline::{OFFLINE_VARIABLE, offline_of};
#[cfg(feature = "record")]
use record::Recorder;
pub(crate) use replay::Progress;
use replay::Replay;
use target::without_credentials;

/// The options of a sandbox that records or replays.
#[derive(Clone, Default)]
pub(crate) struct ExchangeOptions {
    pub(crate) record: Option<PathBuf>,
    pub(crate) replay: Option<PathBuf>,
    /// Base URL of the recorded server.
    pub(crate) target: Option<String>,
    /// True records only servers on this machine. `None` means the variable of the environment.
    #[cfg_attr(not(feature = "record"), allow(dead_code))]
    pub(crate) offline: Option<bool>,
    /// The variable and the default of a binding, in place of those of the process.
    #[cfg_attr(not(feature = "record"), allow(dead_code))]
    pub(crate) offline_environment: Option<(String, bool)>,
}

#[cfg(feature = "record")]
impl ExchangeOptions {
    /// Only a recording depends on it, so that an invalid variable stops nothing else.
    fn is_offline(&self) -> io::Result<bool> {
        if let Some(offline) = self.offline {
            return Ok(offline);
        }
        let (variable, default) = match &self.offline_environment {
            Some((variable, default)) => (variable.clone(), *default),
            None => (std::env::var_os(OFFLINE_VARIABLE).unwrap_or_default().to_string_lossy().into_owned(), false),
        };
        Ok(offline_of(&variable)?.unwrap_or(default))
    }
}

/// Without the credentials that an invalid target may have.
impl fmt::Debug for ExchangeOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = self.target.as_deref().map(without_credentials);
        let mut shown = formatter.debug_struct("ExchangeOptions");
        shown.field("record", &self.record).field("replay", &self.replay).field("target", &target);
        shown.field("offline", &self.offline).finish_non_exhaustive()
    }
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
            (Some(file), None, Some(target)) => {
                Ok(Some(Self::Record(Recorder::open(file, target, options.is_offline()?)?)))
            }
            #[cfg(not(feature = "record"))]
            (Some(_), None, Some(_)) => invalid("record needs the feature record of callfluent-sandbox"),
        }
    }

    /// Begins to record or to replay, after everything that can fail at the start.
    pub(crate) fn begin(&self) -> io::Result<()> {
        match self {
            #[cfg(feature = "record")]
            Self::Record(recorder) => recorder.begin(),
            Self::Replay(_) => Ok(()),
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
