//! Names of custom fields, which may be any. One that is close to an argument or an option is
//! probably misspelled: it would be sent as a custom field, and the phone call would be spent.

use super::option_names::{reason_against, request_options};
use crate::error::FieldError;
use crate::operation::Operation;
use crate::schema::{Naming, is_close, is_same_word};

/// Argument that holds custom fields of a phone call, which may have any name.
pub(super) const CUSTOM_FIELDS: &str = "custom_fields";
/// Argument that asks for a check of the custom fields before the phone call is started.
pub(super) const CHECK_FIELDS: &str = "check_fields";

/// The names that a custom field must not be close to.
pub(super) struct CustomNames {
    /// Public names of the arguments.
    arguments: Vec<String>,
    operation: &'static str,
    naming: Naming,
}

impl CustomNames {
    pub(super) fn new(operation: &Operation, naming: Naming) -> Self {
        let fields = operation.arguments().into_iter();
        let names = fields.map(|field| field.name).chain([CUSTOM_FIELDS, CHECK_FIELDS]);
        Self {
            arguments: names.map(|name| naming.convert(name).into_owned()).collect(),
            operation: operation.name,
            naming,
        }
    }

    /// Returns the reason against a name among the arguments.
    pub(super) fn reason(&self, name: &str) -> Option<String> {
        let way = self.way();
        if [CUSTOM_FIELDS, CHECK_FIELDS].into_iter().any(|known| name == known || name == Naming::Camel.convert(known))
        {
            // Either naming is accepted.
            return None;
        }
        if let Some(reason) = reason_against(name, self.naming) {
            return Some(format!("{reason}; {way}"));
        }
        let options = || request_options(self.naming);
        // The option has this name in the other language.
        let headers = options().find(|option| is_same_word(name, "headers") && option.ends_with("headers"));
        let close_option = || options().find(|known| is_close(name, known));
        let close_argument = || self.arguments().find(|known| is_close(name, known));
        let meant = headers.or_else(close_option).or_else(close_argument)?;
        Some(self.instead_of(meant))
    }

    /// Returns the reason against a name that is probably meant to be another one.
    pub(super) fn instead_of(&self, meant: &str) -> String {
        format!("did you mean {meant}? {}", self.way())
    }

    /// Returns the way to pass a custom field of any name.
    fn way(&self) -> String {
        format!("pass a custom field of this name in {}", self.naming.convert(CUSTOM_FIELDS))
    }

    /// Returns the error of a field that a program passes as a custom field by a method of its own,
    /// if it has the name of an argument or is close to one.
    pub(super) fn error_of_custom_field(&self, name: &str) -> Option<FieldError> {
        let near = self.arguments().find(|known| is_close(name, known) || name == *known)?;
        let help = if near == self.naming.convert(CUSTOM_FIELDS) {
            "pass each custom field under its own name".to_owned()
        } else if near == self.naming.convert(CHECK_FIELDS) {
            format!("{near} is a method of its own")
        } else if name == near {
            format!("{near} is an argument of {}", self.operation)
        } else {
            format!("did you mean {near}?")
        };
        let reason = format!("is not sent as a custom field: {help} (extra_body sends any field)");
        Some(FieldError::of_given_name(name, reason))
    }

    fn arguments(&self) -> impl Iterator<Item = &str> {
        self.arguments.iter().map(String::as_str)
    }
}

/// Returns the errors of custom fields with names that are close to arguments of the operation.
pub(crate) fn check_custom_names<'a>(
    operation: &Operation,
    names: impl IntoIterator<Item = &'a str>,
    naming: Naming,
) -> Vec<FieldError> {
    let known = CustomNames::new(operation, naming);
    names.into_iter().filter_map(|name| known.error_of_custom_field(name)).collect()
}
