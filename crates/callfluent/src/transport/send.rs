//! The loop of attempts: sends a request, classifies a failure, waits and retries if that is safe.
//! Redirects are followed here too, because the API key must not reach another origin.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use url::Url;

use super::deadline::Deadline;
use super::error::{AttemptError, SendError, SendErrorKind, TimeoutStage};
use super::http_client::HttpClient;
use super::limits::Limits;
use super::observer::Observer;
use super::offline::offline_error;
use super::request_body::{BodyMonitor, StopOnDrop};
use super::response_body;
use super::response_head::ResponseHead;
use crate::api_key::ApiKey;
use crate::body::Body;
use crate::header;
use crate::hooks::{Attempt, HookList, ObservedAttempt};
use crate::operation::{Idempotency, Method};
use crate::retry::{Budget, Classified, Outcome};

const MAX_REDIRECTS: usize = 5;
/// Maximum number of times that a request is retried because the server closed its HTTP/2
/// connection without beginning with it. With many concurrent requests, few fit into a connection.
const MAX_GOAWAYS: u32 = 100;

/// A request to send, with the policies that apply to it.
pub(crate) struct Request<'a> {
    /// Public name of the operation.
    pub(crate) operation: &'static str,
    /// Path below the base URL before its parameters are filled in; `None` for requests by path.
    pub(crate) template: Option<&'static str>,
    pub(crate) http: &'a HttpClient,
    pub(crate) key: &'a ApiKey,
    pub(crate) limits: &'a Limits,
    pub(crate) hooks: &'a HookList,
    pub(crate) budget: &'a Budget,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Body,
    pub(crate) idempotency: Idempotency,
    pub(crate) timeout: Option<Duration>,
    /// Maximum wait for the turn of each attempt.
    pub(crate) queue_timeout: Option<Duration>,
    /// Deadline of the enclosing operation. Default: now + `timeout`.
    pub(crate) deadline: Option<Deadline>,
    pub(crate) max_retries: u32,
    /// Observes the request. Set only if it is not idempotent.
    pub(crate) observer: Option<&'a Observer>,
}

/// A response with a success status, plus what an error about it would report.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) head: ResponseHead,
    pub(crate) body: Bytes,
    pub(crate) attempts: u32,
    /// ID that the caller gave the request.
    pub(crate) client_request_id: Option<String>,
    /// The server may have processed an earlier attempt.
    pub(crate) outcome_unknown: bool,
}

/// State of the attempts.
#[derive(Default)]
struct Progress {
    attempts: u32,
    /// The server may have processed an attempt.
    unknown: bool,
    /// The body of the attempt that is in flight.
    body: BodyMonitor,
    /// Start of the attempt that is in flight.
    in_flight: Option<Instant>,
    /// That attempt, if hooks observe it.
    observed: Option<ObservedAttempt>,
}

/// Sends a request and retries it as long as that is safe and allowed.
///
/// # Errors
/// [`SendError`] if no attempt brought a success response.
pub(crate) async fn send(mut request: Request<'_>) -> Result<Response, SendError> {
    let mut progress = Progress::default();
    if let Some(refused) = offline_error(request.http) {
        return Err(request.error(&progress, SendErrorKind::Attempt(refused)));
    }
    request.attempts(&mut progress).await
}

