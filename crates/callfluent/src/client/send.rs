//! The path of a request: encode the arguments, send, decode the response.

use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderMap};
use tracing::Instrument as _;

use super::handle::CallFluent;
use super::invocation::Invocation;
use super::turn::shut_down;
use crate::decode::Decode;
use crate::error::{Error, RequestTarget, Result};
use crate::inspection::{self, Found, Inspection, RawResponse};
use crate::operation::{Idempotency, Method, Operation};
use crate::redaction::redact_secrets;
use crate::request::{Arguments, EncodedRequest, curl_command, encode_request, path_of};
use crate::response::{ResponseDecoder, error as response_error};
use crate::runtime;
use crate::transport::{Request, Response, ResponseHead, send};

impl CallFluent {
    /// Sends the request of an operation and decodes the response.
    pub(crate) async fn invoke<T: Decode + Send>(&self, invocation: Invocation) -> Result<T> {
        let operation = invocation.operation;
        let secrets = operation.secrets(&invocation.arguments);
        let created = operation.created(&invocation.arguments);
        let decoded = match self.invoke_raw(invocation).await {
            Ok(response) => self.decoder()?.finding(created).decode(operation, &response),
            Err(error) => Err(error),
        };
        decoded.map_err(|error| self.without_secrets(error, &secrets))
    }

    /// Sends the request of an operation and returns the response without decoding it.
    pub(crate) async fn invoke_raw(&self, mut invocation: Invocation) -> Result<Response> {
        invocation.check()?;
        let operation = invocation.operation;
        let queue = self.queue_of(operation, &invocation.arguments);
        let inspection = inspection::current();
        let secrets = inspection.is_some().then(|| operation.secrets(&invocation.arguments));
        let mut request = encode_request(
            operation,
            invocation.arguments,
            invocation.attachments,
            self.options.extra_body.as_ref(),
            self.options.validate && !invocation.unchecked,
        )?;
        request.secrets = secrets.unwrap_or_default();
        if let Some(inspection) = inspection.filter(|inspection| inspection.is_curl()) {
            return Err(self.show(&inspection, operation.method, &request));
        }
        let Some(agent_id) = queue else {
            return self.send_operation(operation, request).instrument((operation.span)()).await;
        };
        let target = self.target_at(operation.method, &request.path);
        let (client, key, queued) = (self.clone(), agent_id.clone(), target.clone());
        let in_turn = async move {
            let _turn = client.wait_for_turn(&key, queued).await?;
            client.send_operation(operation, request).await
        };
        let in_turn = Box::pin(in_turn.instrument((operation.span)()));
        runtime::run_unattended(in_turn).await.unwrap_or_else(|| Err(shut_down(agent_id, target)))
    }

