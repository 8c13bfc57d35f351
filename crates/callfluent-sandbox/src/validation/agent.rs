//! The agent payload of endpoints 2 and 7: the documentation's table, row by row in its order.
//! Validation uses it, and updates use it to find the fields that they replace.

use serde_json::{Map, Value};

use super::field::{is_same_name, optional, required, required_for_outbound_agents, validate_object};
use super::{Field, Kind};
use crate::errors::FieldErrors;

/// Every documented field of an agent.
pub(crate) const AGENT_FIELDS: &[Field] = &[
    required("workspaceId", Kind::Id),
    required("format", Kind::OneOf(&["outbound", "inbound"])),
    required("timezone", Kind::UtcOffset),
    required("name", Kind::String),
    // The table has 'XX' in the column `required`; the example omits the field.
    optional("avatar", Kind::Avatar),
    required("lang", Kind::String),
    required("voice", Kind::String),
    required_for_outbound_agents("phone_number", Kind::PhoneNumber),
    optional("welcome_msg_flag", Kind::Boolean),
    optional("welcome_msg", Kind::String),
    optional("welcome_msg_delay", Kind::Number),
    optional("call_recording", Kind::Boolean),
    optional("blocked_phone_types", Kind::CommaList),
    optional("enable_voice_mail", Kind::Boolean),
    optional("voice_mail_mode", Kind::OneOrTwo),
    optional("voice_mail_text", Kind::String),
    optional("machine_detection_timeout", Kind::Number),
    optional("openai_model", Kind::String),
    optional("answer_creativity", Kind::NumberBetween(0.0, 10.0)),
    optional("context_max_tokens", Kind::Number),
    optional("speech_stop_sensitivity", Kind::NumberBetween(0.0, 10.0)),
    optional("answer_length", Kind::Number),
    optional("silence_message_delay", Kind::Number),
    optional("silence_end_call", Kind::Number),
    optional("utterance_detection", Kind::NumberFrom(500.0)),
    optional("transcribe_filler_words", Kind::Boolean),
    required("agent_type", Kind::String),
    required("background", Kind::String),
    required("goal", Kind::String),
    required("tone", Kind::String),
    required("instructions", Kind::String),
    optional("script_option", Kind::Boolean),
    optional("script", Kind::String),
    optional("background_sound", Kind::String),
];

/// Finds a documented field by its name in snake case or in camel case.
pub(crate) fn agent_field(name: &str) -> Option<&'static str> {
    AGENT_FIELDS.iter().map(|field| field.name).find(|documented| is_same_name(documented, name))
}

/// Checks an agent payload.
pub(crate) fn validate_agent(payload: &Map<String, Value>, errors: &mut FieldErrors) {
    validate_object(AGENT_FIELDS, payload, errors);
}

/// Checks the flat payload of endpoint 2. A wrapper is reported instead of all missing fields.
pub(crate) fn validate_flat_agent(payload: &Map<String, Value>, errors: &mut FieldErrors) {
    const WRAPPERS: [&str; 4] = ["payload", "agentpayload", "data", "agent"];
    let wrapper = payload
        .iter()
        .find(|(name, value)| value.is_object() && WRAPPERS.contains(&name.to_ascii_lowercase().as_str()));
    match wrapper {
        Some((name, _)) => errors.add(name, "not allowed: the agent payload is sent flat, without a wrapper"),
        None => validate_agent(payload, errors),
    }
}
