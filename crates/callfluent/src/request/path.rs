//! Whatever a user puts into a path stays one segment of it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// Everything but letters, digits and the four marks that RFC 3986 leaves unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes an id as one segment of a path, or says why it cannot be one.
pub(crate) fn segment(value: &Value) -> Result<String, String> {
    let text = match value {
        Value::Null => return Err("is required".into()),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err("expected an id: a number or text".into()),
    };
    if text.trim().is_empty() {
        return Err("is empty".into());
    }
    // URL parsers take these for directories even when they are percent-encoded.
    if text == "." || text == ".." {
        return Err(format!("{text:?} cannot be an id"));
    }
    let mut encoded = String::with_capacity(text.len());
    append_segment(&mut encoded, &text);
    Ok(encoded)
}

/// Puts a segment into a path where `{name}` stands.
pub(crate) fn fill(path: &mut String, name: &str, segment: &str) {
    // To set up a general search takes longer than the rest of preparing a request.
    let place = path.match_indices('{').find_map(|(start, _)| {
        let end = start + 1 + name.len();
        let is_it = path.get(start + 1..end) == Some(name) && path.as_bytes().get(end) == Some(&b'}');
        is_it.then_some(start..end + 1)
    });
    if let Some(place) = place {
        path.replace_range(place, segment);
    }
}

/// Appends a text, percent-encoded, to a path.
fn append_segment(path: &mut String, text: &str) {
    path.extend(utf8_percent_encode(text, SEGMENT));
}
