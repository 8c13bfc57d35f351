//! One attempt of a request: its turn under the limits, its hooks, its body, and its line in the
//! log. The loop of attempts is in `send.rs`.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::connect_proxy::explain_refusal;
use super::deadline::Deadline;
use super::error::{AttemptError, SendErrorKind, TimeoutStage};
use super::request::Request;
use super::request_body::{BodyMonitor, StopOnDrop};
use super::response_body;
use super::response_head::ResponseHead;
use crate::body::Body;
use crate::error::classes;
use crate::hooks::{Attempt, ObservedAttempt};
use crate::log_text::one_line;

/// A response with any status, or the error of the attempt.
pub(super) type Exchange = Result<(ResponseHead, Bytes), AttemptError>;

/// State of the attempts of a request.
#[derive(Default)]
pub(super) struct Progress {
    pub(super) attempts: u32,
    /// Attempts that failed, without redirects and without those that a GOAWAY ended.
    pub(super) failures: u32,
    pub(super) redirects: usize,
    pub(super) goaways: u32,
    /// The server may have processed an attempt.
    pub(super) unknown: bool,
    /// The server may have processed an attempt before the one in flight.
    pub(super) unknown_before: bool,
    /// The body of the attempt that is in flight.
    body: BodyMonitor,
    /// Start of the attempt that is in flight.
    in_flight: Option<Instant>,
    /// That attempt, if hooks observe it.
    observed: Option<ObservedAttempt>,
    /// The hooks before the next attempt run.
    in_hooks: bool,
}

impl Request<'_> {
    /// Makes an attempt when the request has its turn.
    ///
    /// # Errors
    /// The reason if there must not be a further attempt: a timeout or a journal that fails.
    pub(super) async fn attempt(
        &self,
        progress: &mut Progress,
        deadline: Option<&Deadline>,
    ) -> Result<Exchange, SendErrorKind> {
        progress.unknown_before = progress.unknown;
        let exchange = {
            let _permit = self.wait_for_turn(deadline).await?;
            if progress.attempts == 0
                && let Some(recorder) = self.recorder
            {
                recorder.before_sending().await.map_err(SendErrorKind::NotRecorded)?;
            }
            self.exchange_in_time(progress, deadline).await
        };
        let exchange = exchange.ok_or_else(|| self.timed_out(progress))?;
        progress.in_flight = None;
        Ok(exchange)
    }

    /// Waits for the turn of an attempt. The deadline moves by that time.
    async fn wait_for_turn(&self, deadline: Option<&Deadline>) -> Result<Option<OwnedSemaphorePermit>, SendErrorKind> {
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

    /// Sends the request once, with its hooks; `None` if the deadline passes.
    async fn exchange_in_time(&self, progress: &mut Progress, deadline: Option<&Deadline>) -> Option<Exchange> {
        let mut started = Instant::now();
        let deadline = deadline.map(Deadline::at);
        if deadline.is_some_and(|deadline| started >= deadline) {
            return None;
        }
        if !self.hooks.is_empty() {
            progress.in_hooks = true;
            let observed = progress.observed.insert(self.describe_for_hooks(progress.attempts + 1, deadline));
            let prepare = observed.prepare();
            match deadline {
                None => prepare.await,
                Some(deadline) => tokio::time::timeout_at(deadline, prepare).await.ok()?,
            }
            started = Instant::now();
            // A hook can block its thread, and then the timeout does not interrupt it.
            if observed.is_too_late() || deadline.is_some_and(|deadline| started >= deadline) {
                return None;
            }
            progress.in_hooks = false;
        }
        progress.attempts += 1;
        progress.in_flight = Some(started);
        // Until it is classified, the server may have processed the attempt.
        progress.unknown = true;
        progress.body = BodyMonitor::default();
        let exchange = self.exchange(&progress.body, progress.observed.as_ref());
        let exchange = match deadline {
            None => exchange.await,
            Some(deadline) => tokio::time::timeout_at(deadline, exchange).await.ok()?,
        };
        self.log(exchange.as_ref().map(|(head, _)| head).map_err(Some), progress.attempts, started);
        if let Some(observed) = progress.observed.take() {
            self.finish_hooks(observed, &exchange);
        }
        Some(exchange)
    }

    /// Sends the request once and reads the response.
    async fn exchange(&self, monitor: &BodyMonitor, observed: Option<&ObservedAttempt>) -> Exchange {
        let _stop = StopOnDrop(monitor.clone());
        let _in_flight = self.http.throttle.enter();
        let request = self.http_request(monitor, observed).await?;
        let sent = self.http.throttle.run(self.http.inner.execute(request)).await;
        match sent {
            Ok(response) => response_body::read(response).await,
            Err(error) => {
                if let Some(failure) = monitor.take_failure() {
                    return Err(AttemptError::File(failure));
                }
                let mut error = AttemptError::from_send_error(error, self.http);
                if let Some(refusal) = error.proxy_refusal() {
                    *refusal = explain_refusal(self.http, &self.url).await;
                }
                Err(error)
            }
        }
    }

    /// Returns the request in the form of reqwest.
    async fn http_request(
        &self,
        monitor: &BodyMonitor,
        observed: Option<&ObservedAttempt>,
    ) -> Result<reqwest::Request, AttemptError> {
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
        Ok(request)
    }

    /// Describes an attempt for hooks.
    fn describe_for_hooks(&self, number: u32, deadline: Option<Instant>) -> ObservedAttempt {
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
            deadline,
            ..Attempt::default()
        };
        ObservedAttempt::new(self.hooks, attempt)
    }

    fn finish_hooks(&self, mut observed: ObservedAttempt, exchange: &Exchange) {
        let (head, error) = match exchange {
            Ok((head, _)) => (Some(head), None),
            Err(error) => (error.head(), Some(error.class_name())),
        };
        let request_id = head.and_then(|head| head.request_id(self.key));
        observed.finish(head.map(|head| head.status.as_u16()), error, request_id);
    }

    /// Returns the error of an expired timeout.
    fn timed_out(&self, progress: &mut Progress) -> SendErrorKind {
        let mut stage = if progress.in_hooks { TimeoutStage::Hooks } else { TimeoutStage::Response };
        if let Some(started) = progress.in_flight {
            self.log(Err(None), progress.attempts, started);
            if progress.body.is_unsent() || !self.http.throttle.has_connected() {
                stage = TimeoutStage::Connection;
                progress.unknown = progress.unknown_before;
            }
        }
        if let Some(mut observed) = progress.observed.take() {
            observed.finish(None, Some(classes::TIMEOUT), None);
        }
        SendErrorKind::Timeout { limit: self.timeout.unwrap_or_default(), stage }
    }

    /// Logs an attempt: its response or its error, `None` for the expired timeout.
    fn log(&self, outcome: Result<&ResponseHead, Option<&AttemptError>>, attempt: u32, started: Instant) {
        let failure = |error: Option<&AttemptError>| {
            let message = error.map_or_else(|| "timed out".to_owned(), |error| error.message(&self.url));
            one_line(&self.key.redact(message)).into_owned()
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