impl Request<'_> {
    async fn attempts(&mut self, progress: &mut Progress) -> Result<Response, SendError> {
        // A timeout beyond the range of the clock is unlimited.
        let deadline = self.deadline.take().or_else(|| self.timeout.and_then(Deadline::after));
        let (mut redirects, mut goaways, mut failed) = (0, 0, 0);
        loop {
            let unknown_before = progress.unknown;
            let outcome = {
                let permit = self.admitted(deadline.as_ref()).await;
                let _permit = permit.map_err(|kind| self.error(progress, kind))?;
                self.before_first_attempt(progress).await.map_err(|kind| self.error(progress, kind))?;
                self.attempt_in_time(progress, deadline.as_ref()).await
            };
            let Some(outcome) = outcome else {
                return Err(self.timed_out(progress, unknown_before));
            };
            progress.in_flight = None;
            let (failure, kind) = match outcome {
                Ok((head, body)) if head.status.is_redirection() && head.headers.contains_key(LOCATION) => {
                    progress.unknown = unknown_before;
                    redirects += 1;
                    match self.follow(&head, redirects) {
                        Ok(()) => continue,
                        Err(reason) => {
                            // 307 and 308 repeat the request elsewhere; the others may follow a
                            // processed request.
                            progress.unknown |= !matches!(head.status.as_u16(), 307 | 308);
                            return Err(self.error(progress, SendErrorKind::Redirect { head, body, reason }));
                        }
                    }
                }
                Ok((head, body)) if head.status.is_success() => {
                    self.budget.earn();
                    let response = Response {
                        method: self.method,
                        url: self.url.clone(),
                        head,
                        body,
                        attempts: progress.attempts,
                        client_request_id: self.client_request_id(),
                        outcome_unknown: unknown_before && self.method != Method::Get,
                    };
                    if let Some(observer) = self.observer {
                        observer.0.responded(response.head.status.as_u16(), &response.body);
                    }
                    return Ok(response);
                }
                Ok((head, body)) => {
                    let failure = Classified::from_response(head.status, &head.headers);
                    if !failure.transient {
                        self.budget.earn();
                    }
                    let retry_after = failure.retry_after;
                    (failure, SendErrorKind::Status { head, body, retry_after })
                }
                Err(error) if self.is_unprocessed(&error) && goaways < MAX_GOAWAYS && self.is_repeatable() => {
                    progress.unknown = unknown_before;
                    goaways += 1;
                    tokio::time::sleep(Duration::from_millis(goaways.into())).await;
                    continue;
                }
                Err(error) => {
                    let mut failure = error.classify();
                    if error.is_goaway() && !self.is_unprocessed(&error) {
                        failure.outcome = Outcome::Unknown;
                    }
                    (failure, SendErrorKind::Attempt(error))
                }
            };
            let status = match &kind {
                SendErrorKind::Status { head, .. } => Some(head.status),
                _ => None,
            };
            progress.unknown = unknown_before || failure.may_be_processed(self.idempotency, status);
            failed += 1;
            let Some(wait) = self.wait(&failure, failed, deadline.as_ref()) else {
                return Err(self.error(progress, kind));
            };
            self.warn(progress.attempts, wait);
            tokio::time::sleep(wait).await;
        }
    }

    /// Waits for the turn of an attempt. The deadline moves by that time.
    async fn admitted(&self, deadline: Option<&Deadline>) -> Result<Option<OwnedSemaphorePermit>, SendErrorKind> {
        if self.limits.is_unlimited() {
            return Ok(None);
        }
        let started = Instant::now();
        let permit = match self.queue_timeout {
            None => self.limits.admit().await,
            Some(limit) => {
                let expired = |_| SendErrorKind::Timeout { limit, stage: TimeoutStage::Limits };
                tokio::time::timeout(limit, self.limits.admit()).await.map_err(expired)?
            }
        };
        if let Some(deadline) = deadline {
            deadline.extend(started.elapsed());
        }
        Ok(permit)
    }

    /// Lets the observer record that the request is sent.
    async fn before_first_attempt(&self, progress: &Progress) -> Result<(), SendErrorKind> {
        match self.observer {
            Some(observer) if progress.attempts == 0 => {
                observer.before_sending().await.map_err(SendErrorKind::NotRecorded)
            }
            _ => Ok(()),
        }
    }

    /// Makes an attempt; `None` if the deadline passes. After it, no attempt is made.
    async fn attempt_in_time(
        &self,
        progress: &mut Progress,
        deadline: Option<&Deadline>,
    ) -> Option<Result<(ResponseHead, Bytes), AttemptError>> {
        let mut started = Instant::now();
        let deadline = deadline.map(Deadline::at);
        if deadline.is_some_and(|deadline| started >= deadline) {
            return None;
        }
        if !self.hooks.is_empty() {
            let prepare = progress.observed.insert(self.observe(progress.attempts + 1)).prepare();
            match deadline {
                None => prepare.await,
                Some(deadline) => tokio::time::timeout_at(deadline, prepare).await.ok()?,
            }
            started = Instant::now();
        }
        progress.attempts += 1;
        progress.in_flight = Some(started);
        // Until it is classified, the server may have processed the attempt.
        progress.unknown = true;
        progress.body = BodyMonitor::default();
        let attempt = self.attempt(&progress.body, progress.observed.as_ref());
        let outcome = match deadline {
            None => attempt.await,
            Some(deadline) => tokio::time::timeout_at(deadline, attempt).await.ok()?,
        };
        self.log(outcome.as_ref().map(|(head, _)| head).map_err(Some), progress.attempts, started);
        if let Some(mut observed) = progress.observed.take() {
            let (head, error) = match &outcome {
                Ok((head, _)) => (Some(head), None),
                Err(error) => (error.head(), Some(error.class_name())),
            };
            let request_id = head.and_then(|head| head.request_id(self.key));
            observed.finish(head.map(|head| head.status.as_u16()), error, request_id);
        }
        Some(outcome)
    }

    /// Returns the error of an expired timeout.
    fn timed_out(&self, progress: &mut Progress, unknown_before: bool) -> SendError {
        let mut stage = TimeoutStage::Response;
        if let Some(started) = progress.in_flight {
            self.log(Err(None), progress.attempts, started);
            if progress.body.is_unsent() || !self.http.throttle.has_connected() {
                stage = TimeoutStage::Connection;
                progress.unknown = unknown_before;
            }
        }
        if let Some(mut observed) = progress.observed.take() {
            observed.finish(None, Some("APITimeoutError"), None);
        }
        self.error(progress, SendErrorKind::Timeout { limit: self.timeout.unwrap_or_default(), stage })
    }

    /// Warns that the request is retried. The bindings log attempts only.
    fn warn(&self, failed_attempts: u32, wait: Duration) {
        tracing::warn!(
            target: "callfluent::retry",
            method = self.method.as_str(),
            path = self.key.redact(self.url.path().to_owned()),
            failed_attempts,
            wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            "request failed and is retried"
        );
    }

    /// Returns the delay before the next attempt; `None` if there must not be one.
    fn wait(&self, failure: &Classified, failed: u32, deadline: Option<&Deadline>) -> Option<Duration> {
        let again = failed <= self.max_retries && failure.allows(self.idempotency) && self.is_repeatable();
        if !again {
            return None;
        }
        let wait = failure.wait(failed)?;
        // An attempt after the deadline would only replace the error by a timeout.
        let in_time = deadline.is_none_or(|deadline| Instant::now() + wait < deadline.at());
        (in_time && self.budget.spend()).then_some(wait)
    }

    /// Returns whether a GOAWAY proves that the request was not processed. A GOAWAY that arrives
    /// while the headers wait to be written is reported too, although h2 still writes them. Without
    /// its body the server cannot process such a request, but a request without a body is complete.
    fn is_unprocessed(&self, error: &AttemptError) -> bool {
        let is_harmless = self.idempotency == Idempotency::Idempotent || !matches!(self.body, Body::Empty);
        error.is_goaway() && is_harmless
    }

    /// Returns whether the body can be sent a second time.
    fn is_repeatable(&self) -> bool {
        !matches!(self.body, Body::Files(files) if !files.can_be_sent_again())
    }

    /// Describes an attempt for hooks.
    fn observe(&self, number: u32) -> ObservedAttempt {
        let mut url = self.url.clone();
        if self.url.query().is_some() {
            // Other values can be secrets of a request by path.
            let shown = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
                let value = if name == "page" { value } else { Cow::Borrowed("REDACTED") };
                (name.into_owned(), value.into_owned())
            };
            let pairs: Vec<_> = self.url.query_pairs().map(shown).collect();
            url.query_pairs_mut().clear().extend_pairs(pairs);
        }
        let attempt = Attempt {
            operation: self.operation,
            method: self.method.as_str(),
            path: self.key.redact(url.path().to_owned()),
            url: self.key.redact(url.into()),
            url_template: self.template.map(|template| self.key.redact(self.http.base.template(template))),
            number,
            client_request_id: self.client_request_id(),
            ..Attempt::default()
        };
        ObservedAttempt::new(self.hooks, attempt)
    }

    /// Returns the ID that the caller gave the request.
    fn client_request_id(&self) -> Option<String> {
        header::request_id(self.headers, self.key)
    }

    async fn attempt(
        &self,
        monitor: &BodyMonitor,
        observed: Option<&ObservedAttempt>,
    ) -> Result<(ResponseHead, Bytes), AttemptError> {
        let _stop = StopOnDrop(monitor.clone());
        let _in_flight = self.http.throttle.enter();
        let mut request = reqwest::Request::new(self.method.into(), self.url.clone());
        request.headers_mut().clone_from(self.headers);
        for (name, value) in observed.into_iter().flat_map(ObservedAttempt::headers) {
            request.headers_mut().insert(name, value.clone());
        }
        match self.body {
            Body::Empty => {}
            Body::Json(json) => {
                let headers = request.headers_mut();
                headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
                *request.body_mut() = Some(monitor.bytes(json.clone()));
            }
            Body::Files(files) => {
                let parts = files.parts().await.map_err(AttemptError::File)?;
                let form = monitor.form(parts).map_err(AttemptError::File)?;
                // reqwest appends a content type, and a default one would hide the form's.
                request.headers_mut().remove(CONTENT_TYPE);
                let builder = reqwest::RequestBuilder::from_parts(self.http.inner.clone(), request);
                request = builder.multipart(form).build().map_err(|_| AttemptError::Url)?;
            }
        }
        let sent = self.http.throttle.run(self.http.inner.execute(request)).await;
        match sent {
            Ok(response) => response_body::read(response).await,
            Err(error) => Err(AttemptError::from_send_error(error, self.http).with_refusal(self.http, &self.url).await),
        }
    }

    /// Sets the URL to the target of a redirect.
    ///
    /// # Errors
    /// The reason if the redirect must not be followed.
    fn follow(&mut self, head: &ResponseHead, redirects: usize) -> Result<(), String> {
        let location = head.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let target = location.and_then(|location| self.url.join(location).ok());
        let from = self.url.origin();
        Err(match target {
            None => "redirect without a valid URL".to_owned(),
            Some(target) if target.origin() != from => format!(
                "redirect from {} to {} was not followed: the API key is not sent to another origin",
                from.ascii_serialization(),
                target.origin().ascii_serialization(),
            ),
            Some(_) if self.method != Method::Get => {
                format!("redirect was not followed: a {} request is not sent to another URL", self.method.as_str())
            }
            Some(_) if redirects > MAX_REDIRECTS => {
                format!("too many redirects (more than {MAX_REDIRECTS})")
            }
            Some(mut target) => {
                // Credentials of the target are not ours to send or to show.
                let _ = target.set_username("").and(target.set_password(None));
                self.url = target;
                self.template = None;
                return Ok(());
            }
        })
    }

    fn error(&self, progress: &Progress, kind: SendErrorKind) -> SendError {
        SendError {
            kind,
            method: self.method,
            url: self.url.clone(),
            attempts: progress.attempts,
            client_request_id: self.client_request_id(),
            outcome_unknown: progress.unknown && self.method != Method::Get,
        }
    }

    /// Logs an attempt: its response or its error, `None` for the expired timeout.
    fn log(&self, outcome: Result<&ResponseHead, Option<&AttemptError>>, attempt: u32, started: Instant) {
        let failure = |error: Option<&AttemptError>| {
            let message = error.map_or_else(|| "timed out".to_owned(), |error| error.message(&self.url));
            self.key.redact(message)
        };
        // The fields are computed only if a subscriber is interested.
        tracing::debug!(
            target: "callfluent",
            method = self.method.as_str(),
            path = self.key.redact(self.url.path().to_owned()),
            status = outcome.ok().map(|head| head.status.as_u16()),
            attempt,
            elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            request_id = outcome.ok().and_then(|head| head.request_id(self.key)),
            client_request_id = self.client_request_id(),
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
