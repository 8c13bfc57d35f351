//! The eight action payloads of endpoints 14 and 15, each with its table from the documentation.
//! `actionType` selects the table. Only creation sends `agentId`.

use serde_json::{Map, Value};

use super::field::{optional, required, validate_object};
use super::{Field, Kind};
use crate::errors::FieldErrors;

const SEND_EMAIL: &[Field] = &[
    required("name", Kind::String),
    required("instruction", Kind::String),
    required("content", Kind::String),
    required("subject", Kind::String),
];

const CALL_FORWARDING: &[Field] = &[
    required("name", Kind::String),
    required("instruction", Kind::String),
    required("forwardNumber", Kind::PhoneNumber),
];

const SMS: &[Field] =
    &[required("name", Kind::String), required("instruction", Kind::String), required("content", Kind::String)];

const WEBHOOK: &[Field] =
    &[required("name", Kind::String), required("webhook_url", Kind::HttpUrl), required("fields", Kind::JsonPairs)];

const DATA_COLLECTION: &[Field] =
    &[required("name", Kind::String), required("instruction", Kind::String), required("collectField", Kind::String)];

const EMAIL_PUSH: &[Field] = &[
    required("name", Kind::String),
    required("target_email", Kind::EmailAddress),
    required("subject", Kind::String),
    required("fields", Kind::JsonPairs),
];

const GHL_CALENDAR: &[Field] = &[
    required("name", Kind::String),
    required("ghlCalendarId", Kind::String),
    required("calendarPeriod", Kind::String),
    required("instruction", Kind::String),
];

const GOOGLE_CALENDAR: &[Field] = &[
    required("name", Kind::String),
    required("google_title", Kind::String),
    optional("google_description", Kind::String),
    required("instruction", Kind::String),
    required("calendarPeriod", Kind::String),
    required("google_duration", Kind::String),
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

/// The operation of an action payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Create,
    Update,
}

/// Checks an action payload against the table of its `actionType`.
pub(crate) fn validate_action(payload: &Map<String, Value>, purpose: Purpose, errors: &mut FieldErrors) {
    match purpose {
        Purpose::Create => validate_object(&[required("agentId", Kind::Id)], payload, errors),
        Purpose::Update => {
            for name in ["agentId", "agent_id"] {
                if payload.contains_key(name) {
                    errors.add(name, "not allowed: the action's ID is in the path, and its agent cannot change");
                }
            }
            // A wrapper hides every field. Reporting it is clearer than reporting all missing
            // fields.
            if let Some(wrapper) =
                payload.iter().find(|(name, value)| value.is_object() && name.to_ascii_lowercase().ends_with("payload"))
            {
                errors.add(wrapper.0, "not allowed: the action is sent flat, without a wrapper");
                return;
            }
        }
    }
    validate_object(&[required("actionType", Kind::OneOf(ACTION_TYPES))], payload, errors);
    if let Some(table) = payload.get("actionType").and_then(Value::as_str).and_then(table_of) {
        validate_object(table, payload, errors);
    }
}

/// Returns the documented fields of all actions.
pub(crate) fn action_fields() -> impl Iterator<Item = &'static Field> {
    ACTION_TYPES.iter().filter_map(|action_type| table_of(action_type)).flatten()
}

fn table_of(action_type: &str) -> Option<&'static [Field]> {
    Some(match action_type {
        "sendEmail" => SEND_EMAIL,
        "callForwarding" => CALL_FORWARDING,
        "sms" => SMS,
        "webhook" => WEBHOOK,
        "dataCollection" => DATA_COLLECTION,
        "email_push" => EMAIL_PUSH,
        "ghl_calendar" => GHL_CALENDAR,
        "google_calendar" => GOOGLE_CALENDAR,
        _ => return None,
    })
}