    /// Returns a decoder of responses with this client's settings.
    pub(crate) fn decoder(&self) -> Result<ResponseDecoder<'_>> {
        Ok(ResponseDecoder {
            key: &self.shared.key,
            drift: &self.shared.live()?.drift,
            naming: self.options.naming,
            strict: self.shared.strict,
            created: Vec::new(),
        })
    }

    /// Returns a response that was kept, to decode it again.
    pub(crate) fn kept_response(&self, method: Method, status: u16, body: String) -> Response {
        let status = StatusCode::from_u16(status).unwrap_or_default();
        Response {
            method,
            url: self.shared.base_url.clone(),
            head: ResponseHead { status, headers: HeaderMap::new() },
            body: body.into(),
            attempts: 0,
            client_request_id: None,
            outcome_unknown: false,
        }
    }

    /// Sends the request of an operation, within the span of the caller.
    pub(crate) async fn send_operation(&self, operation: &Operation, request: EncodedRequest) -> Result<Response> {
        let response = self.send(operation.method, operation.idempotency, request).await;
        response.map_err(|error| response_error::with_operation(error, operation, self.options.naming))
    }

    /// Sends a request, on a runtime that has a reactor.
    pub(crate) async fn send(
        &self,
        method: Method,
        idempotency: Idempotency,
        request: EncodedRequest,
    ) -> Result<Response> {
        self.options.check()?;
        let inspection = inspection::current();
        if let Some(inspection) = inspection.as_ref().filter(|inspection| inspection.is_curl()) {
            return Err(self.show(inspection, method, &request));
        }
        let (client, path) = (self.clone(), request.path.clone());
        let secrets = if inspection.is_some() { request.secrets.clone() } else { Vec::new() };
        // The future is several kilobytes large. In a box it is not moved again and again.
        let sent = runtime::run(Box::pin(async move { client.send_here(method, idempotency, request).await })).await;
        let response = sent.unwrap_or_else(|error| Err(runtime::no_runtime(error, self.target_at(method, &path))));
        if let Err(error) = &response
            && error.outcome_unknown()
        {
            // The message may contain a secret that the server repeats.
            let (method, error) = (method.as_str(), error.name());
            tracing::warn!(target: "callfluent::outcome", method, error, "the outcome of a request is unknown");
        }
        if let (Some(inspection), Ok(response)) = (inspection, &response) {
            inspection.set(Found::Response(self.raw_response(response, &secrets)));
        }
        response
    }

    /// Keeps the curl command of a request, which is wanted instead of its response. Returns the
    /// error that ends the request.
    fn show(&self, inspection: &Inspection, method: Method, request: &EncodedRequest) -> Error {
        if let Err(error) = self.options.check() {
            return error;
        }
        let base = match self.shared.live() {
            Ok(live) => &live.http.base,
            Err(error) => return error,
        };
        let url = base.join(&request.path, &request.query);
        let command = curl_command(method, url.as_str(), &self.headers, request, &self.shared.key);
        inspection.set(Found::Curl(command));
        Error::invalid(request.operation, "as_curl", "was not sent")
    }

    fn raw_response(&self, response: &Response, secrets: &[String]) -> RawResponse<()> {
        let key = &self.shared.key;
        let shown = |text: String| if secrets.is_empty() { text } else { redact_secrets(&text, secrets) };
        let headers = response.head.public_headers(key).into_iter();
        RawResponse {
            value: (),
            status: response.head.status.as_u16(),
            headers: headers.map(|(name, value)| (name, shown(value))).collect(),
            body: shown(key.redact(String::from_utf8_lossy(&response.body).into_owned())),
            request_id: response.head.request_id(key).map(shown),
            attempts: response.attempts,
            method: response.method.as_str().to_owned(),
            url: key.redact(response.url.to_string()),
        }
    }

    async fn send_here(&self, method: Method, idempotency: Idempotency, request: EncodedRequest) -> Result<Response> {
        let shared = &self.shared;
        let live = shared.live()?;
        let url = live.http.base.join(&request.path, &request.query);
        let headers = if request.authenticated { None } else { Some(without_key(&self.headers)) };
        send(Request {
            operation: request.operation,
            template: request.template,
            http: &live.http,
            key: &shared.key,
            limits: &live.limits,
            hooks: &shared.hooks,
            budget: &shared.budget,
            method,
            url,
            headers: headers.as_ref().unwrap_or(&self.headers),
            body: &request.body,
            idempotency,
            timeout: self.options.timeout,
            queue_timeout: self.options.queue_timeout,
            deadline: self.options.deadline.clone(),
            max_retries: self.options.max_retries,
            recorder: self.options.recorder.as_ref().filter(|_| idempotency != Idempotency::Idempotent),
        })
        .await
        .map_err(|error| self.without_secrets(response_error::from_send_error(error, &shared.key), &[]))
    }

    /// Redacts the secrets of a request in its error, and those of the proxy in what a server sent.
    pub(crate) fn without_secrets(&self, error: Error, secrets: &[String]) -> Error {
        let error = error.without(secrets);
        match self.shared.live() {
            // A failure of the connection repeats nothing, and keeps its source.
            Ok(live) if error.status().is_some() => error.without(&live.http.proxy_secrets()),
            _ => error,
        }
    }

    /// Returns the request of an operation with these arguments, for errors about it.
    pub(crate) fn target(&self, operation: &Operation, arguments: &Arguments) -> RequestTarget {
        self.target_at(operation.method, &path_of(operation, arguments))
    }

    /// Returns the request to a path below the base URL, for errors about it.
    pub(crate) fn target_at(&self, method: Method, path: &str) -> RequestTarget {
        let url = format!("{}{path}", self.base_url());
        RequestTarget::new(method.as_str(), self.shared.key.redact(url))
    }
}

/// Returns the headers of a request to an endpoint that needs no key.
fn without_key(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    headers.remove(AUTHORIZATION);
    headers
}
