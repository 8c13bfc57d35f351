//! Checks the custom fields of a phone call before it is started. The API accepts any name, so the
//! value of a misspelled field would be lost, and the agent would speak without it.

use serde_json::{Map, Value};

use crate::client::CallFluent;
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::id::Id;
use crate::operation::{Location, Operation};
use crate::request::encode_request;
use crate::schema::{Kind, similar};

/// Field of an agent with its custom fields. The API does not document it.
const REPORTED: [&str; 2] = ["custom_fields", "customFields"];

impl CallFluent {
    /// Checks that an agent has all custom fields among the arguments of an operation.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with each field that the agent does not have, or if the server
    /// does not report the agent's fields; otherwise the errors of `agents.get`.
    pub(crate) async fn check_custom_fields(
        &self,
        operation: &Operation,
        arguments: &Map<String, Value>,
    ) -> Result<()> {
        let options = self.options();
        // Errors of the arguments are reported before anything is read.
        encode_request(operation, arguments.clone(), Vec::new(), None, options.validate)?;
        let (mut agent_id, mut given) = (Id::default(), arguments.clone());
        for parameter in operation.parameters {
            match (parameter.location, &parameter.field.kind) {
                (Location::Fields, Kind::Record(record)) => {
                    for field in record.fields {
                        field.take(&mut given);
                    }
                }
                _ => {
                    let value = parameter.field.take(&mut given).map(serde_json::from_value);
                    agent_id = value.and_then(std::result::Result::ok).unwrap_or(agent_id);
                }
            }
        }
        if given.is_empty() {
            return Ok(());
        }
        let agent = self.agents().get(&agent_id).await?.agent;
        let reported = REPORTED.iter().find_map(|name| agent.extra.get::<Vec<Value>>(name));
        let Some(reported) = reported else {
            let likely_fields = options.naming.convert("likely_fields");
            let reason = format!(
                "the server does not report the custom fields of agent {agent_id}, so they cannot be checked; \
                 nothing was sent (a sandbox reports them with {likely_fields})"
            );
            return Err(Error::invalid(operation.name, "check_fields", reason));
        };
        let known: Vec<&str> = reported.iter().filter_map(name_of).collect();
        let unknown = given.keys().filter(|name| !known.contains(&name.as_str()));
        let errors: Vec<_> =
            unknown.map(|name| FieldError::of_given_name(name, reason(&agent_id, name, &known))).collect();
        FieldErrors::new(operation.name, errors).into_result()
    }
}

/// Returns the name of a custom field as an agent lists it.
fn name_of(field: &Value) -> Option<&str> {
    field.as_str().or_else(|| field.get("name").and_then(Value::as_str))
}

fn reason(agent_id: &Id, name: &str, known: &[&str]) -> String {
    let near = similar(name, known.iter().copied());
    let hint = match (near.is_empty(), known.is_empty()) {
        (false, _) => format!("did you mean {}?", near.join(" or ")),
        (true, false) => format!("it has {}", known.join(", ")),
        (true, true) => "it has none".to_owned(),
    };
    format!("agent {agent_id} has no custom field of this name; {hint}")
}
