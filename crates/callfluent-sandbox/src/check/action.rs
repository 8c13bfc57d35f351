//! The eight action payloads of endpoints 14 and 15, each with its table from the documentation.
//! `actionType` picks the table; `agentId` belongs to creation alone.

use serde_json::{Map, Value};

use super::field::{check_object, optional, required};
use super::{Field, Kind, Problems};

const SEND_EMAIL: &[Field] = &[
    required("name", Kind::Text),
    required("instruction", Kind::Text),
    required("content", Kind::Text),
    required("subject", Kind::Text),
];

const CALL_FORWARDING: &[Field] =
    &[required("name", Kind::Text), required("instruction", Kind::Text), required("forwardNumber", Kind::PhoneNumber)];

const TEXT_MESSAGE: &[Field] =
    &[required("name", Kind::Text), required("instruction", Kind::Text), required("content", Kind::Text)];

const WEBHOOK: &[Field] =
    &[required("name", Kind::Text), required("webhook_url", Kind::WebAddress), required("fields", Kind::JsonPairs)];

const DATA_COLLECTION: &[Field] =
    &[required("name", Kind::Text), required("instruction", Kind::Text), required("collectField", Kind::Text)];

const EMAIL_PUSH: &[Field] = &[
    required("name", Kind::Text),
    required("target_email", Kind::EmailAddress),
    required("subject", Kind::Text),
    required("fields", Kind::JsonPairs),
];

const GHL_CALENDAR: &[Field] = &[
    required("name", Kind::Text),
    required("ghlCalendarId", Kind::Text),
    required("calendarPeriod", Kind::Text),
    required("instruction", Kind::Text),
];

const GOOGLE_CALENDAR: &[Field] = &[
    required("name", Kind::Text),
    required("google_title", Kind::Text),
    optional("google_description", Kind::Text),
    required("instruction", Kind::Text),
    required("calendarPeriod", Kind::Text),
    required("google_duration", Kind::Text),
];

/// The documented values of `actionType`, in the documentation's order.
const ACTION_TYPES: &[&str] = &[
    "sendEmail",
    "callForwarding",
    "sms",
    "webhook",
    "dataCollection",
    "email_push",
    "ghl_calendar",
    "google_calendar",
];

/// What an action payload is sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Create,
    Update,
}

/// Checks an action payload against the table of its `actionType`.
pub(crate) fn check_action(payload: &Map<String, Value>, purpose: Purpose, problems: &mut Problems) {
    match purpose {
        Purpose::Create => check_object(&[required("agentId", Kind::Identifier)], payload, problems),
        Purpose::Update => {
            for name in ["agentId", "agent_id"] {
                if payload.contains_key(name) {
                    problems.add(name, "must not be there: an update names its action in the path and cannot move it");
                }
            }
            // A misplaced wrapper hides every field; naming it alone is clearer than naming all that is missing.
            if let Some(wrapper) =
                payload.iter().find(|(name, value)| value.is_object() && name.to_ascii_lowercase().ends_with("payload"))
            {
                problems.add(wrapper.0, "must not be there: the action is sent flat, without a wrapper");
                return;
            }
        }
    }
    check_object(&[required("actionType", Kind::OneOf(ACTION_TYPES))], payload, problems);
    if let Some(table) = payload.get("actionType").and_then(Value::as_str).and_then(table_of) {
        check_object(table, payload, problems);
    }
}

fn table_of(action_type: &str) -> Option<&'static [Field]> {
    Some(match action_type {
        "sendEmail" => SEND_EMAIL,
        "callForwarding" => CALL_FORWARDING,
        "sms" => TEXT_MESSAGE,
        "webhook" => WEBHOOK,
        "dataCollection" => DATA_COLLECTION,
        "email_push" => EMAIL_PUSH,
        "ghl_calendar" => GHL_CALENDAR,
        "google_calendar" => GOOGLE_CALENDAR,
        _ => return None,
    })
}
