//! Opens an answer: finds what the envelope holds, whichever of the published forms it has, and tells a refusal from it.

use bytes::Bytes;
use serde_json::Value;

use crate::decode::{Reader, Scalar};
use crate::json::{Entries, Json};
use crate::operation::Operation;
use crate::schema::Kind;

/// The byte order mark in UTF-8.
pub(crate) const MARK: &[u8] = b"\xef\xbb\xbf";
/// The names under which published pages put the reason of a refusal.
const REASONS: [&str; 3] = ["error", "msg", "message"];
/// The names that are the envelope's own beside them.
const ENVELOPE: [&str; 2] = ["status", "data"];

/// An answer that is no refusal.
pub(crate) struct Opened<'a> {
    raw: Json<'a>,
    entries: Option<Entries<'a>>,
}

/// Why an answer could not be opened.
pub(crate) enum Unopened {
    /// `"status": false`, with the reason.
    Refused(Option<String>),
}

/// Opens an answer.
pub(crate) fn open(raw: Json<'_>) -> Result<Opened<'_>, Unopened> {
    let entries = raw.entries();
    if let Some(entries) = &entries
        && says_no(entries)
    {
        return Err(Unopened::Refused(reason(entries)));
    }
    Ok(Opened { raw, entries })
}

/// Whether `status` is false. A bare record may have a `status` of its own, so `0` counts only beside a reason.
fn says_no(entries: &Entries<'_>) -> bool {
    let Some(status) = entries.named("status") else {
        return false;
    };
    let reading = <bool as Scalar>::read(status, &mut Reader::silent());
    match reading {
        Some(reading) if !reading.value => {
            reading.canonical || status.get().contains("alse") || reason(entries).is_some()
        }
        _ => false,
    }
}

pub(crate) fn reason(entries: &Entries<'_>) -> Option<String> {
    let mut sentences: Vec<String> = Vec::new();
    for raw in REASONS.iter().filter_map(|name| entries.named(name)) {
        let text = match serde_json::from_str(raw.get()) {
            Ok(Value::String(text)) => text,
            Ok(Value::Object(object)) => match object.get("message") {
                Some(Value::String(text)) => text.clone(),
                _ => continue,
            },
            _ => continue,
        };
        let text = text.trim().to_owned();
        if !text.is_empty() && !sentences.contains(&text) {
            sentences.push(text);
        }
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// An answer without the byte order mark that some servers put before it.
pub(crate) fn without_mark(body: &Bytes) -> Bytes {
    if body.starts_with(MARK) { body.slice(MARK.len()..) } else { body.clone() }
}

/// Where the output of an operation is.
pub(crate) enum Output<'a> {
    /// Here.
    At(Json<'a>),
    /// The answer itself is the record, beside the envelope's own fields.
    Bare(String),
    /// There is none: a change was made, or there is nothing.
    Absent,
}

impl<'a> Opened<'a> {
    /// Finds the output of an operation; `Ok(None)` where the answer holds something else.
    ///
    /// # Errors
    /// Where the answer turns out to be a refusal.
    pub(crate) fn output(&self, operation: &Operation, kind: Kind) -> Result<Option<Output<'a>>, Unopened> {
        let record = match kind {
            Kind::Record(shape) => Some(shape),
            _ => None,
        };
        let Some(entries) = &self.entries else {
            return Ok(at(self.raw));
        };
        let data = entries.named("data").filter(|data| !data.is_null());
        let named = operation.output_name.and_then(|name| entries.named(name));
        let Some(value) = data.or(named) else {
            let known = record.is_some_and(|shape| {
                entries.clone().any(|entry| shape.fields.iter().any(|field| field.answers_to(&entry.key())))
            });
            if !known && let Some(reason) = entries.named("error").and_then(|_| reason(entries)) {
                return Err(Unopened::Refused(Some(reason)));
            }
            let is_empty =
                entries.clone().all(|entry| ENVELOPE.iter().chain(&REASONS).any(|name| entry.is_named(name)));
            return Ok(match record {
                None => Some(Output::Absent),
                Some(_) if is_empty => None,
                Some(_) => Some(bare(entries)),
            });
        };
        if let Some(shape) = record
            && data.is_some()
            && value.first() == b'['
        {
            // The list of numbers stands under `data` itself, with the map of used numbers beside it.
            let holds_data = shape.fields.iter().any(|field| field.answers_to("data"));
            return Ok(if holds_data { Some(bare(entries)) } else { single(value).map(Output::At) });
        }
        let inner = operation.output_name.and_then(|name| value.entries()?.named(name));
        Ok(at(inner.unwrap_or(value)))
    }
}

fn at(raw: Json<'_>) -> Option<Output<'_>> {
    (!raw.is_null()).then_some(Output::At(raw))
}

/// The record that the answer itself is. The envelope's own fields are none of it.
fn bare<'a>(entries: &Entries<'_>) -> Output<'a> {
    let mut text = String::from("{");
    for entry in entries.clone().filter(|entry| !entry.is_named("status")) {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&Value::String(entry.key().into_owned()).to_string());
        text.push(':');
        text.push_str(entry.raw.get());
    }
    text.push('}');
    Output::Bare(text)
}

/// The only element of a list of one record.
fn single(raw: Json<'_>) -> Option<Json<'_>> {
    let mut elements = raw.elements()?;
    let only = elements.next().filter(|only| only.first() == b'{')?;
    elements.next().is_none().then_some(only)
}
