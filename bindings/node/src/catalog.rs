//! The catalog as JSON: operations, parameters, results and options. Tests compare the TypeScript
//! API with it.

use std::collections::BTreeMap;

use callfluent::bindings::ERROR_CLASSES;
use callfluent::bindings::catalog::{BULK_OPERATIONS, COMPOSITE_METHODS, RESOURCES};
use callfluent::bindings::operation::Operation;
use callfluent::bindings::options::{client_options, request_options};
use callfluent::bindings::schema::{Field, Kind, Naming, Presence, RecordType};
use napi_derive::napi;
use serde_json::{Map, Value, json};

/// Returns all operations, records, enumerations and options as JSON in camel case.
#[napi(catch_unwind)]
pub fn catalog() -> String {
    let mut types = Types::default();
    let operations: Vec<Value> =
        RESOURCES.iter().flat_map(|resource| resource.operations).map(|operation| types.operation(operation)).collect();
    let bulk: Vec<_> = BULK_OPERATIONS.iter().map(|operation| Naming::Camel.convert(operation.name)).collect();
    let composite: Vec<_> = COMPOSITE_METHODS.iter().map(|method| Naming::Camel.convert(method.name)).collect();
    json!({
        "operations": operations,
        "bulkOperations": bulk,
        "compositeMethods": composite,
        "errorClasses": ERROR_CLASSES.iter().map(|(_, class)| *class).collect::<Vec<_>>(),
        "requestOptions": request_options(Naming::Camel).collect::<Vec<_>>(),
        "clientOptions": client_options(Naming::Camel).collect::<Vec<_>>(),
        "records": types.records,
        "enumerations": types.enumerations,
    })
    .to_string()
}

/// Named types that were found so far.
#[derive(Default)]
struct Types {
    records: BTreeMap<&'static str, Value>,
    enumerations: BTreeMap<&'static str, Value>,
}

impl Types {
    fn operation(&mut self, operation: &Operation) -> Value {
        let (resource, verb) = operation.resource_and_verb();
        let parameters: Vec<Value> = operation
            .parameters
            .iter()
            .map(|parameter| {
                let mut described = self.field(&parameter.field);
                described.insert("location".into(), format!("{:?}", parameter.location).into());
                described.into()
            })
            .collect();
        json!({
            "name": operation.name,
            "resource": Naming::Camel.convert(resource),
            "verb": Naming::Camel.convert(verb),
            "method": operation.method.as_str(),
            "path": operation.path,
            "parameters": parameters,
            "output": self.kind(&operation.output),
        })
    }

    fn field(&mut self, field: &Field) -> Map<String, Value> {
        Map::from_iter([
            ("name".to_owned(), Naming::Camel.convert(field.name).into()),
            ("kind".to_owned(), self.kind(&field.kind).into()),
            ("required".to_owned(), (field.presence == Presence::Required).into()),
            ("documentation".to_owned(), field.documentation.trim().into()),
        ])
    }

    /// Returns the name of a kind, with its element kinds in angle brackets.
    fn kind(&mut self, kind: &Kind) -> String {
        match kind {
            Kind::List(inner) => format!("List<{}>", self.kind(inner)),
            Kind::Map(inner) => format!("Map<{}>", self.kind(inner)),
            Kind::Page(shape) => format!("Page<{}>", self.record(shape, Map::new())),
            Kind::Record(shape) => self.record(shape, Map::new()),
            Kind::Union(union) => {
                let tag = Naming::Camel.convert(union.tag.name);
                let names: Vec<_> = union
                    .variants
                    .iter()
                    .map(|variant| self.record(variant.record, Map::from_iter([(tag.to_string(), variant.tag.into())])))
                    .collect();
                names.join(" | ")
            }
            Kind::Enumeration(enumeration) => {
                let values: Vec<_> = enumeration.values.iter().map(|value| value.value).collect();
                self.enumerations.insert(enumeration.name, json!(values));
                enumeration.name.to_owned()
            }
            simple => format!("{simple:?}"),
        }
    }

    fn record(&mut self, shape: &RecordType, tag: Map<String, Value>) -> String {
        if !self.records.contains_key(shape.name) {
            let fields: Vec<_> = shape.fields.iter().map(|field| self.field(field)).collect();
            self.records.insert(shape.name, json!({ "fields": fields, "tag": tag }));
        }
        shape.name.to_owned()
    }
}
