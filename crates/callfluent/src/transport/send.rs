//! The loop of attempts: sends a request, judges what came back, waits, and sends it again where that is harmless.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, InvalidHeaderValue, LOCATION};
use http::{Request, StatusCode, Uri};
use tokio::time::Instant;
use url::Url;

use super::broken::{Broken, causes, is_timeout};
use super::content::Content;
use super::receive::receive;
use super::{Connections, Limits};
use crate::api_key::ApiKey;
use crate::error::{Error, ErrorContext, Result};
use crate::operation::{Idempotency, Method};
use crate::request::Body;
use crate::response::envelope;
use crate::retry::{Budget, Failure, Fate};

/// The most of an answer that an error carries.
const LARGEST_ERROR_BODY: usize = 64 * 1024;
const MOST_REDIRECTS: usize = 5;

/// A request as it goes out, with what it needs to be judged.
pub(crate) struct Outgoing<'a> {
    pub(crate) connections: &'a Connections,
    pub(crate) key: &'a ApiKey,
    pub(crate) limits: &'a Limits,
    pub(crate) budget: &'a Budget,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Body,
    pub(crate) idempotency: Idempotency,
    pub(crate) timeout: Option<Duration>,
    /// When the whole has to be done of which this request is a part; by default `timeout` from now.
    pub(crate) deadline: Option<std::time::Instant>,
    pub(crate) max_retries: u32,
}

/// An answer that is no refusal by its status, with what an error about it has to say.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) attempts: u32,
    /// Whether an earlier attempt may have been acted on.
    pub(crate) outcome_unknown: bool,
}

/// What is known while attempts are made; it outlives them when time runs out.
struct Progress {
    attempts: u32,
    /// Whether any attempt may have been acted on.
    unknown: bool,
    /// Since when an attempt is under way.
    under_way: Option<Instant>,
}

/// Sends a request, as often as is needed and harmless.
pub(crate) async fn send(mut outgoing: Outgoing<'_>) -> Result<Answer> {
    let mut progress = Progress { attempts: 0, unknown: false, under_way: None };
    // A timeout that no clock reaches is none.
    let own = || outgoing.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let deadline = outgoing.deadline.map(Instant::from_std).or_else(own);
    let (Some(timeout), Some(deadline)) = (outgoing.timeout, deadline) else {
        return outgoing.attempts(&mut progress, None).await;
    };
    // What is late already is not begun.
    if Instant::now() < deadline
        && let Ok(result) = tokio::time::timeout_at(deadline, outgoing.attempts(&mut progress, Some(deadline))).await
    {
        return result;
    }
    if let Some(started) = progress.under_way {
        outgoing.log(Err(None), progress.attempts, started);
    }
    // Before its first attempt it waited for the client's limits, or for another request of the same call.
    let missed = if progress.attempts == 0 { "the request was not sent" } else { "no answer came" };
    let message = format!("{missed} within {} s", timeout.as_secs_f64());
    Err(Error::Timeout(Box::new(outgoing.context(&progress, message))))
}

