//! The loop of attempts: sends a request, judges what came back, waits, and sends it again where that is harmless.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Response, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::Limits;
use crate::envelope;
use crate::error::{Context, Error, Result};
use crate::operation::{Method, Repeat};
use crate::request::Body;
use crate::retry::{Budget, Failure, Fate};
use crate::secret::ApiKey;

/// The largest answer that is read; a decompressed one counts as it is after decompression.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;
/// The most of an answer that an error carries.
const LARGEST_ERROR_BODY: usize = 64 * 1024;
const MOST_REDIRECTS: usize = 5;

/// A request as it goes out, with what it needs to be judged.
pub(crate) struct Outgoing<'a> {
    pub(crate) http: &'a reqwest::Client,
    pub(crate) key: &'a ApiKey,
    pub(crate) limits: &'a Limits,
    pub(crate) budget: &'a Budget,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: &'a Body,
    pub(crate) repeat: Repeat,
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_retries: u32,
}

/// An answer that is no refusal by its status, with what an error about it has to say.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) attempts: u32,
}

/// What is known while attempts are made; it outlives them when time runs out.
struct Progress {
    attempts: u32,
    /// Whether any attempt may have been acted on.
    unknown: bool,
}

/// Sends a request, as often as is needed and harmless.
pub(crate) async fn send(mut outgoing: Outgoing<'_>) -> Result<Answer> {
    let mut progress = Progress { attempts: 0, unknown: false };
    // A timeout that no clock reaches is none.
    let deadline = outgoing.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let (Some(timeout), Some(deadline)) = (outgoing.timeout, deadline) else {
        return outgoing.attempts(&mut progress, None).await;
    };
    match tokio::time::timeout_at(deadline, outgoing.attempts(&mut progress, Some(deadline))).await {
        Ok(result) => result,
        Err(_) => {
            let message = format!("no answer came within {} s", timeout.as_secs_f64());
            Err(Error::Timeout(Box::new(outgoing.context(&progress, message))))
        }
    }
}

