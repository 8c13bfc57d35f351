//! The state of a phone call, from the JSON of its record: whether it has ended, and the text that
//! names the state. The API documents only `id` of a call, so the fields are recognized by name.

use crate::id::Id;
use crate::json::{Document, Json};
use crate::pagination::{hash, item_key};
use crate::shorten::first_characters;

/// Names of the field that has the status.
const STATUS_NAMES: [&str; 4] = ["status", "call_status", "callStatus", "CallStatus"];
/// Statuses of Twilio that are final.
const ENDED: [&str; 5] = ["completed", "busy", "no-answer", "failed", "canceled"];
/// Statuses of Twilio that are not final.
const ACTIVE: [&str; 5] = ["queued", "initiated", "ringing", "in-progress", "answered"];
/// Maximum number of characters of a status in a message.
const MAX_STATUS_CHARACTERS: usize = 40;

/// The state of a phone call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallState {
    pub(crate) id: Id,
    /// Identifies the call: by its id, or by its content if it has none.
    pub(crate) key: u64,
    /// Hash of the record.
    pub(crate) content: u64,
    pub(crate) has_ended: bool,
    /// Status or duration, for messages; `None` if the record has neither.
    pub(crate) text: Option<String>,
}

impl CallState {
    /// Returns the state that a record has, from its JSON.
    pub(crate) fn of(id: Id, record: &str) -> Self {
        let key = item_key(id.given(), || record);
        let mut state = Self { id, key, content: hash(record), has_ended: false, text: None };
        if let Ok(document) = Document::parse(record.as_bytes()) {
            (state.has_ended, state.text) = judge(document.root());
        }
        state
    }
}

/// Returns whether a phone call has ended, and the text of its state. A status of Twilio decides.
/// Without one, a positive duration means that the call has ended.
fn judge(record: Json<'_>) -> (bool, Option<String>) {
    let mut status = None;
    let mut duration: Option<(String, f64)> = None;
    for entry in record.entries().into_iter().flatten() {
        let name = entry.key();
        if STATUS_NAMES.contains(&&*name) {
            status = entry.raw.as_string().or(status);
        } else if name.to_ascii_lowercase().contains("duration")
            && let Some(value) = seconds(entry.raw)
            && duration.as_ref().is_none_or(|(_, known)| value > *known)
        {
            duration = Some((name.into_owned(), value));
        }
    }
    let is_positive = duration.as_ref().is_some_and(|(_, seconds)| *seconds > 0.0);
    let Some(status) = status else {
        return (is_positive, duration.map(|(name, seconds)| format!("its {name} is {seconds}")));
    };
    let text = format!("its status is {:?}", first_characters(&status, MAX_STATUS_CHARACTERS));
    let normalized = normalized(&status);
    let has_ended = if ENDED.contains(&&*normalized) {
        true
    } else if ACTIVE.contains(&&*normalized) {
        false
    } else {
        is_positive
    };
    (has_ended, Some(text))
}

/// Returns a status as Twilio writes it: `No Answer` and `no_answer` as `no-answer`.
fn normalized(status: &str) -> String {
    let status = status.trim().to_ascii_lowercase().replace([' ', '_'], "-");
    match &*status {
        "cancelled" => "canceled".to_owned(),
        "noanswer" => "no-answer".to_owned(),
        "inprogress" => "in-progress".to_owned(),
        _ => status,
    }
}

/// Returns a number, or a string that holds one.
fn seconds(json: Json<'_>) -> Option<f64> {
    let number = match json.first() {
        b'"' => json.as_string()?.trim().parse(),
        _ => json.get().parse(),
    };
    number.ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_ended(record: &str) -> bool {
        CallState::of(Id::from(1), record).has_ended
    }

    #[test]
    fn a_known_status_decides() {
        for status in ["completed", "busy", "no-answer", "failed", "canceled", "Completed", "no_answer", "cancelled"] {
            assert!(has_ended(&format!(r#"{{"status":"{status}","duration":0}}"#)), "{status}");
        }
        for status in ["queued", "initiated", "ringing", "in-progress", "In Progress"] {
            assert!(!has_ended(&format!(r#"{{"status":"{status}","duration":12}}"#)), "{status}");
        }
        assert!(has_ended(r#"{"call_status":"busy"}"#));
    }

    #[test]
    fn without_a_known_status_a_positive_duration_decides() {
        assert!(has_ended(r#"{"duration":3}"#));
        assert!(has_ended(r#"{"callDurationSeconds":"3.5"}"#));
        assert!(has_ended(r#"{"status":"archived","call_duration":1}"#));
        assert!(has_ended(r#"{"status":true,"duration":1}"#));
        assert!(!has_ended(r#"{"status":"archived","duration":0}"#));
        assert!(!has_ended(r#"{"duration":null,"duration_text":"long"}"#));
        assert!(!has_ended(r#"{"duration":-1,"talk":5}"#));
        assert!(!has_ended("[1]"));
    }

    #[test]
    fn the_text_names_the_status_or_the_duration() {
        let text = |record| CallState::of(Id::from(1), record).text;
        assert_eq!(text(r#"{"status":"ringing"}"#).as_deref(), Some("its status is \"ringing\""));
        assert_eq!(text(r#"{"duration":0}"#).as_deref(), Some("its duration is 0"));
        assert_eq!(text(r#"{"id":1}"#), None);
        let long = format!(r#"{{"status":"{}"}}"#, "x".repeat(500));
        assert_eq!(text(&long).map(|text| text.len()), Some(MAX_STATUS_CHARACTERS + "its status is \"\"".len()));
    }
}