impl Outgoing<'_> {
    async fn attempts(&mut self, progress: &mut Progress, deadline: Option<Instant>) -> Result<Answer> {
        let (mut redirects, mut failed) = (0, 0);
        loop {
            let unknown_before = progress.unknown;
            let outcome = {
                let _permit = self.limits.admit().await;
                let started = Instant::now();
                progress.attempts += 1;
                progress.under_way = Some(started);
                // Until the attempt is judged, it counts as one that may have been acted on.
                progress.unknown = true;
                let outcome = self.attempt().await;
                self.log(outcome.as_ref().map(|(head, _)| head).map_err(Some), progress.attempts, started);
                progress.under_way = None;
                outcome
            };
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
                        outcome_unknown: unknown_before && self.method != Method::Get,
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
            failed += 1;
            let Some(wait) = self.wait(&failure, failed, deadline) else {
                return Err(error);
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// How long to wait before the next attempt; `None` where there is to be none.
    fn wait(&self, failure: &Failure, failed: u32, deadline: Option<Instant>) -> Option<Duration> {
        let again = failed <= self.max_retries
            && failure.allows(self.idempotency)
            && !matches!(self.body, Body::Files(files) if !files.can_be_sent_again());
        if !again {
            return None;
        }
        let wait = failure.wait(failed)?;
        // What would end after the deadline need not begin: the real error says more than a timeout.
        let in_time = deadline.is_none_or(|deadline| Instant::now() + wait < deadline);
        (in_time && self.budget.spend()).then_some(wait)
    }

    async fn attempt(&self) -> Result<(Head, Bytes), Broken> {
        let mut request = Request::new(Content::Empty);
        *request.method_mut() = self.method.into();
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        headers.clone_from(self.headers);
        match self.body {
            Body::Empty => {}
            Body::Json(json) => {
                headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
                *request.body_mut() = Content::Bytes(json.clone());
            }
            Body::Files(files) => {
                let form = files.form().await.map_err(Broken::File)?;
                let content_type = form.content_type.try_into();
                // Only the form knows where its parts end.
                headers.insert(
                    CONTENT_TYPE,
                    content_type.map_err(|error| Broken::File(io::Error::other::<InvalidHeaderValue>(error)))?,
                );
                *request.body_mut() = Content::Stream(form.content, form.length);
            }
        }
        receive(self.connections.send(request).await.map_err(Broken::Connection)?).await
    }

    /// Turns to where a redirect points, if that is the same server and nothing is sent along.
    fn follow(&mut self, head: &Head, body: &Bytes, redirects: usize, progress: &Progress) -> Result<()> {
        let location = head.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let source = Url::parse(&self.uri.to_string()).ok();
        let target = location.zip(source.as_ref()).and_then(|(location, source)| source.join(location).ok());
        let from = source.map(|source| source.origin());
        let reason = match target {
            None => "the server redirects to no readable address".to_owned(),
            Some(target) if Some(target.origin()) != from => format!(
                "the server redirects from {} to {}; the key and the request are not sent to another origin",
                from.map(|from| from.ascii_serialization()).unwrap_or_default(),
                target.origin().ascii_serialization(),
            ),
            Some(_) if self.method != Method::Get => {
                format!("the server redirects, and a {} is not sent to another address", self.method.as_str())
            }
            Some(_) if redirects > MOST_REDIRECTS => {
                format!("the server redirects more than {MOST_REDIRECTS} times")
            }
            Some(mut target) => {
                // It is no part of the origin, and would be shown with the URL.
                let _ = target.set_username("").and(target.set_password(None));
                match Uri::try_from(target.as_str()) {
                    Ok(uri) => {
                        self.uri = uri;
                        return Ok(());
                    }
                    Err(error) => format!("the server redirects to an address that cannot be sent: {error}"),
                }
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
            let shown = envelope::beginning(body, &head.headers, self.key);
            match head.status.canonical_reason() {
                Some(reason) => format!("the server answered {reason}{shown}"),
                None => format!("the server answered with status {}{shown}", head.status.as_u16()),
            }
        });
        let message = match head.status.as_u16() {
            407 => format!("the proxy asks for other credentials: {}", super::broken::HOW_TO_GIVE_CREDENTIALS),
            401 => format!(
                "{}. Check the API key: it comes from the CALLFLUENT_API_KEY variable or the client's arguments",
                message.trim_end_matches('.')
            ),
            _ => message,
        };
        let mut context = self.answer_context(head, body, progress, message);
        context.retry_after = failure.retry_after;
        context.problems = envelope::refused_fields(body, self.key);
        Error::of_status(context)
    }

    fn broken(&self, broken: Broken, progress: &Progress) -> Error {
        let mut context = self.context(progress, broken.message(&self.uri));
        match broken {
            Broken::TooLarge(head) => {
                head.describe(&mut context, self.key);
                Error::Response(Box::new(context))
            }
            Broken::Undecodable(head, error) => {
                head.describe(&mut context, self.key);
                context.source = Some(self.redacted(&error));
                Error::Response(Box::new(context))
            }
            Broken::Connection(error) => self.interrupted(context, &error),
            Broken::Answer(error) => self.interrupted(context, &error),
            Broken::File(error) => Error::invalid("request", "files", error.to_string()),
        }
    }

    fn interrupted(&self, mut context: ErrorContext, error: &(dyn std::error::Error + 'static)) -> Error {
        context.source = Some(self.redacted(error));
        let context = Box::new(context);
        if is_timeout(error) { Error::Timeout(context) } else { Error::Connection(context) }
    }

    /// A library's error as text, without the key.
    fn redacted(&self, error: &(dyn std::error::Error + 'static)) -> Box<dyn std::error::Error + Send + Sync> {
        self.key.redact(causes(error)).into()
    }

    fn answer_context(&self, head: &Head, body: &Bytes, progress: &Progress, message: String) -> ErrorContext {
        let mut context = self.context(progress, message);
        head.describe(&mut context, self.key);
        context.body = Some(error_body(body, self.key));
        context
    }

    fn context(&self, progress: &Progress, message: String) -> ErrorContext {
        ErrorContext {
            message: self.key.redact(message),
            method: self.method.as_str().to_owned(),
            url: self.key.redact(self.uri.to_string()),
            attempts: progress.attempts,
            outcome_unknown: progress.unknown && self.method != Method::Get,
            ..ErrorContext::default()
        }
    }

    /// Tells of an attempt: what it brought, or what broke it, if it was not the end of its time.
    fn log(&self, outcome: Result<&Head, Option<&Broken>>, attempt: u32, started: Instant) {
        let failure = |broken: Option<&Broken>| {
            let message = broken.map_or_else(|| "out of time".to_owned(), |broken| broken.message(&self.uri));
            self.key.redact(message)
        };
        // What is computed in it is computed where somebody listens.
        tracing::debug!(
            target: "callfluent",
            method = self.method.as_str(),
            path = self.key.redact(self.uri.path().to_owned()),
            status = outcome.ok().map(|head| head.status.as_u16()),
            attempt,
            elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            request_id = outcome.ok().and_then(|head| head.request_id(self.key)),
            failure = outcome.err().map(failure),
            "request"
        );
    }
}

impl From<Method> for http::Method {
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
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
}

impl Head {
    fn request_id(&self, key: &ApiKey) -> Option<String> {
        request_id(&self.headers, key)
    }

    fn describe(&self, context: &mut ErrorContext, key: &ApiKey) {
        context.status = Some(self.status.as_u16());
        context.request_id = self.request_id(key);
    }
}

/// The server's id of a request.
pub(crate) fn request_id(headers: &HeaderMap, key: &ApiKey) -> Option<String> {
    headers.get("x-request-id").and_then(|value| value.to_str().ok()).map(|id| key.redact(id.to_owned()))
}

/// The beginning of an answer as text, without the key.
pub(crate) fn error_body(body: &Bytes, key: &ApiKey) -> String {
    key.redact_beginning(body, LARGEST_ERROR_BODY)
}