impl Outgoing<'_> {
    async fn attempts(&mut self, progress: &mut Progress, deadline: Option<Instant>) -> Result<Answer> {
        let started = Instant::now();
        let mut redirects = 0;
        loop {
            let unknown_before = progress.unknown;
            progress.attempts += 1;
            let outcome = {
                let _permit = self.limits.admit().await;
                // Until the attempt is judged, it counts as one that may have been acted on.
                progress.unknown = true;
                self.attempt().await
            };
            self.log(&outcome, progress.attempts, started);
            let (failure, error) = match outcome {
                Ok((response, body)) if response.status.is_redirection() && response.headers.contains_key(LOCATION) => {
                    progress.unknown = unknown_before;
                    redirects += 1;
                    self.follow(&response, &body, redirects, progress)?;
                    continue;
                }
                Ok((head, body)) if head.status.is_success() => {
                    self.budget.earn();
                    return Ok(Answer {
                        status: head.status,
                        headers: head.headers,
                        body,
                        attempts: progress.attempts,
                    });
                }
                Ok((head, body)) => {
                    let failure = Failure::of_answer(head.status, &head.headers);
                    progress.unknown = unknown_before || failure.fate == Fate::Unknown;
                    if !failure.passing {
                        self.budget.earn();
                    }
                    let error = self.refusal(&head, &body, &failure, progress);
                    (failure, error)
                }
                Err(broken) => {
                    let failure = broken.failure();
                    progress.unknown = unknown_before || failure.fate == Fate::Unknown;
                    let error = self.broken(broken, progress);
                    (failure, error)
                }
            };
            let Some(wait) = self.wait(&failure, progress.attempts, deadline) else {
                return Err(error);
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// How long to wait before the next attempt; `None` where there is to be none.
    fn wait(&self, failure: &Failure, attempts: u32, deadline: Option<Instant>) -> Option<Duration> {
        let again = attempts <= self.max_retries
            && failure.allows(self.repeat)
            && !matches!(self.body, Body::Files(files) if !files.can_be_sent_again());
        if !again {
            return None;
        }
        let wait = failure.wait(attempts)?;
        // What would end after the deadline need not begin: the real error says more than a timeout.
        let in_time = deadline.is_none_or(|deadline| Instant::now() + wait < deadline);
        (in_time && self.budget.spend()).then_some(wait)
    }

    async fn attempt(&self) -> Result<(Head, Bytes), Broken> {
        let mut headers = self.headers.clone();
        let mut request = self.http.request(self.method.into(), self.url.clone());
        match self.body {
            Body::Empty => {}
            Body::Json(json) => {
                headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
                request = request.body(json.clone());
            }
            Body::Files(files) => {
                request = request.multipart(files.form().await.map_err(Broken::File)?);
            }
        }
        let response = request.headers(headers).send().await.map_err(Broken::Connection)?;
        read(response).await
    }

    /// Turns to where a redirect points, if that is the same server and nothing is sent along.
    fn follow(&mut self, head: &Head, body: &Bytes, redirects: usize, progress: &Progress) -> Result<()> {
        let location = head.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let target = location.and_then(|location| self.url.join(location).ok());
        let reason = match &target {
            None => "the server redirects to no readable address".to_owned(),
            Some(target) if target.origin() != self.url.origin() => format!(
                "the server redirects from {} to {}; the key and the request are not sent to another origin",
                self.url.origin().ascii_serialization(),
                target.origin().ascii_serialization(),
            ),
            Some(_) if self.method != Method::Get => {
                format!("the server redirects, and a {} is not sent to another address", self.method.as_str())
            }
            Some(_) if redirects > MOST_REDIRECTS => {
                format!("the server redirects more than {MOST_REDIRECTS} times")
            }
            Some(target) => {
                self.url = target.clone();
                return Ok(());
            }
        };
        let mut context = self.answer_context(head, body, progress, reason);
        // 307 and 308 ask to send the request again elsewhere; the others may follow upon what was done.
        let asks_again = matches!(head.status.as_u16(), 307 | 308);
        context.outcome_unknown |= self.method != Method::Get && !asks_again;
        Err(Error::Status(Box::new(context)))
    }

    fn refusal(&self, head: &Head, body: &Bytes, failure: &Failure, progress: &Progress) -> Error {
        let message = envelope::refusal_message(body).unwrap_or_else(|| {
            let shown = envelope::beginning(body, &head.headers);
            match head.status.canonical_reason() {
                Some(reason) => format!("the server answered {reason}{shown}"),
                None => format!("the server answered with status {}{shown}", head.status.as_u16()),
            }
        });
        let message = match head.status.as_u16() {
            401 => format!(
                "{}. Check the API key: it comes from the CALLFLUENT_API_KEY variable or the client's arguments",
                message.trim_end_matches('.')
            ),
            _ => message,
        };
        let mut context = self.answer_context(head, body, progress, message);
        context.retry_after = failure.retry_after;
        Error::of_status(context)
    }

    fn broken(&self, broken: Broken, progress: &Progress) -> Error {
        let mut context = self.context(progress, broken.message(&self.url));
        match broken {
            Broken::TooLarge(head) => {
                context.status = Some(head.status.as_u16());
                context.request_id = head.request_id();
                Error::Response(Box::new(context))
            }
            Broken::Connection(error) if error.is_timeout() => {
                context.source = Some(self.redacted(&error));
                Error::Timeout(Box::new(context))
            }
            Broken::Connection(error) => {
                context.source = Some(self.redacted(&error));
                Error::Connection(Box::new(context))
            }
            Broken::File(error) => {
                context.source = Some(Box::new(error));
                Error::Connection(Box::new(context))
            }
        }
    }

    /// A library's error as text, without URL and key.
    fn redacted(&self, error: &reqwest::Error) -> Box<dyn std::error::Error + Send + Sync> {
        self.key.redact(causes(error)).into()
    }

    fn answer_context(&self, head: &Head, body: &Bytes, progress: &Progress, message: String) -> Context {
        let mut context = self.context(progress, message);
        head.describe(&mut context);
        context.body = Some(self.key.redact(error_body(body)));
        context
    }

    fn context(&self, progress: &Progress, message: String) -> Context {
        Context {
            message: self.key.redact(message),
            method: self.method.as_str().to_owned(),
            url: self.key.redact(self.url.to_string()),
            attempts: progress.attempts,
            outcome_unknown: progress.unknown && self.method != Method::Get,
            ..Context::default()
        }
    }

    fn log(&self, outcome: &Result<(Head, Bytes), Broken>, attempt: u32, started: Instant) {
        let status = outcome.as_ref().ok().map(|(head, _)| head.status.as_u16());
        let request_id = outcome.as_ref().ok().and_then(|(head, _)| head.request_id());
        tracing::debug!(
            target: "callfluent",
            method = self.method.as_str(),
            path = self.key.redact(self.url.path().to_owned()),
            status,
            attempt,
            elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            request_id,
            "request"
        );
    }
}

impl From<Method> for reqwest::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Post => Self::POST,
            Method::Put => Self::PUT,
            Method::Patch => Self::PATCH,
            Method::Delete => Self::DELETE,
        }
    }
}

