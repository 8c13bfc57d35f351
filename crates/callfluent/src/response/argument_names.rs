//! Names of fields in errors of the server, as the arguments of the caller: the server reports
//! `Payload.agentType` or `fields.0.value`, the caller passed `agent_type` and `fields[0].value`.

use std::fmt::Write as _;

use crate::error::ErrorContext;
use crate::operation::{Location, Operation};
use crate::schema::{Field, Kind, Naming};

/// Renames the fields in an error response of an operation.
pub(super) fn rename_fields(context: &mut ErrorContext, operation: &Operation, naming: Naming) {
    let names = server_names(operation, naming);
    for error in &mut context.field_errors {
        error.field = argument_path(operation, &error.field, naming);
        error.reason = with_argument_names(&error.reason, &names);
    }
    context.message = with_argument_names(&context.message, &names);
}

/// Returns the path of the argument that the server names.
fn argument_path(operation: &Operation, path: &str, naming: Naming) -> String {
    // `fields[0].value` and `fields.0.value` are the same.
    let path = path.replace('[', ".").replace(']', "");
    let mut segments = path.split('.').filter(|segment| !segment.is_empty()).peekable();
    if operation.wrapper.is_some_and(|wrapper| segments.peek() == Some(&wrapper)) && path.contains('.') {
        segments.next();
    }
    let mut known = arguments(operation);
    let mut renamed = String::new();
    for segment in segments {
        if segment.bytes().all(|byte| byte.is_ascii_digit()) && !renamed.is_empty() {
            let _ = write!(renamed, "[{segment}]");
            continue;
        }
        if !renamed.is_empty() {
            renamed.push('.');
        }
        match known.iter().find(|field| field.has_name(segment) || field.public_name(Naming::Camel) == segment) {
            Some(field) => {
                renamed.push_str(field.public_name(naming));
                known = fields_of(&field.kind);
            }
            None => {
                renamed.push_str(segment);
                known = Vec::new();
            }
        }
    }
    renamed
}

/// Returns the arguments of an operation, with the fields that are arguments of their own.
fn arguments(operation: &Operation) -> Vec<&'static Field> {
    let mut fields = Vec::new();
    for parameter in operation.parameters {
        match parameter.location {
            Location::Fields | Location::Object => fields.extend(fields_of(&parameter.field.kind)),
            _ => fields.push(&parameter.field),
        }
    }
    fields
}

fn fields_of(kind: &Kind) -> Vec<&'static Field> {
    match kind {
        Kind::Record(record) => record.fields.iter().collect(),
        Kind::Union(union) => {
            let variants = union.variants.iter().flat_map(|variant| variant.record.fields);
            std::iter::once(union.tag).chain(variants).collect()
        }
        Kind::List(kind) => fields_of(kind),
        _ => Vec::new(),
    }
}

/// Returns the names in the API that differ from the names of the arguments, with those. A name
/// that can be a word of a sentence stays.
fn server_names(operation: &Operation, naming: Naming) -> Vec<(&'static str, &'static str)> {
    let is_word = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase());
    let names = arguments(operation).into_iter().map(|field| (field.json_name, field.public_name(naming)));
    names.filter(|(json_name, name)| json_name != name && !is_word(json_name)).collect()
}

/// Replaces names in a sentence of the server.
fn with_argument_names(text: &str, names: &[(&str, &str)]) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let name = names.iter().find(|(json_name, _)| *json_name == word);
        replaced.push_str(name.map_or(word, |(_, name)| name));
        let next = after.find(is_part).unwrap_or(after.len());
        let (between, after) = after.split_at(next);
        replaced.push_str(between);
        rest = after;
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_as_whole_words_only() {
        let names = [("agentId", "agent_id")];
        let replaced = with_argument_names("The agentId field (agentId) is not \"agentIds\".", &names);
        assert_eq!(replaced, "The agent_id field (agent_id) is not \"agentIds\".");
        assert_eq!(with_argument_names("", &names), "");
        assert_eq!(with_argument_names("…agentId", &names), "…agent_id");
    }
}
