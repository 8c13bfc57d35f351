//! Writes responses with their fields in the documented order. `serde_json` sorts the fields of an
//! object by name. Its feature that keeps their order would apply to every crate of a program that
//! contains the sandbox. A [`Content`] also avoids copies: a `Value` in a `Value` is copied whole.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock};

use serde_json::{Map, Value};

use crate::validation::{AGENT_FIELDS, action_fields};

/// The IDs of a record, then the fields of the envelope and of the largest records.
#[rustfmt::skip] // one line for each record
const FIRST: &[&str] = &[
    "id", "agentId", "agent_id", "actionType",
    "status", "error", "msg", "message", "errors", "field", "reason", "data", "agentNumMap", "workspaces",
    "user", "setting",
    "agent",
    "number", "sid",
];

/// Fields that the tables of agents and actions do not contain.
#[rustfmt::skip]
const LAST: &[&str] = &[
    "label", "email",
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

/// The body of a response, or a part of it.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// Fields of objects have the documented order. Fields that are not known follow, by name.
    Value(Value),
    /// JSON text of an object that has not changed since it was written.
    Text(Arc<str>),
    /// An object with its fields in this order.
    Fields(Vec<(&'static str, Content)>),
    List(Vec<Content>),
}

impl Content {
    /// Returns the content as JSON text.
    pub(crate) fn to_text(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    /// Returns the content as one value.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Value(value) => value,
            Self::Text(text) => serde_json::from_str(&text).unwrap_or_default(),
            Self::Fields(fields) => {
                fields.into_iter().map(|(name, content)| (name.to_owned(), content.into_value())).collect()
            }
            Self::List(items) => items.into_iter().map(Self::into_value).collect(),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Value(value) => write(value, out),
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
            Self::Fields(fields) => {
                write_items(*b"{}", fields, out, |(name, content), out| {
                    // The names are Rust strings without characters that need an escape.
                    out.push(b'"');
                    out.extend_from_slice(name.as_bytes());
                    out.extend_from_slice(b"\":");
                    content.write(out);
                });
            }
            Self::List(items) => write_items(*b"[]", items, out, Self::write),
        }
    }
}

/// The JSON text of an object, from the first time that it is written until the object changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written(OnceLock<Arc<str>>);

impl Written {
    /// Returns the text. The content must be the same until [`forget`](Self::forget).
    pub(crate) fn text(&self, content: impl FnOnce() -> Content) -> Content {
        let text = self.0.get_or_init(|| String::from_utf8_lossy(&content().to_text()).into());
        Content::Text(Arc::clone(text))
    }

    pub(crate) fn forget(&mut self) {
        self.0.take();
    }
}

impl From<Value> for Content {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl From<Map<String, Value>> for Content {
    fn from(fields: Map<String, Value>) -> Self {
        Self::Value(Value::Object(fields))
    }
}

impl FromIterator<Content> for Content {
    fn from_iter<T: IntoIterator<Item = Self>>(items: T) -> Self {
        Self::List(items.into_iter().collect())
    }
}

/// Returns a field of [`Content::Fields`].
pub(crate) fn field(name: &'static str, value: impl Into<Value>) -> (&'static str, Content) {
    (name, Content::Value(value.into()))
}

/// Writes items with commas between them, inside a pair of brackets.
fn write_items<T>(
    [open, close]: [u8; 2],
    items: impl IntoIterator<Item = T>,
    out: &mut Vec<u8>,
    write: impl Fn(T, &mut Vec<u8>),
) {
    out.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(close);
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(fields) => write_object(fields, out),
        Value::Array(items) => write_items(*b"[]", items, out, write),
        // Writing to memory does not fail.
        scalar => drop(serde_json::to_writer(out, scalar)),
    }
}

fn write_object(fields: &Map<String, Value>, out: &mut Vec<u8>) {
    let position = |name: &str| POSITIONS.get(name).copied().unwrap_or(usize::MAX);
    let mut fields: Vec<_> = fields.iter().map(|(name, value)| (position(name), name, value)).collect();
    // The sort is stable: unknown fields stay sorted by name.
    fields.sort_by_key(|(position, ..)| *position);
    write_items(*b"{}", fields, out, |(_, name, value), out| {
        drop(serde_json::to_writer(&mut *out, name));
        out.push(b':');
        write(value, out);
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(value: &Value) -> String {
        String::from_utf8(Content::from(value.clone()).to_text()).unwrap()
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
        assert_eq!(serde_json::from_str::<Value>(&text(&value)).unwrap(), value);
    }

    #[test]
    fn parts_are_written_in_their_order_and_as_values() {
        let parts = vec![Content::Text("{\"b\":1,\"a\":[2]}".into()), Content::Fields(vec![field("name", "A")])];
        let content = Content::Fields(vec![field("zebra", true), ("list", Content::List(parts)), field("id", 7)]);
        let expected = r#"{"zebra":true,"list":[{"b":1,"a":[2]},{"name":"A"}],"id":7}"#;
        assert_eq!(String::from_utf8(content.to_text()).unwrap(), expected);
        assert_eq!(content.into_value(), serde_json::from_str::<Value>(expected).unwrap());
    }
}
