//! Agents and calls that a test adds directly, without requests to the API.
//! They do not count as requests: the journal and the clock stay unchanged.

use serde_json::{Map, Value, json};

use crate::field_error::FieldErrors;
use crate::given_names::{in_given_names, unknown_field};
use crate::operation::Naming;
use crate::ordered_json::Written;
use crate::routes::agents::{validate_phone_number, workspace_of};
use crate::state::{Account, Agent, Call, CallPlan, CallScript, CallStatus};
use crate::validation::{
    AGENT_FIELDS, Field, Kind, decode_id, optional, required, validate_agent, validate_values, with_documented_names,
};

const CALL_FIELDS: &[Field] = &[
    required("agent_id", Kind::Id),
    optional("phone_number", Kind::PhoneNumber),
    optional("direction", Kind::OneOf(&["outbound", "inbound"])),
    optional("status", Kind::OneOf(&["ringing", "in-progress", "completed", "no-answer", "busy", "failed"])),
    optional("outcome", Kind::String),
    optional("duration", Kind::Id),
    optional("transcript", Kind::String),
    optional("summary", Kind::String),
];
const CUSTOM_FIELDS: &str = "custom_fields";
const DEFAULT_PHONE_NUMBER: &str = "+14155550123";
/// Duration of a completed call in seconds.
const DEFAULT_DURATION: u64 = 60;

/// Adds an agent and returns it as the API does.
///
/// Without overrides it is an inbound agent of workspace 1. Names may be in snake case or in camel
/// case; null removes a field. An outbound agent without a number gets an unused one.
pub(crate) fn add_agent(
    account: &mut Account,
    overrides: &Map<String, Value>,
    naming: Naming,
) -> Result<Value, FieldErrors> {
    create_agent(account, overrides, naming).map_err(|errors| in_given_names(&errors, overrides, naming))
}

fn create_agent(account: &mut Account, overrides: &Map<String, Value>, naming: Naming) -> Result<Value, FieldErrors> {
    let known = || AGENT_FIELDS.iter().map(|field| field.name);
    let mut errors = FieldErrors::default();
    let mut payload = default_agent();
    for (name, value) in with_documented_names(overrides, &known()) {
        if !known().any(|known| known == name) {
            errors.add(&name, unknown_field(&name, known(), naming));
        }
        if value.is_null() {
            payload.remove(&name);
        } else {
            payload.insert(name, value);
        }
    }
    let workspace_id = workspace_of(&payload);
    if payload.get("format").and_then(Value::as_str) == Some("outbound")
        && !payload.contains_key("phone_number")
        && let Some(number) = account.unused_number(workspace_id)
    {
        payload.insert("phone_number".to_owned(), number.into());
    }
    validate_agent(&payload, &mut errors);
    validate_phone_number(account, &payload, None, &mut errors);
    if errors.is_empty() && !account.workspaces.iter().any(|workspace| workspace.id == workspace_id) {
        errors.add("workspaceId", format!("unknown workspace {workspace_id}"));
    }
    errors.into_result()?;
    let agent = Agent::new(account.next_agent_id(), &payload, account.now);
    let json = agent.to_json(account.settings.response_fields);
    account.agents.insert(agent.id, agent);
    Ok(json)
}

/// Adds a call and returns it as the API does. It becomes the newest call of its agent.
///
/// Without overrides it is a completed call of one minute. A call in progress has no duration.
/// Names may be in snake case or in camel case.
pub(crate) fn add_call(
    account: &mut Account,
    overrides: &Map<String, Value>,
    naming: Naming,
) -> Result<Value, FieldErrors> {
    create_call(account, overrides, naming).map_err(|errors| in_given_names(&errors, overrides, naming))
}

fn create_call(account: &mut Account, overrides: &Map<String, Value>, naming: Naming) -> Result<Value, FieldErrors> {
    let mut errors = FieldErrors::default();
    let known = || CALL_FIELDS.iter().map(|field| field.name).chain([CUSTOM_FIELDS]);
    let overrides = with_documented_names(overrides, &known());
    validate_values(CALL_FIELDS, &overrides, &mut errors);
    for name in overrides.keys().filter(|name| !known().any(|known| known == *name)) {
        errors.add(name, unknown_field(name, known(), naming));
    }
    let custom_fields = match overrides.get(CUSTOM_FIELDS) {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(fields)) => fields.clone(),
        Some(_) => {
            errors.add(CUSTOM_FIELDS, "must be an object");
            Map::new()
        }
    };
    let string = |name: &str| overrides.get(name).and_then(Value::as_str).map(str::to_owned);
    let status = CallStatus::ALL.into_iter().find(|status| Some(status.name()) == string("status").as_deref());
    let status = status.unwrap_or(CallStatus::Completed);
    let duration = overrides.get("duration").and_then(decode_id);
    if duration.is_some() && status.is_active() {
        errors.add("duration", "not allowed for a call in progress");
    }
    let agent_id = overrides.get("agent_id").and_then(decode_id).unwrap_or_default();
    if errors.is_empty() && !account.agents.contains(agent_id) {
        errors.add("agent_id", format!("unknown agent {agent_id}"));
    }
    errors.into_result()?;
    let default_duration = if status == CallStatus::Completed { DEFAULT_DURATION } else { 0 };
    let started_at = match status {
        active if active.is_active() => account.now,
        _ => account.now.saturating_sub(duration.unwrap_or(default_duration)),
    };
    let id = account.next_call_id();
    let call = Call {
        id,
        agent_id,
        phone_number: string("phone_number").unwrap_or_else(|| DEFAULT_PHONE_NUMBER.to_owned()),
        outbound: match string("direction") {
            Some(direction) => direction == "outbound",
            None => account.agents.get(agent_id).is_some_and(Agent::is_outbound),
        },
        status,
        outcome: string("outcome"),
        started_at,
        answered_at: (status != CallStatus::Ringing).then_some(started_at),
        ended_at: (!status.is_active()).then_some(account.now),
        transcript: string("transcript"),
        summary: string("summary"),
        recorded: false,
        custom_fields,
        plan: CallPlan::new(&CallScript::default(), id),
        written: Written::default(),
    };
    let json = call.to_json(account.settings.response_fields);
    account.calls.insert(call.id, call);
    Ok(json)
}

/// The required fields of an agent.
fn default_agent() -> Map<String, Value> {
    [
        ("workspaceId", json!(1)),
        ("format", json!("inbound")),
        ("timezone", json!("UTC+00:00")),
        ("name", json!("Test agent")),
        ("lang", json!("en")),
        ("voice", json!("alloy")),
        ("agent_type", json!("support")),
        ("background", json!("You are a support agent.")),
        ("goal", json!("Help callers")),
        ("tone", json!("Friendly")),
        ("instructions", json!("Be brief.")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
