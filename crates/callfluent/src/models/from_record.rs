//! Converts what was read into what is sent: an agent or an action of a response into arguments.

use super::action::{Action, ActionRecord};
use super::agent::{Agent, AgentCreateParams};
use super::from_row::FromFields;
use crate::decode::{Extra, Record};
use crate::error::{Error, FieldErrors, Result};
use crate::request::{missing_fields, to_arguments};
use crate::schema::{RecordType, Union};

/// Fields of an agent to send, e.g. to copy the agent or to update it.
///
/// The undocumented fields of the agent are in [`extra`](AgentCreateParams::extra). Its ID is not
/// part of the arguments.
///
/// # Errors
/// [`Error::InvalidRequest`] with all required fields that the agent does not have.
///
/// # Example
/// ```no_run
/// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
/// use callfluent::AgentCreateParams;
///
/// let agent = client.agents().get(1002).await?.agent;
/// let mut copy = AgentCreateParams::try_from(&agent)?;
/// copy.name = Some("Copy".into());
/// client.agents().create(&copy).await?;
/// # Ok(()) }
/// ```
impl TryFrom<&Agent> for AgentCreateParams {
    type Error = Error;

    fn try_from(agent: &Agent) -> Result<Self> {
        let params: Self = converted(agent, "AgentCreateParams")?;
        check("AgentCreateParams", &Self::RECORD_TYPE, &params)?;
        Ok(params)
    }
}

/// An action to send, e.g. to add it to another agent.
///
/// # Errors
/// [`Error::InvalidRequest`] with all required fields that the record does not have.
///
/// # Example
/// ```no_run
/// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
/// use callfluent::{Action, SendSms};
///
/// let sms = SendSms::builder().name("Address").instruction("When asked").content("1 Main Street").build();
/// let record = client.actions().create(1001, sms).await?;
/// client.actions().create(1002, Action::try_from(&record)?).await?;
/// # Ok(()) }
/// ```
impl TryFrom<&ActionRecord> for Action {
    type Error = Error;

    fn try_from(record: &ActionRecord) -> Result<Self> {
        let action: Self = converted(record, "Action")?;
        let union: &Union = &Self::UNION;
        if let Some(variant) = union.variant(action.action_type().as_str()) {
            check("Action", variant.record, &action)?;
        }
        Ok(action)
    }
}

/// Reads the arguments from the JSON of the record.
fn converted<R: Record, T: FromFields>(record: &R, name: &str) -> Result<T> {
    let invalid = |reason: String| Error::invalid(name, "record", reason);
    let json = serde_json::to_string(record).map_err(|error| invalid(error.to_string()))?;
    let all = Extra::from_json(json);
    let all = all.entries();
    let mut fields = Extra::new();
    for (name, json) in &all {
        // The server writes null for what it does not have, and may write a field under two names.
        if *json != "null" && !is_second_name(R::RECORD_TYPE, name, &all) {
            fields.push(name, json);
        }
    }
    T::from_fields(&fields).map_err(invalid)
}

/// Returns whether a field of a response is a documented one under another name, and that one is
/// there, too.
fn is_second_name(record: &RecordType, name: &str, all: &[(String, &str)]) -> bool {
    let field = record.fields.iter().find(|field| field.is_given_as(name) && field.json_name != name);
    field.is_some_and(|field| all.iter().any(|(name, _)| name == field.json_name))
}

fn check(name: &str, record: &RecordType, arguments: &impl serde::Serialize) -> Result<()> {
    // A field that cannot be sent is reported by the request, unless the program removes it before.
    let (fields, _) = to_arguments(arguments);
    let missing = missing_fields(record, &fields);
    FieldErrors::new(name, missing).into_result()
}
