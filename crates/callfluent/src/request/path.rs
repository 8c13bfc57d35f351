//! Fills path templates. An argument always stays one segment of the path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::encode::integer;
use crate::operation::{Location, Operation};

/// All characters except letters, digits and the four unreserved marks of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes an id as one segment of a path.
///
/// # Errors
/// The reason why it cannot be a segment.
pub(crate) fn segment(value: &Value) -> Result<String, String> {
    let id = match value {
        Value::Null => return Err("is required".into()),
        Value::String(string) => string.clone(),
        Value::Number(number) => integer(number).ok_or("expected an id (an integer or a string)")?.to_string(),
        _ => return Err("expected an id (a number or a string)".into()),
    };
    if id.trim().is_empty() {
        return Err("is empty".into());
    }
    // URL parsers resolve these as directories even if they are percent-encoded.
    if id == "." || id == ".." {
        return Err(format!("{id:?} is not a valid id"));
    }
    let mut encoded = String::with_capacity(id.len());
    append_segment(&mut encoded, &id);
    Ok(encoded)
}

/// Returns the path of an operation with these arguments. A parameter without a valid argument
/// stays, for errors.
pub(crate) fn path_of(operation: &Operation, arguments: &Map<String, Value>) -> String {
    let mut path = operation.path.to_owned();
    for parameter in operation.parameters.iter().filter(|parameter| parameter.location == Location::Path) {
        if let Some(Ok(segment)) = parameter.field.get(arguments).map(segment) {
            fill(&mut path, parameter.field.json_name, &segment);
        }
    }
    path
}

/// Replaces `{name}` in a path with a segment.
pub(crate) fn fill(path: &mut String, name: &str, segment: &str) {
    // The setup of a general search takes longer than the rest of encoding a request.
    let place = path.match_indices('{').find_map(|(start, _)| {
        let end = start + 1 + name.len();
        let is_it = path.get(start + 1..end) == Some(name) && path.as_bytes().get(end) == Some(&b'}');
        is_it.then_some(start..end + 1)
    });
    if let Some(place) = place {
        path.replace_range(place, segment);
    }
}

/// Appends a string, percent-encoded, to a path.
fn append_segment(path: &mut String, text: &str) {
    path.extend(utf8_percent_encode(text, SEGMENT));
}
