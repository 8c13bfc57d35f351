//! The arguments of a patch: fields to change, fields to clear, and the reaction to dropped fields.

use serde_json::{Map, Value};

use super::result::SETTINGS;
use crate::client::{Invocation, RequestOptions};
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::id::Id;
use crate::models::AgentPatchParams;
use crate::operation::Operation;
use crate::request::{NULL_CHANGE, empty_text, encode_request, is_named, take_fields};
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
    pub(super) fn new(mut invocation: Invocation, options: &RequestOptions) -> Result<Self> {
        invocation.check()?;
        let operation = invocation.operation;
        let mut arguments = invocation.arguments;
        let invalid = encode_request(operation, arguments.clone(), Vec::new(), None, options.validate).err();
        let agent_id = operation.parameters.first().and_then(|parameter| parameter.field.take(&mut arguments));
        let mut take = |name: &str| PATCH_PARAMS.field(name).and_then(|field| field.take(&mut arguments));
        let (clear, allow_dropped) = (take("clear"), take("allow_dropped"));
        // From either naming to the names of the agent that is read.
        let mut changes = take_fields(SETTINGS, &mut arguments);
        changes.append(&mut arguments);
        let mut errors: Vec<_> = invalid.iter().flat_map(Error::field_errors).cloned().collect();
        let others = check_changes(&changes, options.validate).into_iter();
        let others: Vec<_> = others.filter(|other| errors.iter().all(|error| error.field != other.field)).collect();
        errors.extend(others);
        FieldErrors::new(operation.name, errors).into_result()?;
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

/// Returns the errors of changes to `null`, and of empty values of fields that the API requires,
/// which `clear` rejects too.
fn check_changes(changes: &Map<String, Value>, validate: bool) -> Vec<FieldError> {
    let position = |name: &str| SETTINGS.fields.iter().position(|field| field.name == name).unwrap_or(usize::MAX);
    let mut errors: Vec<FieldError> = Vec::new();
    for (name, value) in changes {
        let field = SETTINGS.field(name);
        if value.is_null() {
            let reason = format!("{NULL_CHANGE}; to remove the value, name the field in clear");
            errors.push(FieldError::new(name, reason));
        } else if validate && let Some(reason) = field.and_then(|field| empty_text(field, value)) {
            errors.push(FieldError::new(name, format!("{reason}; omit the field to keep its value")));
        }
    }
    errors.sort_by_key(|error| position(&error.field));
    errors
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
    FieldErrors::new(operation.name, errors).into_result()
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