/// Status and headers of an answer.
#[derive(Debug)]
struct Head {
    status: StatusCode,
    headers: HeaderMap,
}

impl Head {
    fn request_id(&self) -> Option<String> {
        request_id(&self.headers)
    }

    fn describe(&self, context: &mut Context) {
        context.status = Some(self.status.as_u16());
        context.request_id = self.request_id();
    }
}

/// The server's id of a request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    headers.get("x-request-id").and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// An attempt that brought no whole answer.
enum Broken {
    Connection(reqwest::Error),
    File(std::io::Error),
    TooLarge(Head),
}

impl Broken {
    fn failure(&self) -> Failure {
        match self {
            Self::Connection(error) => Failure::of_connection(error),
            Self::File(_) => Failure { fate: Fate::NotActedOn, passing: false, retry_after: None },
            Self::TooLarge(_) => Failure { fate: Fate::Unknown, passing: false, retry_after: None },
        }
    }

    fn message(&self, url: &Url) -> String {
        let host = url.host_str().unwrap_or_default();
        match self {
            Self::Connection(error) if error.is_timeout() && error.is_connect() => {
                format!("no connection to {host} could be made in time")
            }
            Self::Connection(error) if error.is_connect() => {
                format!("no connection to {host} could be made: {}", innermost(error))
            }
            Self::Connection(error) => {
                format!("the connection to {host} broke: {}", innermost(error))
            }
            Self::File(error) => format!("a file could not be read: {error}"),
            Self::TooLarge(_) => format!("the answer is larger than {} MiB", LARGEST_ANSWER / 1024 / 1024),
        }
    }
}

async fn read(mut response: Response) -> Result<(Head, Bytes), Broken> {
    let head = Head { status: response.status(), headers: response.headers().clone() };
    if response.content_length().is_some_and(|length| length > LARGEST_ANSWER as u64) {
        return Err(Broken::TooLarge(head));
    }
    // Most answers are one chunk, which is then not copied.
    let Some(first) = response.chunk().await.map_err(Broken::Connection)? else {
        return Ok((head, Bytes::new()));
    };
    let mut whole: Option<BytesMut> = None;
    while let Some(chunk) = response.chunk().await.map_err(Broken::Connection)? {
        let whole = whole.get_or_insert_with(|| BytesMut::from(&*first));
        if whole.len() + chunk.len() > LARGEST_ANSWER {
            return Err(Broken::TooLarge(head));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok((head, whole.map_or(first, BytesMut::freeze)))
}

/// The beginning of an answer as text.
pub(crate) fn error_body(body: &Bytes) -> String {
    String::from_utf8_lossy(body.get(..LARGEST_ERROR_BODY).unwrap_or(body)).into_owned()
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// A chain of errors as one text, without the URL that the first one would show.
fn causes(error: &reqwest::Error) -> String {
    let mut text = match (error.is_connect(), error.is_timeout()) {
        (_, true) => "timed out".to_owned(),
        (true, _) => "cannot connect".to_owned(),
        _ => "request failed".to_owned(),
    };
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
