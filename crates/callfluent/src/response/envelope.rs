//! Parses the envelope of a response: finds the payload in any of the published forms, and
//! recognizes a rejection (`"status": false`).

use serde_json::Value;

use crate::decode::{DecodeContext, DecodeScalar};
use crate::json::{Entries, Json};
use crate::operation::{Method, Operation};
use crate::schema::Kind;

/// UTF-8 byte order mark.
const BOM: &[u8] = b"\xef\xbb\xbf";
/// Names under which published pages put the reason of a rejection.
const REASONS: [&str; 3] = ["error", "msg", "message"];
/// Other names of the envelope.
const ENVELOPE: [&str; 2] = ["status", "data"];

/// A response that is not a rejection.
pub(crate) struct Envelope<'a> {
    root: Json<'a>,
    entries: Option<Entries<'a>>,
}

/// A success response that rejects the request.
pub(crate) struct ApiRejection {
    pub(crate) reason: Option<String>,
    /// True for `"status": false`. A reason alone does not prove that nothing was done.
    pub(crate) is_explicit: bool,
}

/// The result of an operation within its response.
pub(crate) enum Payload<'a> {
    /// A value within the envelope.
    Value(Json<'a>),
    /// The response is the record itself: its JSON without the fields of the envelope.
    WithoutEnvelope(String),
    /// The response contains no result.
    Missing,
}

/// Parses the envelope.
///
/// # Errors
/// [`ApiRejection`] if the response is one.
pub(crate) fn parse_envelope(root: Json<'_>) -> Result<Envelope<'_>, ApiRejection> {
    let entries = root.entries();
    if let Some(entries) = &entries
        && let Some(is_explicit) = rejection(entries)
    {
        return Err(ApiRejection { reason: reason(entries), is_explicit });
    }
    Ok(Envelope { root, entries })
}

/// Returns the body without the byte order mark that some servers send.
pub(crate) fn strip_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(BOM).unwrap_or(body)
}

/// Returns whether a rejection is explicit: `status` is false. `None` if the response is not a
/// rejection. A record may have a `status` field, so `0` counts only with a reason, and proves
/// nothing.
fn rejection(entries: &Entries<'_>) -> Option<bool> {
    let status = entries.get("status")?;
    let decoded = <bool as DecodeScalar>::decode(status, &mut DecodeContext::without_drift())?;
    let is_explicit = decoded.round_trips || status.get().contains("alse");
    (!decoded.value && (is_explicit || reason(entries).is_some())).then_some(is_explicit)
}

/// Returns whether `error` reports one. Some servers send `"error": null` with a success.
fn has_error(entries: &Entries<'_>) -> bool {
    let error = entries.get("error").and_then(|error| serde_json::from_str::<Value>(error.get()).ok());
    match error {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(members)) => !members.is_empty(),
        Some(Value::Bool(true)) => true,
    }
}

/// Returns the reason of a rejection.
pub(crate) fn reason(entries: &Entries<'_>) -> Option<String> {
    let mut sentences: Vec<String> = Vec::new();
    for raw in REASONS.iter().filter_map(|name| entries.get(name)) {
        let sentence = match serde_json::from_str(raw.get()) {
            Ok(Value::String(sentence)) => sentence,
            Ok(Value::Object(object)) => match object.get("message") {
                Some(Value::String(sentence)) => sentence.clone(),
                _ => continue,
            },
            _ => continue,
        };
        let sentence = sentence.trim().to_owned();
        if !sentence.is_empty() && !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

impl<'a> Envelope<'a> {
    /// Returns the payload of an operation; `Ok(None)` if the response contains something else.
    ///
    /// # Errors
    /// [`ApiRejection`] if the response contains only a reason.
    pub(crate) fn payload(&self, operation: &Operation) -> Result<Option<Payload<'a>>, ApiRejection> {
        let record = match operation.output {
            Kind::Record(record) => Some(record),
            _ => None,
        };
        let Some(entries) = &self.entries else {
            return Ok(non_null(self.root));
        };
        let data = entries.get("data").filter(|data| !data.is_null());
        let named = operation.output_name.and_then(|name| entries.get(name));
        let Some(value) = data.or(named) else {
            let is_record = record.is_some_and(|record| {
                entries.clone().any(|entry| record.fields.iter().any(|field| field.has_name(&entry.key())))
            });
            // A page without calls ends a history, so that a reason in its place is an error.
            let is_page = matches!(operation.output, Kind::Page(_));
            if !is_record
                && (is_page || has_error(entries))
                && let Some(reason) = reason(entries)
            {
                return Err(ApiRejection { reason: Some(reason), is_explicit: false });
            }
            let is_empty =
                entries.clone().all(|entry| ENVELOPE.iter().chain(&REASONS).any(|name| entry.is_named(name)));
            // A list under an unknown name must not look like an empty one. After a change, it may:
            // an error would suggest repeating it.
            let has_data = entries.get("data").is_some();
            let is_unknown_list = record.is_none() && operation.method == Method::Get && !is_empty && !has_data;
            return Ok(match record {
                None if is_unknown_list => None,
                None => Some(Payload::Missing),
                Some(_) if is_empty => None,
                Some(_) => Some(without_envelope(entries)),
            });
        };
        if let Some(record) = record
            && data.is_some()
            && value.first() == b'['
            && operation.created_by.is_empty()
        {
            // The list of numbers is under `data` itself, beside the map of used numbers.
            let has_data_field = record.fields.iter().any(|field| field.has_name("data"));
            return Ok(if has_data_field {
                Some(without_envelope(entries))
            } else {
                single(value).map(Payload::Value)
            });
        }
        let nested = operation.output_name.and_then(|name| value.entries()?.get(name));
        Ok(non_null(nested.unwrap_or(value)))
    }
}

fn non_null(raw: Json<'_>) -> Option<Payload<'_>> {
    (!raw.is_null()).then_some(Payload::Value(raw))
}

/// Returns the record that the response itself is, without the fields of the envelope.
fn without_envelope<'a>(entries: &Entries<'_>) -> Payload<'a> {
    let mut text = String::from("{");
    for entry in entries.clone().filter(|entry| !entry.is_named("status")) {
        if text.len() > 1 {
            text.push(',');
        }
        entry.write(&mut text);
    }
    text.push('}');
    Payload::WithoutEnvelope(text)
}

/// Returns the only element of a list, if it is an object.
fn single(raw: Json<'_>) -> Option<Json<'_>> {
    let mut elements = raw.elements()?;
    let only = elements.next().filter(|only| only.first() == b'{')?;
    elements.next().is_none().then_some(only)
}
