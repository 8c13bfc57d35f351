//! The outer form of a JSON body: an object, with or without the wrapper that the documentation prints.
//! The wrappers differ from endpoint to endpoint (`Payload`, `payload`, `data`), so a wrong one gets a reason of its own.

use serde_json::{Map, Value};

use super::Problems;
use super::field::same_letters;

/// The body as an object, or a problem.
pub(crate) fn object<'a>(body: Option<&'a Value>, problems: &mut Problems) -> Option<&'a Map<String, Value>> {
    match body {
        Some(Value::Object(object)) => Some(object),
        Some(_) => {
            problems.add("body", "must be a JSON object");
            None
        }
        // The reader of the body has said already why there is none.
        None => None,
    }
}

/// The object inside the wrapper, with a problem for each thing that stands beside it or in its place.
pub(crate) fn unwrap<'a>(
    body: Option<&'a Value>,
    wrapper: &str,
    problems: &mut Problems,
) -> Option<&'a Map<String, Value>> {
    let outer = object(body, problems)?;
    let inner = match outer.get(wrapper) {
        Some(Value::Object(inner)) => Some(inner),
        Some(_) => {
            problems.add(wrapper, "must be an object");
            None
        }
        None => {
            problems.add(wrapper, format!("required: the fields belong inside an object named `{wrapper}`"));
            None
        }
    };
    refuse_other_keys(outer, wrapper, problems);
    inner
}

/// A problem for each key that is not the only one documented.
pub(crate) fn refuse_other_keys(outer: &Map<String, Value>, only: &str, problems: &mut Problems) {
    for name in outer.keys().filter(|name| *name != only) {
        if same_letters(name, only) {
            problems.add(name, format!("unknown; the documented name is `{only}`, in this very spelling"));
        } else {
            problems.add(name, format!("unknown; only `{only}` is documented here"));
        }
    }
}
