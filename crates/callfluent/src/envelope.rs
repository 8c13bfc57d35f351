//! Opens an answer: finds what the envelope holds, whichever of the published forms it has, and tells a refusal from it.

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::operation::Operation;
use crate::reading::{Entry, Readable, Reader, Scalar, entries, is_null};
use crate::schema::Kind;

/// The most characters of an unreadable answer that a message shows.
const MOST_SHOWN: usize = 200;
/// The names under which published pages put the reason of a refusal.
const REASONS: [&str; 3] = ["error", "msg", "message"];

/// An answer that is no refusal.
pub(crate) struct Opened<'a> {
    raw: &'a RawValue,
    entries: Option<Vec<Entry<'a>>>,
}

/// Why an answer could not be opened.
pub(crate) enum Unopened {
    /// `"status": false`, with the reason.
    Refused(Option<String>),
}

/// Opens an answer.
pub(crate) fn open(raw: &RawValue) -> Result<Opened<'_>, Unopened> {
    let entries = entries(raw);
    if let Some(entries) = &entries
        && says_no(entries)
    {
        return Err(Unopened::Refused(reason(entries)));
    }
    Ok(Opened { raw, entries })
}

/// Whether `status` is false. A bare record may have a `status` of its own, so `0` counts only beside a reason.
fn says_no(entries: &[Entry<'_>]) -> bool {
    let Some(status) = find(entries, "status") else {
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

fn find<'a>(entries: &[Entry<'a>], key: &str) -> Option<&'a RawValue> {
    entries.iter().rev().find(|entry| entry.key == key).map(|entry| entry.raw)
}

fn reason(entries: &[Entry<'_>]) -> Option<String> {
    let mut sentences: Vec<String> = Vec::new();
    for raw in REASONS.iter().filter_map(|name| find(entries, name)) {
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

/// The reason that the body of a refusal gives.
pub(crate) fn refusal_message(body: &[u8]) -> Option<String> {
    let raw: &RawValue = serde_json::from_slice(body).ok()?;
    reason(&entries(raw)?)
}

/// The first characters of an answer and its content type, for a message about an answer that could not be read.
pub(crate) fn beginning(body: &Bytes, headers: &HeaderMap) -> String {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("no content type");
    if body.is_empty() {
        return format!(" with an empty body ({content_type})");
    }
    let text = String::from_utf8_lossy(body.get(..MOST_SHOWN * 4).unwrap_or(body)).into_owned();
    let shown: String = text.chars().take(MOST_SHOWN).collect();
    let more = if shown.len() < body.len() { "..." } else { "" };
    format!(" with {content_type}: {}{more}", shown.trim())
}

impl Opened<'_> {
    /// Reads the output of an operation; `None` where the answer holds something else.
    pub(crate) fn read<T: Readable>(&self, operation: &Operation, reader: &mut Reader<'_>) -> Option<T> {
        let is_record = matches!(T::KIND, Kind::Record(_));
        // The list of numbers stands under `data` itself, with the map of used numbers beside it.
        let holds_data =
            matches!(T::KIND, Kind::Record(shape) if shape.fields.iter().any(|field| field.answers_to("data")));
        let value = match &self.entries {
            None => return self.read_at(self.raw, is_record, reader),
            Some(entries) => {
                let data = find(entries, "data").filter(|data| !is_null(data));
                let named = operation.output_name.and_then(|name| find(entries, name));
                match (data, named) {
                    (Some(data), _) if is_record && data.get().starts_with('[') => {
                        return if holds_data {
                            self.read_at(self.raw, is_record, reader)
                        } else {
                            T::read(single(data)?, reader).map(|reading| reading.value)
                        };
                    }
                    (Some(data), _) => data,
                    (None, Some(named)) => named,
                    (None, None) if is_record => {
                        let empty =
                            entries.iter().all(|entry| matches!(&*entry.key, "status" | "data" | "msg" | "message"));
                        return if empty { None } else { self.read_at(self.raw, is_record, reader) };
                    }
                    // A change was made, or there is nothing: an empty list says so as well.
                    (None, None) => {
                        reader.missing_field("data");
                        return Some(T::absent());
                    }
                }
            }
        };
        let inner = entries(value).and_then(|entries| {
            let name = operation.output_name?;
            find(&entries, name)
        });
        self.read_at(inner.unwrap_or(value), is_record, reader)
    }

    fn read_at<T: Readable>(&self, raw: &RawValue, is_record: bool, reader: &mut Reader<'_>) -> Option<T> {
        let at_root = std::ptr::eq(raw, self.raw);
        if is_record
            && at_root
            && let Some(entries) = &self.entries
        {
            // The envelope's own fields are none of the record.
            let kept: Vec<_> = entries.iter().filter(|entry| entry.key != "status").collect();
            let mut text = String::from("{");
            for (index, entry) in kept.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::String(entry.key.to_string()).to_string());
                text.push(':');
                text.push_str(entry.raw.get());
            }
            text.push('}');
            let record = RawValue::from_string(text).ok()?;
            return T::read(&record, reader).map(|reading| reading.value);
        }
        if is_null(raw) {
            return None;
        }
        T::read(raw, reader).map(|reading| reading.value)
    }
}

/// The only element of a list of one record.
fn single(raw: &RawValue) -> Option<&RawValue> {
    match crate::reading::elements(raw)?.as_slice() {
        [only] if only.get().starts_with('{') => Some(only),
        _ => None,
    }
}
