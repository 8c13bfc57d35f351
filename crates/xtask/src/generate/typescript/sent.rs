//! The arguments of requests as the journal of the sandbox has them: JSON in the names of the
//! methods.

use callfluent::bindings::catalog;
use callfluent::bindings::operation::{Location, Operation};
use callfluent::bindings::schema::{Field, Kind, Naming};
use minijinja::{Value, context};

use super::signature::{camel, is_required};
use super::types::{Direction, type_of};

/// Operations that have another name in the journal: that of their endpoint.
const NAMES_OF_ENDPOINTS: [(&str, &str); 1] = [("knowledge.upload_only", "knowledge.upload")];

/// The view of `operations.ts`.
pub(super) fn view() -> Value {
    // An operation that sends several requests is in the journal under their names.
    let operations = catalog::operations().filter(|operation| !operation.composite);
    let mut operations: Vec<_> = operations.collect();
    operations.sort_by_key(|operation| operation.name);
    let operations = operations.into_iter().map(|operation| {
        let endpoint = NAMES_OF_ENDPOINTS.iter().find(|(name, _)| *name == operation.name);
        let name = endpoint.map_or(operation.name, |(_, endpoint)| *endpoint);
        context! { name => Naming::Camel.convert(name), arguments => arguments(operation) }
    });
    context! { operations => operations.collect::<Vec<_>>() }
}

/// The type of the arguments of an operation.
fn arguments(operation: &Operation) -> String {
    let mut members = Vec::new();
    let mut types = Vec::new();
    for parameter in operation.parameters.iter().filter(|parameter| !parameter.field.secret) {
        match (parameter.location, &parameter.field.kind) {
            // The files of a request are not arguments: the journal has them in `files`.
            (Location::Files, _) => {}
            (Location::Fields, Kind::Record(record)) if record.documented => {
                types.push(format!("Sent<models.{}>", record.name));
            }
            (Location::Fields, Kind::Record(record)) => {
                members.extend(record.fields.iter().map(member));
                members.push("[field: string]: unknown".to_owned());
            }
            (Location::Object, Kind::Union(union)) => types.push(format!("Sent<models.{}>", union.name)),
            _ => members.push(member(&parameter.field)),
        }
    }
    if !members.is_empty() || types.is_empty() {
        types.insert(0, if members.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", members.join("; ")) });
    }
    types.join(" & ")
}

fn member(field: &Field) -> String {
    format!("{}{}: {}", camel(field), if is_required(field) { "" } else { "?" }, sent_type(&field.kind))
}

fn sent_type(kind: &Kind) -> String {
    match kind {
        Kind::Enumeration(enumeration) => format!("models.{}", enumeration.name),
        Kind::Record(record) => format!("models.{}", record.name),
        Kind::List(kind) => format!("{}[]", sent_type(kind)),
        kind => type_of(kind, Direction::Out),
    }
}
