//! Reads a request's body to its end, as JSON or as a multipart stream, and notes what is wrong with its form.
//! Files are counted and summed chunk by chunk and never held, so that an upload of any size costs no memory.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use futures_util::StreamExt;
use serde_json::Value;

use crate::check::Problems;
use crate::journal::ReceivedPart;

/// Far above any JSON body that makes sense, an avatar in base64 included.
const LONGEST_JSON: usize = 64 * 1024 * 1024;

/// The body that the documentation gives an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expects {
    Nothing,
    Json,
    Files,
    /// No endpoint is known: whatever came is kept for the journal.
    Anything,
}

/// A request after reading, ready for its endpoint.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) query: String,
    pub(crate) body: ReceivedBody,
}

impl Incoming {
    /// The list of problems to go on with: those of the body's form are in it already.
    pub(crate) fn problems(&self) -> Problems {
        self.body.problems.clone()
    }

    pub(crate) fn json(&self) -> Option<&Value> {
        self.body.json.as_ref()
    }
}

/// A body after reading.
#[derive(Debug, Default)]
pub(crate) struct ReceivedBody {
    /// The body, where it was JSON.
    pub(crate) json: Option<Value>,
    /// The body, where it was neither JSON nor files.
    pub(crate) text: Option<String>,
    /// The parts of a multipart body.
    pub(crate) parts: Option<Vec<ReceivedPart>>,
    pub(crate) problems: Problems,
}

/// Reads the body in the way that its endpoint expects.
pub(crate) async fn read(request: Request, expects: Expects) -> ReceivedBody {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if expects == Expects::Files {
        return read_files(request, &media_type).await;
    }
    let mut received = ReceivedBody::default();
    let Ok(bytes) = to_bytes(request.into_body(), LONGEST_JSON).await else {
        received.problems.add("body", format!("broke off, or is longer than {LONGEST_JSON} bytes"));
        return received;
    };
    if expects == Expects::Nothing && !bytes.is_empty() {
        received.problems.add("body", "must be empty: this endpoint has none");
    }
    let parsed = serde_json::from_slice::<Value>(&bytes);
    if expects == Expects::Json {
        check_media_type(&media_type, &mut received.problems);
        match &parsed {
            _ if bytes.is_empty() => received.problems.add("body", "required: a JSON object"),
            Err(error) => received.problems.add("body", format!("must be JSON: {error}")),
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

fn check_media_type(media_type: &str, problems: &mut Problems) {
    if media_type.is_empty() {
        problems.add("content-type", "required: application/json");
    } else if media_type != "application/json" {
        problems.add("content-type", format!("must be application/json, but is {media_type}"));
    }
}

async fn read_files(request: Request, media_type: &str) -> ReceivedBody {
    let mut received = ReceivedBody::default();
    if media_type != "multipart/form-data" {
        let found = if media_type.is_empty() { "missing" } else { media_type };
        received.problems.add("content-type", format!("must be multipart/form-data, but is {found}"));
        drain(request.into_body()).await;
        return received;
    }
    let Ok(mut multipart) = Multipart::from_request(request, &()).await else {
        received.problems.add("content-type", "must name the boundary of the multipart body");
        return received;
    };
    let mut parts = Vec::new();
    if read_parts(&mut multipart, &mut parts).await.is_err() {
        received.problems.add("body", "must be multipart/form-data, but it broke off or is malformed");
    }
    check_parts(&parts, &mut received.problems);
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

fn check_parts(parts: &[ReceivedPart], problems: &mut Problems) {
    for part in parts {
        if part.field != "files" {
            problems.add(&part.field, "unknown part; only `files` is documented here");
        } else if part.name.is_none() {
            problems.add("files", "must be a file: the part has no file name");
        }
    }
    if !parts.iter().any(|part| part.field == "files") {
        problems.add("files", "required: one part for each file");
    }
}

/// Reads what nobody wants, so that the sender gets to read its answer instead of a broken connection.
async fn drain(body: Body) {
    let mut chunks = body.into_data_stream();
    while let Some(Ok(_)) = chunks.next().await {}
}
