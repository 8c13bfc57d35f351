//! Compares an agent after a patch with what was sent.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::decode::Record as _;
use crate::error::{Error, RequestTarget};
use crate::id::Id;
use crate::models::{Agent, AgentCreateParams, AgentPatchResult, DroppedField};
use crate::request::encode;
use crate::schema::{Field, Kind, Naming, RecordType};

/// The record that an update sends.
pub(super) const SETTINGS: &RecordType = &AgentCreateParams::RECORD_TYPE;

/// Returns the fields of an agent that an update sends, by public name.
pub(super) fn settings(agent: &Agent) -> Map<String, Value> {
    let mut fields = agent.to_public(Naming::Snake);
    fields.retain(|name, value| SETTINGS.field(name).is_some() && !value.is_null());
    fields
}

/// Returns whether an update had an effect: a value that it changes is the new one.
pub(super) fn is_applied(changes: &Map<String, Value>, before: &Agent, after: &Agent) -> bool {
    let (before, after) = (before.to_public(Naming::Snake), after.to_public(Naming::Snake));
    let has_value = |(name, sent): &(&String, &Value)| is_same(SETTINGS.field(name), sent, before.get(*name));
    let mut effective = changes.iter().filter(|change| !has_value(change)).peekable();
    // Without an effective change, the update changes nothing.
    effective.peek().is_none()
        || effective.any(|(name, sent)| is_kept(SETTINGS.field(name), sent, before.get(name), after.get(name)))
}

/// Returns the fields whose value differs from what was sent, and the fields that the update
/// removed.
pub(super) fn dropped_fields(
    payload: &Map<String, Value>,
    before: &Agent,
    after: &Agent,
    naming: Naming,
) -> Vec<DroppedField> {
    let (earlier, now) = (before.to_public(Naming::Snake), after.to_public(Naming::Snake));
    let mut dropped = Vec::new();
    for (name, sent) in payload {
        let kept = now.get(name);
        let field = SETTINGS.field(name);
        if !is_kept(field, sent, earlier.get(name), kept) {
            // An undocumented field has only one name.
            let name = field.map_or(Cow::Borrowed(name.as_str()), |field| naming.convert(field.name));
            dropped.push(DroppedField::new(&name, sent.clone(), kept.cloned()));
        }
    }
    for (name, value) in before.extra.iter() {
        if !payload.contains_key(&name) && !now.contains_key(&name) {
            dropped.push(DroppedField::new(&name, value, None));
        }
    }
    dropped
}

/// Returns whether the server stored a value. It may store an image under a URL of its own, so any
/// new one counts.
fn is_kept(field: Option<&Field>, sent: &Value, before: Option<&Value>, kept: Option<&Value>) -> bool {
    let is_image = field.is_some_and(|field| matches!(field.kind, Kind::Image));
    let is_new_image = is_image && !is_empty(sent) && kept != before && !kept.is_none_or(is_empty);
    is_new_image || is_same(field, sent, kept)
}

/// Compares two values of a field as they are encoded: `3` equals `3.0`, a comma-separated `"1,2"`
/// equals `[1, 2]`, and all values that stand for none are equal.
fn is_same(field: Option<&Field>, sent: &Value, kept: Option<&Value>) -> bool {
    if is_empty(sent) {
        return kept.is_none_or(is_empty);
    }
    let Some(kept) = kept else {
        return false;
    };
    let encoded = |value: &Value| field.map_or_else(|| value.clone(), |field| encode(field, value.clone()));
    let (sent, kept) = (encoded(sent), encoded(kept));
    match (sent.as_f64(), kept.as_f64()) {
        (Some(sent), Some(kept)) => sent.to_bits() == kept.to_bits(),
        _ => sent == kept,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// Returns the error for a result with dropped fields. It names them and has the result.
pub(super) fn dropped_fields_error(
    target: RequestTarget,
    result: AgentPatchResult,
    agent_id: &Id,
    naming: Naming,
) -> Error {
    let names: Vec<_> = result.dropped.iter().filter_map(|dropped| dropped.field.as_deref()).collect();
    let message = format!(
        "agent {agent_id} was updated, but the server did not keep these fields as sent: {}; to get the result instead of \
         this error, set {}",
        names.join(", "),
        naming.convert("allow_dropped"),
    );
    let mut context = target.context(message);
    context.result = Some(Box::new(result));
    Error::DroppedFields(context)
}

impl Error {
    /// Returns the result of a patch whose values the server did not all keep: the agent, and the
    /// dropped fields. `None` for any other error.
    pub fn patch_result(&self) -> Option<&AgentPatchResult> {
        self.context()?.result.as_deref()?.downcast_ref()
    }
}
