//! Records of responses that are passed back, such as `{ ...agent, tone: 'Warm' }`. A spread object
//! carries no mark, so its `id` is the sign: an object that a user writes has none.

use callfluent::CallFluent;
use callfluent::bindings::catalog;
use callfluent::bindings::operation::{Location, Operation, Parameter};
use callfluent::bindings::schema::{Kind, Naming, RecordType, is_misspelled};
use serde_json::{Map, Value};

/// Removes from a passed record what a request cannot have: its ID, nulls, and other fields of
/// responses. Returns its undocumented fields, which go back to the server unchanged. A misspelled
/// name stays, so that it is rejected.
pub(crate) fn move_undocumented(operation: &str, arguments: &mut Map<String, Value>) -> Map<String, Value> {
    let mut undocumented = Map::new();
    let Some((operation, parameter, received)) = catalog::find(operation).and_then(record_types) else {
        return undocumented;
    };
    let fields = match parameter.location {
        Location::Object => arguments.get_mut(parameter.field.name).and_then(Value::as_object_mut),
        _ => Some(arguments),
    };
    let Some(fields) = fields.filter(|fields| fields.contains_key("id")) else {
        return undocumented;
    };
    let names: Vec<_> = received.fields.iter().map(|field| (Naming::Camel.convert(field.name), field.name)).collect();
    for (name, value) in std::mem::take(fields) {
        let documented = names.iter().find(|(public, _)| *public == name).map(|(_, snake)| *snake);
        if value.is_null() {
            continue;
        }
        if is_argument(operation, parameter, documented.unwrap_or(&name)) {
            fields.insert(name, value);
        } else if documented.is_none() {
            let is_misspelled = is_misspelled(&name, names.iter().map(|(public, _)| public.as_ref()));
            let target = if is_misspelled { &mut *fields } else { &mut undocumented };
            target.insert(name, value);
        }
    }
    undocumented
}

/// Returns an operation with the parameter that takes a record, and the record type with an ID that
/// it returns.
fn record_types(
    operation: &'static Operation,
) -> Option<(&'static Operation, &'static Parameter, &'static RecordType)> {
    let takes_record = |parameter: &&Parameter| match (parameter.location, &parameter.field.kind) {
        (Location::Fields, Kind::Record(record)) => record.documented && record.field("id").is_none(),
        (Location::Object, Kind::Union(_)) => true,
        _ => false,
    };
    let parameter = operation.parameters.iter().find(takes_record)?;
    match &operation.output {
        Kind::Record(received) if received.field("id").is_some() => Some((operation, parameter, received)),
        _ => None,
    }
}

/// Returns whether a field is one of those that the parameter takes, or an argument beside it.
fn is_argument(operation: &Operation, parameter: &Parameter, name: &str) -> bool {
    match &parameter.field.kind {
        Kind::Record(record) => {
            record.field(name).is_some() || operation.parameters.iter().any(|other| other.field.name == name)
        }
        Kind::Union(union) => {
            union.tag.name == name || union.variants.iter().any(|variant| variant.record.field(name).is_some())
        }
        _ => false,
    }
}

/// Returns the client with more fields for the body. Fields of the request's `extraBody` stay.
pub(crate) fn with_extra_body(client: &CallFluent, mut fields: Map<String, Value>) -> CallFluent {
    client.with_options(|options| {
        fields.extend(options.extra_body_fields().cloned().unwrap_or_default());
        options.extra_body(fields)
    })
}
