//! The agent payload of endpoints 2 and 7: the documentation's table, written once, row by row in its order.
//! It drives the check, and tells the update which fields it replaces.

use serde_json::{Map, Value};

use super::field::{check_object, optional, required, required_of_outbound_agents};
use super::{Field, Kind, Problems};

/// Every documented field of an agent.
pub(crate) const AGENT_FIELDS: &[Field] = &[
    required("workspaceId", Kind::Identifier),
    required("format", Kind::OneOf(&["outbound", "inbound"])),
    required("timezone", Kind::Text),
    required("name", Kind::Text),
    // The table prints 'XX' for whether it is required, and the example goes without it.
    optional("avatar", Kind::Avatar),
    required("lang", Kind::Text),
    required("voice", Kind::Text),
    required_of_outbound_agents("phone_number", Kind::PhoneNumber),
    optional("welcome_msg_flag", Kind::Boolean),
    optional("welcome_msg", Kind::Text),
    optional("welcome_msg_delay", Kind::Number),
    optional("call_recording", Kind::Boolean),
    optional("blocked_phone_types", Kind::CommaList),
    optional("enable_voice_mail", Kind::Boolean),
    optional("voice_mail_mode", Kind::OneOrTwo),
    optional("voice_mail_text", Kind::Text),
    optional("machine_detection_timeout", Kind::Number),
    optional("openai_model", Kind::Text),
    optional("answer_creativity", Kind::NumberBetween(0.0, 10.0)),
    optional("context_max_tokens", Kind::Number),
    optional("speech_stop_sensitivity", Kind::NumberBetween(0.0, 10.0)),
    optional("answer_length", Kind::Number),
    optional("silence_message_delay", Kind::Number),
    optional("silence_end_call", Kind::Number),
    optional("utterance_detection", Kind::NumberFrom(500.0)),
    optional("transcribe_filler_words", Kind::Boolean),
    required("agent_type", Kind::Text),
    required("background", Kind::Text),
    required("goal", Kind::Text),
    required("tone", Kind::Text),
    required("instructions", Kind::Text),
    optional("script_option", Kind::Boolean),
    optional("script", Kind::Text),
    optional("background_sound", Kind::Text),
];

/// Checks an agent payload that stands where it belongs.
pub(crate) fn check_agent(payload: &Map<String, Value>, problems: &mut Problems) {
    check_object(AGENT_FIELDS, payload, problems);
}

/// Checks the flat payload of endpoint 2, and names a wrapper for what it is rather than listing all that is then missing.
pub(crate) fn check_flat_agent(payload: &Map<String, Value>, problems: &mut Problems) {
    const WRAPPERS: [&str; 4] = ["payload", "agentpayload", "data", "agent"];
    let wrapper = payload
        .iter()
        .find(|(name, value)| value.is_object() && WRAPPERS.contains(&name.to_ascii_lowercase().as_str()));
    match wrapper {
        Some((name, _)) => problems.add(name, "must not be there: the agent payload is sent flat, without a wrapper"),
        None => check_agent(payload, problems),
    }
}
