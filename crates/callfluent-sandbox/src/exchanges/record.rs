//! Forwards requests to a real server and appends each exchange to a file before the client gets
//! the response.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use axum::http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, HOST, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use bytes::Bytes;
use reqwest::redirect::Policy;
use serde_json::value::RawValue;
use url::{Host, Url};

use super::exchange::{Exchange, HEADER};
use super::message::{ExchangeRequest, ExchangeResponse, failure};
use super::offline::OFFLINE_VARIABLE;
use super::scrub::Scrubber;

/// Headers of one connection, which a proxy does not forward.
const CONNECTION_HEADERS: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

#[derive(Debug)]
pub(crate) struct Recorder {
    http: reqwest::Client,
    /// Without a slash at the end.
    target: String,
    path: PathBuf,
    output: Mutex<Output>,
}

#[derive(Debug)]
struct Output {
    file: File,
    scrubber: Scrubber,
}

impl Recorder {
    /// Begins a new file. `target` is the base URL of the real server, which ends with `/api`.
    pub(super) fn open(path: &Path, target: &str, is_offline: bool) -> io::Result<Self> {
        let invalid = |text: String| io::Error::new(io::ErrorKind::InvalidInput, text);
        let url = Url::parse(target).map_err(|error| invalid(format!("target {target}: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid(format!("target {target}: the scheme must be http or https")));
        }
        if is_offline && !is_loopback(&url) {
            return Err(invalid(format!("target {target}: offline mode; set {OFFLINE_VARIABLE}=0 to record")));
        }
        let http = reqwest::Client::builder().redirect(Policy::none()).build().map_err(io::Error::other)?;
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let mut file = File::create(path).map_err(named)?;
        writeln!(file, "{HEADER}").map_err(named)?;
        let output = Mutex::new(Output { file, scrubber: Scrubber::default() });
        Ok(Self { http, target: target.trim_end_matches('/').to_owned(), path: path.to_owned(), output })
    }

    pub(super) async fn respond(&self, request: ExchangeRequest<'_>, bytes: Bytes) -> ExchangeResponse {
        let Some(path) = request.path.strip_prefix("/api") else {
            let error = format!("{} is not an endpoint: the base URL ends with /api", request.path);
            return failure(StatusCode::NOT_FOUND, error);
        };
        let response = match self.forward(request, path, bytes).await {
            Ok(response) => response,
            Err(error) => {
                let error = format!("request to {} failed: {}", self.target, with_causes(&error));
                return failure(StatusCode::BAD_GATEWAY, error);
            }
        };
        match self.record(request, &response) {
            Ok(()) => response,
            Err(error) => {
                let error = format!("exchange could not be recorded in {}: {error}", self.path.display());
                failure(StatusCode::BAD_GATEWAY, error)
            }
        }
    }

    async fn forward(
        &self,
        request: ExchangeRequest<'_>,
        path: &str,
        bytes: Bytes,
    ) -> Result<ExchangeResponse, reqwest::Error> {
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        let url = format!("{}{path}{query}", self.target);
        // A compressed body could not be scrubbed.
        let headers = forwarded(request.headers, &[HOST, CONTENT_LENGTH, ACCEPT_ENCODING]);
        let response = self.http.request(request.method.clone(), url).headers(headers).body(bytes).send().await?;
        let (status, headers) = (response.status(), forwarded(response.headers(), &[CONTENT_LENGTH]));
        Ok(ExchangeResponse { status, headers, body: response.bytes().await?, error: None })
    }

    fn record(&self, request: ExchangeRequest<'_>, response: &ExchangeResponse) -> io::Result<()> {
        let not_text = |_| io::Error::other("the response is not UTF-8 text");
        let body = std::str::from_utf8(&response.body).map_err(not_text)?;
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let scrubber = &mut output.scrubber;
        let authorization = request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some(key) = authorization {
            scrubber.add_secret(key.split_once(' ').map_or(key, |(_, key)| key));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in forwarded(&response.headers, &[SET_COOKIE]) {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            if let (Some(name), Ok(value)) = (name, HeaderValue::try_from(scrubber.text(&value))) {
                headers.insert(name, value);
            }
        }
        let exchange = Exchange {
            method: request.method.to_string(),
            path: scrubber.text(request.path),
            query: scrubber.query(request.query),
            request: serde_json::from_str(&scrubber.json(&request.body.to_json().to_string()))?,
            status: response.status,
            headers,
            response: match serde_json::from_str::<&RawValue>(body) {
                Ok(_) => scrubber.json(body),
                Err(_) => scrubber.text(body),
            },
        };
        output.file.write_all(format!("{}\n", exchange.to_line()).as_bytes())
    }
}

/// Returns the headers that a proxy forwards, without some others.
fn forwarded(headers: &HeaderMap, without: &[HeaderName]) -> HeaderMap {
    let forwards = |name: &HeaderName| !CONNECTION_HEADERS.contains(&name.as_str()) && !without.contains(name);
    headers.iter().filter(|(name, _)| forwards(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The message of an error with its causes: reqwest's own message is only `error sending request`.
fn with_causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
