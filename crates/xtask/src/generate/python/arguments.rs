//! The arguments of a Python method: their order, and which go by position.

use callfluent::bindings::operation::{Location, Operation};
use callfluent::bindings::schema::{Field, Kind, Presence, RecordType};

use super::types::input_type;

/// The record whose fields are arguments of their own.
pub(super) fn fields_of(operation: &Operation) -> Option<&'static RecordType> {
    operation.parameters.iter().find_map(|parameter| match (parameter.location, &parameter.field.kind) {
        (Location::Fields, Kind::Record(record)) => Some(*record),
        _ => None,
    })
}

/// An argument of a Python method.
pub(super) struct Argument {
    pub(super) field: &'static Field,
    pub(super) keyword_only: bool,
    pub(super) is_query: bool,
}

impl Argument {
    pub(super) fn required(&self) -> bool {
        self.field.presence == Presence::Required
    }

    pub(super) fn kind(&self) -> String {
        let kind = input_type(self.field);
        if self.is_query && !self.required() { format!("{kind} | None") } else { kind }
    }
}

/// The arguments of an operation in their order in Python.
pub(super) fn arguments(operation: &'static Operation) -> Vec<Argument> {
    let mut arguments = Vec::new();
    for parameter in operation.parameters {
        let field = &parameter.field;
        match (parameter.location, &field.kind) {
            (Location::Fields, Kind::Record(shape)) => {
                // Fields of a large record are passed by name.
                let keyword_only = shape.fields.iter().any(|field| field.presence != Presence::Required);
                arguments.extend(shape.fields.iter().map(|field| Argument { field, keyword_only, is_query: false }));
            }
            _ => arguments.push(Argument {
                field,
                keyword_only: matches!(field.kind, Kind::Boolean),
                is_query: parameter.location == Location::Query,
            }),
        }
    }
    arguments.sort_by_key(|argument| (argument.keyword_only, !argument.required()));
    arguments
}
