//! Names of fields in error messages: those that the caller wrote, or those of its language.

use serde_json::{Map, Value};

use super::naming::Naming;
use crate::errors::{FieldErrors, did_you_mean};
use crate::validation::{AGENT_FIELDS, agent_field, is_same_name};

/// Returns the errors with the names that the caller wrote. A field that the caller omitted has its
/// name in the caller's language.
pub(crate) fn in_given_names(errors: &FieldErrors, given: &Map<String, Value>, naming: Naming) -> FieldErrors {
    let mut named = FieldErrors::default();
    for error in errors {
        let written = given.keys().find(|name| **name == error.field);
        let written = written.or_else(|| given.keys().find(|name| is_same_name(name, &error.field)));
        named.add(written.cloned().unwrap_or_else(|| naming.of_field(&error.field)), error.reason.clone());
    }
    named
}

/// Returns the reason that rejects an unknown field. It suggests similar names, or lists all.
pub(crate) fn unknown_field<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, naming: Naming) -> String {
    let known: Vec<_> = known.into_iter().map(|name| naming.of_field(name)).collect();
    let suggestion = did_you_mean(name, known.iter().map(String::as_str));
    if known.is_empty() {
        "unknown field; known: none".to_owned()
    } else if suggestion.is_empty() {
        format!("unknown field; known: {}", known.join(", "))
    } else {
        format!("unknown field{suggestion}")
    }
}

/// Returns the documented names of fields of an agent, which may be in snake case or in camel case.
/// Errors have the name of the argument that has the names.
pub(crate) fn documented_agent_fields(
    argument: &str,
    names: &[String],
    naming: Naming,
) -> Result<Vec<String>, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut documented = Vec::new();
    for name in names {
        match agent_field(name) {
            Some(field) => documented.push(field.to_owned()),
            None => {
                let reason = unknown_field(name, AGENT_FIELDS.iter().map(|field| field.name), naming);
                errors.add(naming.apply(argument), format!("{name:?} is an {reason}"));
            }
        }
    }
    errors.into_result().map(|()| documented)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_the_name_that_the_caller_wrote() {
        let mut errors = FieldErrors::default();
        for name in ["workspaceId", "phone_number", "agent_type", "my_field"] {
            errors.add(name, "wrong");
        }
        let given = ["workspace_id", "phoneNumber", "my_field"].map(|name| (name.to_owned(), Value::Null));
        let named = in_given_names(&errors, &given.into_iter().collect(), Naming::CamelCase);
        assert_eq!(named.to_string(), "workspace_id: wrong; phoneNumber: wrong; agentType: wrong; my_field: wrong");
    }

    #[test]
    fn suggestions_have_the_names_of_the_language() {
        let known = ["workspaceId", "phone_number"];
        let of = |naming| unknown_field("phoneNumbr", known, naming);
        assert_eq!(of(Naming::CamelCase), "unknown field; did you mean `phoneNumber`?");
        assert_eq!(of(Naming::SnakeCase), "unknown field; did you mean `phone_number`?");
        assert_eq!(unknown_field("x", known, Naming::SnakeCase), "unknown field; known: workspace_id, phone_number");
    }
}
