//! The loop of attempts: sends a request, classifies a failure, waits and retries if that is safe.
//! Redirects are followed here too, because the API key must not reach another origin.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, InvalidHeaderValue, LOCATION};
use http::{StatusCode, Uri};
use tokio::time::Instant;
use url::Url;

use super::content::Content;
use super::error::{AttemptError, SendError, SendErrorKind};
use super::receive::receive;
use super::{Connections, Limits};
use crate::api_key::ApiKey;
use crate::body::Body;
use crate::operation::{Idempotency, Method};
use crate::retry::{Budget, Classified, Outcome};

const MAX_REDIRECTS: usize = 5;

/// A request to send, with the policies that apply to it.
pub(crate) struct Request<'a> {
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
    /// Deadline of the enclosing operation. Default: now + `timeout`.
    pub(crate) deadline: Option<std::time::Instant>,
    pub(crate) max_retries: u32,
}

/// A response with a success status, plus what an error about it would report.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) method: Method,
    pub(crate) url: Uri,
    pub(crate) head: ResponseHead,
    pub(crate) body: Bytes,
    pub(crate) attempts: u32,
    /// The server may have processed an earlier attempt.
    pub(crate) outcome_unknown: bool,
}

/// State of the attempts. It outlives them if the timeout expires.
struct Progress {
    attempts: u32,
    /// The server may have processed an attempt.
    unknown: bool,
    /// Start of the attempt that is in flight.
    in_flight: Option<Instant>,
}

/// Sends a request and retries it as long as that is safe and allowed.
///
/// # Errors
/// [`SendError`] if no attempt brought a success response.
pub(crate) async fn send(mut request: Request<'_>) -> Result<Response, SendError> {
    let mut progress = Progress { attempts: 0, unknown: false, in_flight: None };
    // A timeout beyond the range of the clock is unlimited.
    let own = || request.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let deadline = request.deadline.map(Instant::from_std).or_else(own);
    let (Some(timeout), Some(deadline)) = (request.timeout, deadline) else {
        return request.attempts(&mut progress, None).await;
    };
    // After the deadline no attempt is made.
    if Instant::now() < deadline
        && let Ok(result) = tokio::time::timeout_at(deadline, request.attempts(&mut progress, Some(deadline))).await
    {
        return result;
    }
    if let Some(started) = progress.in_flight {
        request.log(Err(None), progress.attempts, started);
    }
    Err(request.error(&progress, SendErrorKind::Timeout(timeout)))
}

