//! Requests to endpoints that are not in the catalog.

use serde_json::{Map, Value};

use crate::body::Body;
use crate::catalog;
use crate::client::CallFluent;
#[cfg(feature = "blocking")]
use crate::client::blocking;
use crate::decode::PublicJson;
use crate::error::{Error, Result, UNKNOWN_OUTCOME};
use crate::operation::{Idempotency, Method};
use crate::request::{EMPTY_NAME, EncodedRequest};
use crate::schema::Naming;

impl CallFluent {
    /// Sends a request to an endpoint that this crate does not model.
    ///
    /// `path` is below the base URL, such as `/agent/get-one/1`. Authentication, retries and errors
    /// are the same as of other requests. Returns the response JSON unchanged, except that integers
    /// that do not fit in 64 bits are strings. A response without content is `null`.
    ///
    /// Fields of [`extra_body`](crate::RequestOptions::extra_body) are added to a body that is an
    /// object. Without `json`, they are the body of a POST, PUT or PATCH request.
    ///
    /// GET, DELETE and operations that the catalog marks as idempotent are retried normally. Other
    /// requests, including unknown PUT requests, are retried only if the server did not process
    /// them.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for an unknown method or an invalid path, or if fields cannot be
    /// added to the body; otherwise any other [`Error`].
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
    /// let response = client.request("GET", "/agent/get-one/1", None, &[]).await?;
    /// println!("{}", response["data"]["agent"]["name"]);
    /// # Ok(()) }
    /// ```
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        json: Option<Value>,
        query: &[(&str, &str)],
    ) -> Result<Value> {
        request(self, method, path, json, query, Naming::Snake).await.map(PublicJson::into_value)
    }
}

#[cfg(feature = "blocking")]
impl blocking::CallFluent {
    /// Sends a request to an endpoint that this crate does not model; see
    /// [`CallFluent::request`](crate::CallFluent::request).
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for an unknown method or an invalid path; otherwise any other
    /// [`Error`].
    pub fn request(&self, method: &str, path: &str, json: Option<Value>, query: &[(&str, &str)]) -> Result<Value> {
        blocking::wait(self.async_client().request(method, path, json, query))
    }
}

/// Sends a request like [`CallFluent::request`]. Integers that the language of the naming does not
/// represent exactly are strings.
///
/// # Errors
/// Those of [`CallFluent::request`].
pub async fn request(
    client: &CallFluent,
    method: &str,
    path: &str,
    json: Option<Value>,
    query: &[(&str, &str)],
    naming: Naming,
) -> Result<PublicJson> {
    let invalid = |field: &str, reason: String| Error::invalid("request", field, reason);
    let method = Method::from_name(method).ok_or_else(|| {
        invalid("method", format!("unsupported method {method:?}; expected GET, POST, PUT, PATCH or DELETE"))
    })?;
    if is_absolute(path) {
        let reason = "is an absolute URL: pass a path below the base URL, such as /agent/get-one/1, or create a client with another base URL";
        return Err(invalid("path", reason.into()));
    }
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let (path, path_query) = path.split_once('?').unwrap_or((&path, ""));
    if !is_normalized(path) {
        return Err(invalid("path", "must be a plain path below the base URL, such as /agent/get-one/1".into()));
    }
    let idempotency = idempotency_of(method, path);
    let extra_body = client.options().extra_body.as_ref().filter(|fields| !fields.is_empty());
    let body = match with_extra_body(method, json, extra_body) {
        Ok(None) => Body::Empty,
        Ok(Some(json)) => {
            Body::Json(serde_json::to_vec(&json).map_err(|error| invalid("json", error.to_string()))?.into())
        }
        Err(reason) => return Err(invalid("extra_body", reason)),
    };
    let mut pairs: Vec<_> = url::form_urlencoded::parse(path_query.as_bytes()).into_owned().collect();
    pairs.extend(query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let encoded = EncodedRequest {
        operation: "request",
        path: path.to_owned(),
        template: None,
        query: pairs,
        body,
        authenticated: true,
        secrets: Vec::new(),
    };
    let response = client.send(method, idempotency, encoded).await?;
    client.decoder()?.decode_undocumented(&response, naming)
}

/// Returns the consequence of a request to a path whose outcome is unknown; `None` if repeating it
/// is safe.
pub fn unknown_outcome_of_request(method: &str, path: &str) -> Option<&'static str> {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let idempotency = idempotency_of(Method::from_name(method)?, &format!("/{}", path.trim_start_matches('/')));
    (idempotency != Idempotency::Idempotent).then_some(UNKNOWN_OUTCOME)
}

fn idempotency_of(method: Method, path: &str) -> Idempotency {
    match (catalog::find_by_path(method, path), method) {
        (Some(operation), _) => operation.idempotency,
        // This API creates with PUT in places.
        (None, Method::Put) => Idempotency::NonIdempotent,
        (None, method) => method.idempotency(),
    }
}

/// Returns the body with additional fields. Without a body, they are the body of a method that has
/// one.
///
/// # Errors
/// The reason if they cannot be added.
fn with_extra_body(
    method: Method,
    json: Option<Value>,
    extra_body: Option<&Map<String, Value>>,
) -> std::result::Result<Option<Value>, String> {
    let Some(extra) = extra_body else {
        return Ok(json);
    };
    let mut fields = match json {
        Some(Value::Object(fields)) => fields,
        Some(_) => return Err("has fields, but the body of the request is not an object".to_owned()),
        None if matches!(method, Method::Get | Method::Delete) => return Ok(None),
        None => Map::new(),
    };
    if extra.keys().any(|name| name.trim().is_empty()) {
        return Err(EMPTY_NAME.to_owned());
    }
    fields.extend(extra.clone());
    Ok(Some(Value::Object(fields)))
}

/// Returns whether URL parsers keep a path unchanged. They drop control characters, replace `\`
/// with `/`, and resolve dots as directories even if they are percent-encoded.
fn is_normalized(path: &str) -> bool {
    let is_directory = |segment: &str| {
        let decoded: Vec<u8> = percent_encoding::percent_decode_str(segment).collect();
        matches!(&*decoded, b"." | b"..")
    };
    !path.contains(|character: char| character.is_control() || matches!(character, '#' | '\\'))
        && !path.split('/').any(is_directory)
}

/// Returns whether a path names a server: `https://example.com/x`, or `//example.com/x`.
fn is_absolute(path: &str) -> bool {
    let path = path.trim_start();
    let scheme = path.split_once("://").map(|(scheme, _)| scheme);
    let is_scheme = |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter));
    path.starts_with("//") || scheme.is_some_and(is_scheme)
}
