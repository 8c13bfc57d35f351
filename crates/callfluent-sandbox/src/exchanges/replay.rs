//! Sends recorded responses again. It has no connection to anything: a request that was not
//! recorded gets an error with the recorded requests that are near.

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::difference::Numbers;
use super::exchange::{Exchange, read};
use super::message::{ExchangeRequest, ExchangeResponse, failure};

/// The number of near requests in an error.
const NEAR: usize = 3;
/// The number of differences that an error shows for a request.
const SHOWN: usize = 4;

#[derive(Debug)]
pub(crate) struct Replay {
    exchanges: Vec<Exchange>,
    progress: Mutex<Progress>,
}

/// The exchanges that were replayed, and the numbers that their requests had.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    /// Positions of the exchanges that were replayed.
    replayed: Vec<usize>,
    numbers: Numbers,
}

impl Replay {
    pub(super) fn open(file: &Path) -> io::Result<Self> {
        Ok(Self { exchanges: read(file)?, progress: Mutex::default() })
    }

    pub(crate) fn progress(&self) -> Progress {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Continues after the exchanges that were replayed then.
    pub(crate) fn rewind(&self, progress: Progress) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress;
    }

    /// Returns the response to the first equal request that was not replayed. A GET request may be
    /// repeated: it gets the last response again.
    pub(super) fn respond(&self, request: ExchangeRequest<'_>) -> ExchangeResponse {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let body = request.body.to_json();
        let mut again = None;
        let mut near = Vec::new();
        for (index, exchange) in self.exchanges.iter().enumerate() {
            let mut numbers = progress.numbers.clone();
            let Some(differences) = differences(exchange, request, &body, &mut numbers) else {
                continue;
            };
            let is_replayed = progress.replayed.contains(&index);
            if differences.is_empty() && !is_replayed {
                progress.replayed.push(index);
                progress.numbers = numbers;
                return response(exchange, &progress.numbers);
            }
            if differences.is_empty() {
                again = Some((exchange, numbers));
            }
            near.push((differences.len(), described(index, exchange, &differences)));
        }
        if let Some((exchange, numbers)) = again.filter(|_| request.method.is_safe()) {
            progress.numbers = numbers;
            return response(exchange, &progress.numbers);
        }
        self.not_recorded(request, near)
    }

    /// The error names requests to the same path with their differences, or those to similar paths.
    fn not_recorded(&self, request: ExchangeRequest<'_>, mut near: Vec<(usize, String)>) -> ExchangeResponse {
        let target = format!("{} {}", request.method, request.path);
        if near.is_empty() {
            let others = self.exchanges.iter().enumerate();
            near = others
                .map(|(index, exchange)| {
                    let other = format!("{} {}", exchange.method, exchange.path);
                    (strsim::damerau_levenshtein(&target, &other), format!("{} {other}", index + 1))
                })
                .collect();
        }
        near.sort_by_key(|(distance, _)| *distance);
        let near: Vec<_> = near.into_iter().take(NEAR).map(|(_, text)| text).collect();
        let near = if near.is_empty() { "none".to_owned() } else { near.join(" | ") };
        // A status that clients do not retry.
        failure(StatusCode::BAD_REQUEST, format!("{target} was not recorded; nearest recorded requests: {near}"))
    }
}

fn response(exchange: &Exchange, numbers: &Numbers) -> ExchangeResponse {
    ExchangeResponse {
        status: exchange.status,
        headers: exchange.headers.clone(),
        body: numbers.restore(&exchange.response).into(),
        error: None,
    }
}

/// Returns the differences in query and body; `None` if method or path differs.
fn differences(
    exchange: &Exchange,
    request: ExchangeRequest<'_>,
    body: &Value,
    numbers: &mut Numbers,
) -> Option<Vec<String>> {
    // The path of an endpoint has only IDs, which stay when they are recorded.
    let is_same_path =
        exchange.path == request.path || !request.is_documented && numbers.is_same(&exchange.path, request.path);
    if exchange.method != request.method.as_str() || !is_same_path {
        return None;
    }
    let mut differences = Vec::new();
    numbers.compare("query", &pairs(&exchange.query), &pairs(request.query), &mut differences);
    numbers.compare("body", &exchange.request, body, &mut differences);
    Some(differences)
}

/// The pairs of a query. Their order does not matter.
fn pairs(query: &str) -> Value {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    Value::Object(pairs.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect::<Map<_, _>>())
}

fn described(index: usize, exchange: &Exchange, differences: &[String]) -> String {
    let name = format!("{} {} {}", index + 1, exchange.method, exchange.path);
    if differences.is_empty() {
        return format!("{name} (already replayed)");
    }
    let shown: Vec<_> = differences.iter().take(SHOWN).map(String::as_str).collect();
    let more = differences.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    format!("{name} ({}{more})", shown.join(", "))
}