impl Request<'_> {
    async fn attempts(&mut self, progress: &mut Progress, deadline: Option<Instant>) -> Result<Response, SendError> {
        let (mut redirects, mut failed) = (0, 0);
        loop {
            let unknown_before = progress.unknown;
            let outcome = {
                let _permit = self.limits.admit().await;
                let started = Instant::now();
                progress.attempts += 1;
                progress.in_flight = Some(started);
                // Until it is classified, the server may have processed the attempt.
                progress.unknown = true;
                let outcome = self.attempt().await;
                self.log(outcome.as_ref().map(|(head, _)| head).map_err(Some), progress.attempts, started);
                progress.in_flight = None;
                outcome
            };
            let (failure, kind) = match outcome {
                Ok((head, body)) if head.status.is_redirection() && head.headers.contains_key(LOCATION) => {
                    progress.unknown = unknown_before;
                    redirects += 1;
                    match self.follow(&head, redirects) {
                        Ok(()) => continue,
                        Err(reason) => {
                            // 307 and 308 repeat the request elsewhere; the others may follow a processed request.
                            progress.unknown |= !matches!(head.status.as_u16(), 307 | 308);
                            return Err(self.error(progress, SendErrorKind::Redirect { head, body, reason }));
                        }
                    }
                }
                Ok((head, body)) if head.status.is_success() => {
                    self.budget.earn();
                    return Ok(Response {
                        method: self.method,
                        url: self.uri.clone(),
                        head,
                        body,
                        attempts: progress.attempts,
                        outcome_unknown: unknown_before && self.method != Method::Get,
                    });
                }
                Ok((head, body)) => {
                    let failure = Classified::from_response(head.status, &head.headers);
                    if !failure.transient {
                        self.budget.earn();
                    }
                    let retry_after = failure.retry_after;
                    (failure, SendErrorKind::Status { head, body, retry_after })
                }
                Err(error) => (error.classify(), SendErrorKind::Attempt(error)),
            };
            progress.unknown = unknown_before || failure.outcome == Outcome::Unknown;
            failed += 1;
            let Some(wait) = self.wait(&failure, failed, deadline) else {
                return Err(self.error(progress, kind));
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Returns the delay before the next attempt; `None` if there must not be one.
    fn wait(&self, failure: &Classified, failed: u32, deadline: Option<Instant>) -> Option<Duration> {
        let again = failed <= self.max_retries
            && failure.allows(self.idempotency)
            && !matches!(self.body, Body::Files(files) if !files.can_be_sent_again());
        if !again {
            return None;
        }
        let wait = failure.wait(failed)?;
        // An attempt after the deadline would only replace the error by a timeout.
        let in_time = deadline.is_none_or(|deadline| Instant::now() + wait < deadline);
        (in_time && self.budget.spend()).then_some(wait)
    }

    async fn attempt(&self) -> Result<(ResponseHead, Bytes), AttemptError> {
        let mut request = http::Request::new(Content::Empty);
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
                let form = files.form().await.map_err(AttemptError::File)?;
                let content_type = form.content_type.try_into();
                // It must name the boundary of this form.
                headers.insert(
                    CONTENT_TYPE,
                    content_type.map_err(|error| AttemptError::File(io::Error::other::<InvalidHeaderValue>(error)))?,
                );
                *request.body_mut() = Content::Stream(form.content, form.length);
            }
        }
        receive(self.connections.send(request).await.map_err(AttemptError::Connection)?).await
    }

    /// Sets the URL to the target of a redirect.
    ///
    /// # Errors
    /// The reason if the redirect must not be followed.
    fn follow(&mut self, head: &ResponseHead, redirects: usize) -> Result<(), String> {
        let location = head.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let source = Url::parse(&self.uri.to_string()).ok();
        let target = location.zip(source.as_ref()).and_then(|(location, source)| source.join(location).ok());
        let from = source.map(|source| source.origin());
        Err(match target {
            None => "the server redirects to no readable address".to_owned(),
            Some(target) if Some(target.origin()) != from => format!(
                "the server redirects from {} to {}; the key and the request are not sent to another origin",
                from.map(|from| from.ascii_serialization()).unwrap_or_default(),
                target.origin().ascii_serialization(),
            ),
            Some(_) if self.method != Method::Get => {
                format!("the server redirects, and a {} is not sent to another address", self.method.as_str())
            }
            Some(_) if redirects > MAX_REDIRECTS => {
                format!("the server redirects more than {MAX_REDIRECTS} times")
            }
            Some(mut target) => {
                // Credentials of the target are not ours to send or to show.
                let _ = target.set_username("").and(target.set_password(None));
                match Uri::try_from(target.as_str()) {
                    Ok(uri) => {
                        self.uri = uri;
                        return Ok(());
                    }
                    Err(error) => format!("the server redirects to an address that cannot be sent: {error}"),
                }
            }
        })
    }

    fn error(&self, progress: &Progress, kind: SendErrorKind) -> SendError {
        SendError {
            kind,
            method: self.method,
            url: self.uri.clone(),
            attempts: progress.attempts,
            outcome_unknown: progress.unknown && self.method != Method::Get,
        }
    }

    /// Logs an attempt: its response or its error, `None` for the expired timeout.
    fn log(&self, outcome: Result<&ResponseHead, Option<&AttemptError>>, attempt: u32, started: Instant) {
        let failure = |error: Option<&AttemptError>| {
            let message = error.map_or_else(|| "out of time".to_owned(), |error| error.message(&self.uri));
            self.key.redact(message)
        };
        // The fields are computed only if a subscriber is interested.
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

/// Status and headers of a response.
#[derive(Debug)]
pub(crate) struct ResponseHead {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
}

impl ResponseHead {
    /// Returns the server's id of the request, without the API key.
    pub(crate) fn request_id(&self, key: &ApiKey) -> Option<String> {
        let value = self.headers.get("x-request-id").and_then(|value| value.to_str().ok());
        value.map(|id| key.redact(id.to_owned()))
    }
}
