//! Reads request bodies as JSON or as multipart streams, and reports errors in their form.
//! Files are counted and checksummed chunk by chunk, so that uploads of any size need no memory.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use futures_util::StreamExt;
use serde_json::Value;

use super::journal::ReceivedPart;
use crate::errors::FieldErrors;

/// Larger than any plausible JSON body, even with a base64 avatar.
const JSON_LIMIT: usize = 64 * 1024 * 1024;

/// Replaces a secret in the journal.
const MASK: &str = "***";

/// The documented body of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyKind {
    Empty,
    Json,
    Files,
    /// Unknown endpoint: any body is accepted, for the journal.
    Any,
}

/// A request whose body was read.
#[derive(Debug)]
pub(crate) struct ReceivedRequest {
    pub(crate) path_parameters: Vec<(String, String)>,
    pub(crate) query: String,
    pub(crate) body: ReceivedBody,
}

impl ReceivedRequest {
    /// Returns the errors in the body's form; handlers add their own.
    pub(crate) fn errors(&self) -> FieldErrors {
        self.body.errors.clone()
    }

    pub(crate) fn json(&self) -> Option<&Value> {
        self.body.json.as_ref()
    }

    /// Replaces every string of the body, before the journal stores a body with passwords.
    pub(crate) fn mask_body(&mut self) {
        self.body.json.as_mut().map(mask);
        self.body.text = self.body.text.take().map(|_| MASK.to_owned());
    }
}

fn mask(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(fields) => fields.values_mut().for_each(mask),
        other => *other = MASK.into(),
    }
}

/// A body that was read.
#[derive(Debug, Default)]
pub(crate) struct ReceivedBody {
    /// The body, if it is JSON.
    pub(crate) json: Option<Value>,
    /// The body, if it is neither JSON nor multipart.
    pub(crate) text: Option<String>,
    /// The parts of a multipart body.
    pub(crate) parts: Option<Vec<ReceivedPart>>,
    pub(crate) errors: FieldErrors,
}

impl ReceivedBody {
    /// Returns the body as one value: JSON, text, or the parts of a multipart body.
    pub(crate) fn to_json(&self) -> Value {
        match (&self.json, &self.text, &self.parts) {
            (Some(json), ..) => json.clone(),
            (None, Some(text), _) => text.as_str().into(),
            (None, None, Some(parts)) => parts.iter().map(ReceivedPart::to_json).collect(),
            (None, None, None) => Value::Null,
        }
    }
}

/// Reads the body that the endpoint expects.
pub(crate) async fn read_body(request: Request, expected: BodyKind) -> ReceivedBody {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if expected == BodyKind::Files {
        return read_files(request, &media_type).await;
    }
    let mut received = ReceivedBody::default();
    let Ok(bytes) = to_bytes(request.into_body(), JSON_LIMIT).await else {
        received.errors.add("body", format!("connection was lost, or the body exceeds {JSON_LIMIT} bytes"));
        return received;
    };
    if expected == BodyKind::Empty && !bytes.is_empty() {
        received.errors.add("body", "must be empty: this endpoint has no body");
    }
    let parsed = serde_json::from_slice::<Value>(&bytes);
    if expected == BodyKind::Json {
        validate_media_type(&media_type, &mut received.errors);
        match &parsed {
            _ if bytes.is_empty() => received.errors.add("body", "required: a JSON object"),
            Err(error) => received.errors.add("body", format!("must be JSON: {error}")),
            Ok(_) => {}
        }
    }
    match parsed {
        Ok(json) => received.json = Some(json),
        Err(_) if bytes.is_empty() => {}
        Err(_) => received.text = Some(String::from_utf8_lossy(&bytes).into_owned()),
    }
    received
}

fn validate_media_type(media_type: &str, errors: &mut FieldErrors) {
    if media_type.is_empty() {
        errors.add("content-type", "required: application/json");
    } else if media_type != "application/json" {
        errors.add("content-type", format!("must be application/json, but is {media_type}"));
    }
}

async fn read_files(request: Request, media_type: &str) -> ReceivedBody {
    let mut received = ReceivedBody::default();
    if media_type != "multipart/form-data" {
        let found = if media_type.is_empty() { "missing" } else { media_type };
        received.errors.add("content-type", format!("must be multipart/form-data, but is {found}"));
        discard(request.into_body()).await;
        return received;
    }
    let Ok(mut multipart) = Multipart::from_request(request, &()).await else {
        received.errors.add("content-type", "must have the boundary of the multipart body");
        return received;
    };
    let mut parts = Vec::new();
    if read_parts(&mut multipart, &mut parts).await.is_err() {
        received.errors.add("body", "must be multipart/form-data, but is truncated or malformed");
    }
    validate_parts(&parts, &mut received.errors);
    received.parts = Some(parts);
    received
}

async fn read_parts(
    multipart: &mut Multipart,
    parts: &mut Vec<ReceivedPart>,
) -> Result<(), axum::extract::multipart::MultipartError> {
    while let Some(mut field) = multipart.next_field().await? {
        let mut part = ReceivedPart {
            field: field.name().unwrap_or_default().to_owned(),
            name: field.file_name().map(str::to_owned),
            content_type: field.content_type().map(str::to_owned),
            size: 0,
            crc32: 0,
        };
        let mut checksum = crc32fast::Hasher::new();
        while let Some(chunk) = field.chunk().await? {
            part.size += chunk.len() as u64;
            checksum.update(&chunk);
        }
        part.crc32 = checksum.finalize();
        parts.push(part);
    }
    Ok(())
}

fn validate_parts(parts: &[ReceivedPart], errors: &mut FieldErrors) {
    for part in parts {
        if part.field != "files" {
            errors.add(&part.field, "unknown part; only `files` is documented here");
        } else if part.name.is_none() {
            errors.add("files", "must be a file: the part has no file name");
        }
    }
    if !parts.iter().any(|part| part.field == "files") {
        errors.add("files", "required: one part for each file");
    }
}

/// Reads an unwanted body to its end; otherwise the client may see a lost connection instead of the
/// error response.
async fn discard(body: Body) {
    let mut chunks = body.into_data_stream();
    while let Some(Ok(_)) = chunks.next().await {}
}
