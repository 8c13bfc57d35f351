//! Forwards requests to a real server and appends each exchange to a file before the client gets
//! the response.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, Write};
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
use super::target::without_credentials;

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
    /// False while the file has the content that it had before.
    has_begun: bool,
    scrubber: Scrubber,
}

impl Output {
    /// Replaces the content of the file by the first line.
    fn begin(&mut self) -> io::Result<()> {
        if !self.has_begun {
            self.file.set_len(0)?;
            self.file.rewind()?;
            writeln!(self.file, "{HEADER}")?;
            self.has_begun = true;
        }
        Ok(())
    }
}

impl Recorder {
    /// Opens the file. `target` is the base URL of the real server, which ends with `/api`.
    pub(super) fn open(path: &Path, target: &str, is_offline: bool) -> io::Result<Self> {
        let shown = without_credentials(target);
        let invalid = |text: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("target {shown}: {text}"));
        let url = Url::parse(target).map_err(|error| invalid(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("the scheme must be http or https"));
        }
        // Errors show the target, and clients send the key of the server themselves.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("must not have a user name or a password; clients send the API key"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("must not have a query or a fragment"));
        }
        let is_local = is_loopback(&url);
        if is_offline && !is_local {
            return Err(invalid(&format!("offline mode; set {OFFLINE_VARIABLE}=0 to record")));
        }
        let http = reqwest::Client::builder().redirect(Policy::none());
        // A proxy is on another machine, and would look for the server there.
        let http = if is_local { http.no_proxy() } else { http };
        let http = http.build().map_err(io::Error::other)?;
        let file = OpenOptions::new().create(true).write(true).truncate(false).open(path);
        let file = file.map_err(|error| in_file(path, &error))?;
        let output = Mutex::new(Output { file, has_begun: false, scrubber: Scrubber::default() });
        Ok(Self { http, target: target.trim_end_matches('/').to_owned(), path: path.to_owned(), output })
    }

    /// Begins the new content of the file. The sandbox runs, so the earlier content is replaced.
    pub(super) fn begin(&self) -> io::Result<()> {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        output.begin().map_err(|error| in_file(&self.path, &error))
    }

    pub(super) async fn respond(&self, request: ExchangeRequest<'_>, bytes: Bytes) -> ExchangeResponse {
        let Some(path) = request.path.strip_prefix("/api") else {
            let error = format!("{} is not an endpoint: the base URL ends with /api", request.path);
            return failure(StatusCode::NOT_FOUND, error);
        };
        let response = match self.forward(request, path, bytes).await {
            Ok(response) => response,
            Err(error) => {
                let error = format!("request to {} failed: {}", self.target, with_causes(&error.without_url()));
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
        output.begin()?;
        let scrubber = &mut output.scrubber;
        let authorization = request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some(key) = authorization {
            scrubber.secret(key.split_once(' ').map_or(key, |(_, key)| key));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in forwarded(&response.headers, &[SET_COOKIE]) {
            let Some(name) = name else { continue };
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            if let Ok(value) = HeaderValue::try_from(scrubber.named(name.as_str(), &value)) {
                headers.insert(name, value);
            }
        }
        let exchange = Exchange {
            method: request.method.to_string(),
            // The path of an endpoint has only IDs.
            path: if request.is_documented { request.path.to_owned() } else { scrubber.text(request.path) },
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

fn in_file(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
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
