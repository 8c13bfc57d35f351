//! The arguments of a patch: fields to change, fields to clear, and the reaction to dropped fields.

use serde_json::{Map, Value};

use super::patch_result::SETTINGS;
use crate::client::{Invocation, RequestOptions};
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::id::Id;
use crate::models::AgentPatchParams;
use crate::operation::Operation;
use crate::request::{NULL_CHANGE, encode_request, is_named, take_fields};
use crate::schema::{Field, Kind, Naming, Presence, RecordType, similar};

const PATCH_PARAMS: &RecordType = &AgentPatchParams::RECORD_TYPE;

pub(super) struct PatchArguments {
    pub(super) agent_id: Id,
    /// New values by public name. The value of a cleared field is empty.
    pub(super) changes: Map<String, Value>,
    pub(super) allow_dropped: bool,
}

impl PatchArguments {
    /// Takes and validates the arguments, before anything is read.
    pub(super) fn new(invocation: Invocation, options: &RequestOptions) -> Result<Self> {
        let operation = invocation.operation;
        let mut arguments = invocation.arguments;
        encode_request(operation, arguments.clone(), Vec::new(), None, options.validate)?;
        let agent_id = operation.parameters.first().and_then(|parameter| parameter.field.take(&mut arguments));
        let mut take = |name: &str| PATCH_PARAMS.field(name).and_then(|field| field.take(&mut arguments));
        let (clear, allow_dropped) = (take("clear"), take("allow_dropped"));
        // From either naming to the names of the agent that is read.
        let mut changes = take_fields(SETTINGS, &mut arguments);
        changes.append(&mut arguments);
        check_changes(operation, &changes)?;
        add_cleared(operation, clear, &mut changes, options.naming)?;
        if changes.is_empty() {
            return Err(Error::invalid(operation.name, "changes", "pass at least one field to change"));
        }
        Ok(Self {
            agent_id: agent_id.map(serde_json::from_value).and_then(Result::ok).unwrap_or_default(),
            changes,
            allow_dropped: allow_dropped.is_some_and(|allow| allow == Value::Bool(true)),
        })
    }
}

/// Rejects changes to `null`.
fn check_changes(operation: &Operation, changes: &Map<String, Value>) -> Result<()> {
    let mut nulls: Vec<_> = changes.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name).collect();
    nulls.sort_by_key(|name| SETTINGS.fields.iter().position(|field| field.name == **name).unwrap_or(usize::MAX));
    if nulls.is_empty() {
        return Ok(());
    }
    let reason = format!("{NULL_CHANGE}; to remove the value, name the field in clear");
    let errors = nulls.into_iter().map(|name| FieldError::new(name, &*reason)).collect();
    Err(Error::InvalidRequest(FieldErrors::new(operation.name, errors)))
}

/// Adds an empty value for each field to clear.
fn add_cleared(
    operation: &Operation,
    clear: Option<Value>,
    changes: &mut Map<String, Value>,
    naming: Naming,
) -> Result<()> {
    let names: Vec<String> = match clear {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        // One name is a list of one.
        Some(Value::String(name)) => vec![name],
        _ => Vec::new(),
    };
    let mut errors = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let mut refuse = |reason: String| errors.push(FieldError::new(format!("clear[{index}]"), reason));
        let Some(field) = SETTINGS.fields.iter().find(|field| is_named(field, name)) else {
            refuse(unknown(name, naming));
            continue;
        };
        if field.presence == Presence::Required {
            refuse(format!("{name} is required by the API, so it cannot be cleared; pass its new value"));
        } else if changes.contains_key(field.name) {
            refuse(format!("{name} is changed and cleared; pass one of both"));
        } else {
            changes.insert(field.name.to_owned(), empty_value(field));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::InvalidRequest(FieldErrors::new(operation.name, errors))) }
}

fn unknown(name: &str, naming: Naming) -> String {
    let names: Vec<_> = SETTINGS.fields.iter().map(|field| field.public_name(naming)).collect();
    match similar(name, names).first() {
        Some(near) => format!("{name:?} is not a field of an agent; did you mean {near}?"),
        None => format!("{name:?} is not a field of an agent"),
    }
}

/// Returns the value that stands for none: an empty string if strings are documented.
fn empty_value(field: &Field) -> Value {
    match field.kind {
        Kind::String => Value::String(String::new()),
        _ => Value::Null,
    }
}
