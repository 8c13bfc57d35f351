//! Writes responses with their fields in the documented order. `serde_json` sorts the fields of an
//! object by name. Its feature that keeps their order would apply to every crate of a program that
//! contains the sandbox.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::validation::{AGENT_FIELDS, action_fields};

/// The IDs of a record, then the fields of the envelope and of the largest records.
#[rustfmt::skip] // one line for each record
const FIRST: &[&str] = &[
    "id", "agentId", "agent_id", "actionType",
    "status", "error", "msg", "message", "errors", "field", "reason", "data", "agentNumMap", "workspaces",
    "user", "setting",
    "agent", "files", "totalCalls", "averageDuration",
    "number", "sid",
];

/// Fields that the tables of agents and actions do not contain.
#[rustfmt::skip]
const LAST: &[&str] = &[
    "label", "email",
    "size", "type",
    "direction", "outcome", "duration", "started_at", "ended_at", "recording_url", "transcript", "summary",
    "has_webhook_cors_origin", "webhook_cors_origin", "custom_fields", "actions",
    "created_at", "updated_at",
];

/// Position of each known field.
static POSITIONS: LazyLock<HashMap<&str, usize>> = LazyLock::new(|| {
    let tables = AGENT_FIELDS.iter().chain(action_fields()).map(|field| field.name);
    let mut positions = HashMap::new();
    for name in FIRST.iter().copied().chain(tables).chain(LAST.iter().copied()) {
        let next = positions.len();
        positions.entry(name).or_insert(next);
    }
    positions
});

/// Returns a response as JSON text. Fields that are not known follow the others, by name.
pub(crate) fn to_json(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(fields) => write_object(fields, out),
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        // Writing to memory does not fail.
        scalar => drop(serde_json::to_writer(out, scalar)),
    }
}

fn write_object(fields: &Map<String, Value>, out: &mut Vec<u8>) {
    let position = |name: &str| POSITIONS.get(name).copied().unwrap_or(usize::MAX);
    let mut fields: Vec<_> = fields.iter().map(|(name, value)| (position(name), name, value)).collect();
    // The sort is stable: unknown fields stay sorted by name.
    fields.sort_by_key(|(position, ..)| *position);
    out.push(b'{');
    for (index, (_, name, value)) in fields.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        drop(serde_json::to_writer(&mut *out, name));
        out.push(b':');
        write(value, out);
    }
    out.push(b'}');
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(value: &Value) -> String {
        String::from_utf8(to_json(value)).unwrap()
    }

    #[test]
    fn fields_have_the_documented_order() {
        let agent = json!({"name": "A", "zebra": 1, "apple": [{"b": 1, "id": 2}], "workspaceId": 1, "id": 7, "updated_at": null});
        let expected = r#"{"status":true,"data":{"id":7,"workspaceId":1,"name":"A","updated_at":null,"apple":[{"id":2,"b":1}],"zebra":1}}"#;
        assert_eq!(text(&json!({"data": agent, "status": true})), expected);
    }

    #[test]
    fn the_text_is_the_same_value() {
        let value = json!({"a\"\n\u{1f600}": ["\u{7}", 1.5, -3, u64::MAX, true, null, {}, []], "": {"x": {}}});
        assert_eq!(serde_json::from_slice::<Value>(&to_json(&value)).unwrap(), value);
    }
}
