//! Finds a created object in a response that lists all objects of the account or of an agent.

use serde_json::Value;

use crate::decode::{DecodeContext, DecodeScalar};
use crate::json::Json;

/// Returns the object with these values, or the response itself if it is not a list. Of several
/// objects, the new one has the greatest ID, or is the last one if IDs are not numbers. The only
/// object of a list needs no values.
pub(super) fn find_created<'a>(response: Json<'a>, values: &[(&'static str, Value)]) -> Option<Json<'a>> {
    if values.is_empty() || response.first() != b'[' {
        return Some(response);
    }
    let objects: Vec<_> = response.elements()?.filter(|object| object.first() == b'{').collect();
    if let [only] = objects.as_slice() {
        return Some(*only);
    }
    let is_created =
        |object: &Json<'a>| values.iter().all(|(name, value)| field(*object, name).as_deref() == value.as_str());
    let created: Vec<_> = objects.into_iter().filter(is_created).collect();
    let id = |object: &Json<'a>| field(*object, "id").and_then(|id| id.parse::<u64>().ok());
    if created.iter().all(|object| id(object).is_some()) {
        return created.into_iter().max_by_key(id);
    }
    created.last().copied()
}

/// Returns a field as a string.
fn field(object: Json<'_>, name: &str) -> Option<String> {
    let raw = object.entries()?.get(name)?;
    String::decode(raw, &mut DecodeContext::without_drift()).map(|decoded| decoded.value)
}
