//! The loop of attempts: sends a request, classifies a failure, waits and retries if that is safe.
//! Redirects are followed here too, because the API key must not reach another origin.

use std::time::Duration;

use bytes::Bytes;
use http::header::LOCATION;
use tokio::time::Instant;

use super::attempt::{Exchange, Progress};
use super::deadline::Deadline;
use super::error::{AttemptError, SendError, SendErrorKind};
use super::offline::offline_error;
use super::request::{Request, Response};
use super::response_head::ResponseHead;
use crate::body::Body;
use crate::operation::{Idempotency, Method};
use crate::retry::{Classified, Outcome};

const MAX_REDIRECTS: usize = 5;
/// Maximum number of times that a request is retried because the server closed its HTTP/2
/// connection without beginning with it. With many concurrent requests, few fit into a connection.
const MAX_GOAWAYS: u32 = 100;

/// The step after an attempt.
enum NextStep {
    /// Return the success response.
    Return(Response),
    /// Send the request to the target of a redirect.
    Redirect,
    /// Repeat the request after this delay. The server did not begin with it.
    Repeat(Duration),
    /// Retry the request if its policy allows that; otherwise return the error.
    Retry(Classified, SendErrorKind),
    /// Return the error.
    Fail(SendErrorKind),
}

/// Sends a request and retries it as long as that is safe and allowed.
///
/// # Errors
/// [`SendError`] if no attempt brought a success response.
pub(crate) async fn send(mut request: Request<'_>) -> Result<Response, SendError> {
    let mut progress = Progress::default();
    let sent = match offline_error(request.http) {
        Some(refused) => Err(SendErrorKind::Attempt(refused)),
        None => request.send_with_retries(&mut progress).await,
    };
    sent.map_err(|kind| request.error(&progress, kind))
}

impl Request<'_> {
    async fn send_with_retries(&mut self, progress: &mut Progress) -> Result<Response, SendErrorKind> {
        // A timeout beyond the range of the clock is unlimited.
        let deadline = self.deadline.take().or_else(|| self.timeout.and_then(Deadline::after));
        loop {
            let exchange = self.attempt(progress, deadline.as_ref()).await?;
            match self.next_step(exchange, progress) {
                NextStep::Return(response) => return Ok(response),
                NextStep::Fail(error) => return Err(error),
                NextStep::Redirect => {}
                NextStep::Repeat(delay) => tokio::time::sleep(delay).await,
                NextStep::Retry(failure, error) => {
                    let Some(delay) = self.take_retry(&failure, progress.failures, deadline.as_ref()) else {
                        return Err(error);
                    };
                    self.warn(progress.attempts, delay);
                    tokio::time::sleep(delay).await;
                }
            }
        }
    }

    /// Classifies the result of an attempt, and records in the progress whether the server may have
    /// processed it.
    fn next_step(&mut self, exchange: Exchange, progress: &mut Progress) -> NextStep {
        match exchange {
            Ok((head, body)) if head.status.is_redirection() && head.headers.contains_key(LOCATION) => {
                self.follow(head, body, progress)
            }
            Ok((head, body)) if head.status.is_success() => NextStep::Return(self.success(head, body, progress)),
            Ok((head, body)) => self.error_response(head, body, progress),
            Err(error) if self.may_repeat_after(&error) && progress.goaways < MAX_GOAWAYS && self.is_repeatable() => {
                progress.unknown = progress.unknown_before;
                progress.goaways += 1;
                NextStep::Repeat(Duration::from_millis(progress.goaways.into()))
            }
            Err(error) => self.failed_attempt(error, progress),
        }
    }

    /// Prepares the attempt that follows a redirect, or fails if it must not be followed.
    fn follow(&mut self, head: ResponseHead, body: Bytes, progress: &mut Progress) -> NextStep {
        progress.redirects += 1;
        progress.unknown = progress.unknown_before;
        let Err(reason) = self.set_redirected_url(&head, progress.redirects) else {
            return NextStep::Redirect;
        };
        // 307 and 308 repeat the request elsewhere; the others may follow a processed request.
        progress.unknown |= !matches!(head.status.as_u16(), 307 | 308);
        NextStep::Fail(SendErrorKind::Redirect { head, body, reason })
    }

    fn success(&self, head: ResponseHead, body: Bytes, progress: &Progress) -> Response {
        self.budget.earn();
        if let Some(recorder) = self.recorder {
            recorder.responded(head.status.as_u16(), &body);
        }
        Response {
            method: self.method,
            url: self.url.clone(),
            head,
            body,
            attempts: progress.attempts,
            client_request_id: self.client_request_id(),
            outcome_unknown: progress.unknown_before && self.method != Method::Get,
        }
    }

    fn error_response(&self, head: ResponseHead, body: Bytes, progress: &mut Progress) -> NextStep {
        let failure = Classified::from_response(head.status, &head.headers);
        if !failure.transient {
            self.budget.earn();
        }
        progress.failures += 1;
        progress.unknown = progress.unknown_before || failure.may_be_processed(self.idempotency, Some(head.status));
        let retry_after = failure.retry_after;
        NextStep::Retry(failure, SendErrorKind::Status { head, body, retry_after })
    }

    fn failed_attempt(&self, error: AttemptError, progress: &mut Progress) -> NextStep {
        let mut failure = error.classify();
        if error.is_goaway() && !self.may_repeat_after(&error) {
            failure.outcome = Outcome::Unknown;
        }
        progress.failures += 1;
        progress.unknown = progress.unknown_before || failure.may_be_processed(self.idempotency, None);
        NextStep::Retry(failure, SendErrorKind::Attempt(error))
    }

    /// Takes a retry from the budget and returns the delay before it; `None` if the request must
    /// not be retried.
    fn take_retry(&self, failure: &Classified, failures: u32, deadline: Option<&Deadline>) -> Option<Duration> {
        let is_allowed = failures <= self.max_retries && failure.allows(self.idempotency) && self.is_repeatable();
        if !is_allowed {
            return None;
        }
        let delay = failure.retry_delay(failures)?;
        // An attempt after the deadline would only replace the error by a timeout.
        let in_time = deadline.is_none_or(|deadline| Instant::now() + delay < deadline.at());
        (in_time && self.budget.spend()).then_some(delay)
    }

    /// Returns whether a request may be repeated after a GOAWAY: repeating it has no effect, or the
    /// server did not process it. A GOAWAY that arrives while the headers wait to be written is
    /// reported too, although h2 still writes them. Without its body the server cannot process such
    /// a request, but a request without a body is complete.
    fn may_repeat_after(&self, error: &AttemptError) -> bool {
        let is_incomplete = !matches!(self.body, Body::Empty);
        error.is_goaway() && (self.idempotency == Idempotency::Idempotent || is_incomplete)
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

    /// Sets the URL to the target of a redirect.
    ///
    /// # Errors
    /// The reason if the redirect must not be followed.
    fn set_redirected_url(&mut self, head: &ResponseHead, redirects: usize) -> Result<(), String> {
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
}
