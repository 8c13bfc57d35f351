//! An exchange, and its line in a file. A file of exchanges has one JSON object per line, so that
//! each exchange can be appended, and a difference in version control is that of one exchange.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The first line of a file: the version of its form.
pub(super) const HEADER: &str = r#"{"callfluent_exchanges":1}"#;

/// A request and the response to it, without phone numbers and secrets.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    /// A JSON body, the text of another one, the parts of a multipart body, or null.
    pub(super) request: Value,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The body of the response.
    pub(super) response: String,
}

impl Exchange {
    /// Returns the line of the exchange. A JSON body of the response is part of the line, another
    /// one is a string.
    #[cfg(feature = "record")]
    pub(super) fn to_line(&self) -> String {
        let mut headers = serde_json::Map::new();
        for (name, value) in &self.headers {
            headers.insert(name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into());
        }
        let (kind, response) = if serde_json::from_str::<&RawValue>(&self.response).is_ok() {
            ("json", self.response.clone())
        } else {
            ("text", Value::from(self.response.as_str()).to_string())
        };
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        let request = Value::from(format!("{} {}{query}", self.method, self.path));
        let (body, headers) = (&self.request, Value::Object(headers));
        let status = self.status.as_u16();
        format!(r#"{{"request":{request},"body":{body},"status":{status},"headers":{headers},"{kind}":{response}}}"#)
    }

    fn from_line(line: &str) -> Option<Self> {
        let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line).ok()?;
        let field = |name: &str| fields.get(name).and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok());
        let request = field("request")?;
        let (method, target) = request.as_str()?.split_once(' ')?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = HeaderMap::new();
        for (name, value) in field("headers")?.as_object()? {
            headers.insert(name.parse::<HeaderName>().ok()?, HeaderValue::try_from(value.as_str()?).ok()?);
        }
        let response = match fields.get("json") {
            Some(json) => json.get().to_owned(),
            None => field("text")?.as_str()?.to_owned(),
        };
        Some(Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            request: field("body")?,
            status: StatusCode::from_u16(u16::try_from(field("status")?.as_u64()?).ok()?).ok()?,
            headers,
            response,
        })
    }
}

/// Reads all exchanges of a file.
pub(super) fn read(file: &Path) -> io::Result<Vec<Exchange>> {
    let named = |error: String| io::Error::other(format!("recorded exchanges {}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| named(error.to_string()))?;
    let mut lines = text.lines();
    let header = lines.next().and_then(|line| serde_json::from_str::<Value>(line).ok());
    if header.is_none_or(|header| header.get("callfluent_exchanges") != Some(&json!(1))) {
        return Err(named(format!("the first line must be {HEADER}; record the exchanges again")));
    }
    let lines = lines.enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            Exchange::from_line(line).ok_or_else(|| named(format!("line {} is not an exchange", index + 2)))
        })
        .collect()
}
