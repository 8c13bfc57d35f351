//! The signature of a TypeScript method: which arguments stand alone, and which go by name in one
//! object.

use callfluent::bindings::operation::{Location, Operation, Parameter};
use callfluent::bindings::schema::{Field, Kind, Naming, Presence};
use minijinja::{Value, context};

use super::super::text::pascal_case;
use super::types::{Direction, type_of};

pub(super) fn camel(field: &Field) -> String {
    Naming::Camel.convert(field.name).into_owned()
}

pub(super) fn is_required(field: &Field) -> bool {
    field.presence == Presence::Required
}

/// The field that an error names if the fields are not given by name: `name` if there is one, or
/// the first.
pub(super) fn first_field(kind: &Kind) -> String {
    let Kind::Record(shape) = kind else { return String::new() };
    let field = shape.fields.iter().find(|field| field.name == "name").or(shape.fields.first());
    field.map(camel).unwrap_or_default()
}

type Parameters = Vec<&'static Parameter>;

/// The arguments of an operation as TypeScript passes them.
pub(super) struct Signature {
    operation: &'static Operation,
    /// Arguments of their own.
    pub(super) own: Parameters,
    /// Fields that go by name in one object.
    pub(super) by_name: Parameters,
    /// The record whose fields are the arguments.
    pub(super) record: Option<&'static Parameter>,
}

impl Signature {
    pub(super) fn of(operation: &'static Operation) -> Self {
        let stands_alone = |parameter: &Parameter| match parameter.location {
            Location::Path | Location::Files | Location::Object => true,
            Location::Body => matches!(parameter.field.kind, Kind::Id | Kind::StringId | Kind::List(_)),
            _ => false,
        };
        let (mut own, rest): (Parameters, Parameters) =
            operation.parameters.iter().partition(|parameter| stands_alone(parameter));
        let (records, mut by_name): (Parameters, Parameters) =
            rest.into_iter().partition(|parameter| parameter.location == Location::Fields);
        // A single field of a body needs no name.
        if let ([only], []) = (by_name.as_slice(), records.as_slice())
            && only.location == Location::Body
            && !own.iter().any(|parameter| parameter.location == Location::Body)
        {
            own.append(&mut by_name);
        }
        Self { operation, own, by_name, record: records.first().copied() }
    }

    /// The parameters of the method, without its options.
    pub(super) fn declared(&self) -> Vec<String> {
        let declare = |field: &Field| format!("{}: {}", camel(field), type_of(&field.kind, Direction::In));
        let mut declared: Vec<_> =
            self.own.iter().copied().chain(self.record).map(|parameter| declare(&parameter.field)).collect();
        if !self.by_name.is_empty() {
            let default = if self.by_name.iter().any(|parameter| is_required(&parameter.field)) { "" } else { " = {}" };
            declared.push(format!("params: {}{default}", self.params_type()));
        }
        declared
    }

    /// The parameters and the body's type if the body is a record of a response. Spread objects
    /// need their own overload: its undocumented fields would hide misspelled names in the other.
    pub(super) fn passed_record(&self) -> Option<Value> {
        let takes_record = |parameter: &&&Parameter| match (parameter.location, &parameter.field.kind) {
            (Location::Fields, Kind::Record(record)) => record.documented && record.field("id").is_none(),
            (Location::Object, Kind::Union(_)) => true,
            _ => false,
        };
        let parameter = self.own.iter().chain(&self.record).find(takes_record)?;
        let Kind::Record(received) = &self.operation.output else { return None };
        received.field("id")?;
        let name = camel(&parameter.field);
        let declared = format!("{name}: {}", type_of(&parameter.field.kind, Direction::In));
        let passed = format!("{name}: {}", received.name);
        let replace = |with: &str| -> Vec<String> {
            let parameters = self.declared().into_iter();
            parameters.map(|parameter| if parameter == declared { with.to_owned() } else { parameter }).collect()
        };
        let either = format!("{declared} | {}", received.name);
        Some(context! { name, parameters => replace(&passed), either => replace(&either) })
    }

    /// The object that the method passes on. The core's own names come last: additional fields of a
    /// record cannot replace them.
    pub(super) fn passed(&self) -> String {
        let mut members = Vec::new();
        if let Some(Parameter { field, .. }) = self.record {
            members.push(format!("...fields('{0}', '{1}', {0})", camel(field), first_field(&field.kind)));
        }
        if let Some(Parameter { field, .. }) = self.by_name.first() {
            members.push(format!("...fields('params', '{}', params)", camel(field)));
        }
        let others = self.own.iter().filter(|parameter| parameter.location != Location::Files);
        members.extend(others.map(|Parameter { field, .. }| format!("{}: {}", field.name, camel(field))));
        if members.is_empty() { "{}".into() } else { format!("{{ {} }}", members.join(", ")) }
    }

    /// The arguments of the method, taken from an object that holds all of them by name.
    pub(super) fn given(&self) -> Vec<String> {
        let own = |Parameter { location, field, .. }: &Parameter| {
            let default = if *location == Location::Files { " ?? []" } else { "" };
            format!("given.{}{default}", camel(field))
        };
        let mut given: Vec<_> = self.own.iter().map(|parameter| own(parameter)).collect();
        if self.record.is_some() || !self.by_name.is_empty() {
            let others: Vec<_> = self.own.iter().map(|parameter| format!(", '{}'", camel(&parameter.field))).collect();
            given.push(format!("without(given{})", others.concat()));
        }
        given
    }

    /// `CallListParams` for `calls.list`.
    pub(super) fn params_type(&self) -> String {
        let (resource, verb) = self.operation.resource_and_verb();
        let resource = pascal_case(resource);
        format!("{}{}Params", resource.strip_suffix('s').unwrap_or(&resource), pascal_case(verb))
    }
}
