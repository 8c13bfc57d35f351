//! Sends requests: reqwest's client with this client's policies around it. The policies are
//! retries, redirects, the total timeout, size limits, and how fast requests and connections start.
//! `docs/decisions/http-client.md` explains the split.

mod attempt;
mod base_url;
mod certificate_error;
mod connect_error;
mod connect_proxy;
mod connect_throttle;
mod deadline;
mod error;
mod error_chain;
mod gzip;
mod http_client;
mod limits;
mod offline;
mod options;
mod proxy;
mod rate_limit;
mod request;
mod request_body;
mod request_recorder;
mod response_body;
mod response_head;
mod root_certificates;
mod send;
mod tls;

pub(crate) use base_url::is_loopback;
pub(crate) use connect_error::PROXY_CREDENTIALS_HELP;
pub(crate) use deadline::Deadline;
pub(crate) use error::{AttemptError, SendError, SendErrorKind, TimeoutStage, server};
pub(crate) use http_client::HttpClient;
pub(crate) use limits::Limits;
pub use offline::{is_offline, set_offline};
pub(crate) use options::TransportOptions;
pub(crate) use proxy::proxy_url;
pub(crate) use request::{Request, Response};
pub(crate) use request_recorder::{RecordRequest, RequestRecorder};
pub(crate) use response_head::ResponseHead;
pub use root_certificates::set_fallback;
pub(crate) use send::send;
