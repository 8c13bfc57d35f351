//! The arguments of a request: path, query and body in the names of the client's methods.
//! Assertions compare them, so that a test need not know wrappers and JSON in strings.

use serde_json::{Map, Value};

use super::received_request::ReceivedRequest;

/// The argument of `calls.start` for custom fields with the names of other arguments.
pub(crate) const CUSTOM_FIELDS: &str = "custom_fields";
/// The operation whose body has custom fields, under the names that users gave them.
const START: &str = "calls.start";

/// Returns true if an argument has a name of the documentation, and not one that a user gave it.
pub(crate) fn is_documented(operation: &str, name: &str) -> bool {
    operation != START || matches!(name, "agent_id" | "phone_number")
}

/// Returns the arguments of a request in snake case. Those of path and query win: a custom field
/// with the name of one of them is in `custom_fields`.
pub(crate) fn arguments_of(operation: &str, request: &ReceivedRequest) -> Map<String, Value> {
    let mut arguments = Map::new();
    for (name, value) in &request.path_parameters {
        let value = value.parse::<u64>().map_or_else(|_| value.as_str().into(), Value::from);
        arguments.insert(path_argument(operation, name).to_owned(), value);
    }
    for (name, value) in url::form_urlencoded::parse(request.query.as_bytes()) {
        let value = value.parse::<u64>().map_or_else(|_| value.into_owned().into(), Value::from);
        arguments.insert(name.into_owned(), value);
    }
    let Some(Value::Object(body)) = request.json() else {
        return arguments;
    };
    let mut hidden = Map::new();
    for (name, value) in unwrapped(operation, body) {
        let name = body_argument(operation, name);
        if arguments.contains_key(name) {
            hidden.insert(name.to_owned(), value.clone());
        } else {
            arguments.insert(name.to_owned(), decoded(name, value));
        }
    }
    if operation == START && !hidden.is_empty() {
        arguments.entry(CUSTOM_FIELDS).or_insert(Value::Object(hidden));
    }
    arguments
}

/// The payload of an endpoint, without the documented wrapper.
fn unwrapped<'a>(operation: &str, body: &'a Map<String, Value>) -> &'a Map<String, Value> {
    let wrapper = match operation {
        "agents.update" => "Payload",
        "actions.create" => "payload",
        "agents.set_cors_origins" | "custom_fields.create" | "custom_fields.update" | "user.reset_password" => "data",
        _ => return body,
    };
    body.get(wrapper).and_then(Value::as_object).unwrap_or(body)
}

fn path_argument<'a>(operation: &str, name: &'a str) -> &'a str {
    match (operation, name) {
        ("phone_numbers.list" | "workspaces.get", "id") | (_, "workspaceId") => "workspace_id",
        ("phone_numbers.list", "agentType") => "agent_type",
        ("knowledge.delete", "id") => "file_id",
        (_, "id" | "agentId") => "agent_id",
        (_, "actionId") => "action_id",
        (_, name) => name,
    }
}

fn body_argument<'a>(operation: &str, name: &'a str) -> &'a str {
    match (operation, name) {
        // Custom fields have the names that users gave them.
        (START, name) => name,
        ("custom_fields.update", "id") => "field_id",
        ("agents.set_cors_origins", "webhook_cors_origin") => "origins",
        ("agents.set_cors_origins", "has_webhook_cors_origin") => "enabled",
        (_, "oldPass") => "old_password",
        (_, "newPass") => "new_password",
        (_, "workspaceId") => "workspace_id",
        (_, "agentId") => "agent_id",
        (_, "actionType") => "action_type",
        (_, "forwardNumber") => "forward_number",
        (_, "collectField") => "collect_field",
        (_, "ghlCalendarId") => "ghl_calendar_id",
        (_, "calendarPeriod") => "calendar_period",
        (_, "callid") => "call_id",
        (_, name) => name,
    }
}

/// Decodes lists that the API sends as strings.
fn decoded(name: &str, value: &Value) -> Value {
    let list = match (name, value) {
        ("fields", Value::String(json)) => serde_json::from_str(json).ok(),
        ("blocked_phone_types", Value::String(list)) if list.is_empty() => Some(Value::Array(Vec::new())),
        ("blocked_phone_types", Value::String(list)) => {
            list.split(',').map(|part| part.trim().parse::<u64>().ok().map(Value::from)).collect::<Option<Value>>()
        }
        _ => None,
    };
    list.unwrap_or_else(|| value.clone())
}
