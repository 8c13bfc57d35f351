//! The records and actions of the Python package: code, and stubs that have every field as an
//! attribute.

use std::collections::{BTreeMap, BTreeSet};

use callfluent::bindings::catalog::RESOURCES;
use callfluent::bindings::operation::Location;
use callfluent::bindings::schema::{Enumeration, Field, Kind, Presence, RecordType, Union, Variant};
use minijinja::{Value, context};

use super::super::text::{Language, paragraphs, render};
use super::field_text;
use super::types::{input_type, is_record_of, output_type};

/// The view of `models.py` and `models.pyi`.
pub(super) fn view() -> Result<Value, String> {
    let reached = Reached::all();
    let mut names: Vec<&str> = reached.shapes.keys().chain(reached.enumerations.keys()).copied().collect();
    for union in reached.unions.values() {
        names.push(union.name);
        names.extend(union.variants.iter().map(|variant| variant.record.name));
    }
    names.sort_unstable();
    let enumerations = reached.enumerations.values().map(|enumeration| {
        let values: Vec<_> = enumeration.values.iter().map(|value| value.value).collect();
        Ok(context! { name => enumeration.name, values, text => text(enumeration.documentation)?.join(" ") })
    });
    let actions = reached.unions.values().flat_map(|union| union.variants.iter().map(|variant| action(union, variant)));
    let unions = reached.unions.values().map(|union| {
        let variants: Vec<_> = union.variants.iter().map(|variant| variant.record.name).collect();
        Ok(context! { name => union.name, variants, text => text(union.documentation)?.join(" ") })
    });
    Ok(context! {
        names,
        enumerations => enumerations.collect::<Result<Vec<_>, String>>()?,
        records => reached.shapes.values().map(|shape| reached.record(shape)).collect::<Result<Vec<_>, _>>()?,
        actions => actions.collect::<Result<Vec<_>, _>>()?,
        unions => unions.collect::<Result<Vec<_>, String>>()?,
    })
}

fn text(documentation: &str) -> Result<Vec<String>, String> {
    paragraphs(documentation).iter().map(|paragraph| render(paragraph, Language::Python, "")).collect()
}

fn action(union: &Union, variant: &Variant) -> Result<Value, String> {
    let mut fields: Vec<&Field> = variant.record.fields.iter().collect();
    fields.sort_by_key(|field| field.presence != Presence::Required);
    let fields = fields.into_iter().map(|field| {
        let required = field.presence == Presence::Required;
        let kind = optional(field, input_type(field));
        Ok(context! { name => field.name, kind, required, text => field_text(field, "")? })
    });
    Ok(context! {
        name => variant.record.name,
        tag => context! { name => union.tag.name, value => variant.tag, text => text(union.tag.documentation)?.join(" ") },
        text => text(variant.record.documentation)?,
        fields => fields.collect::<Result<Vec<_>, String>>()?,
        // In the order of the catalog, which their representation shows.
        field_names => variant.record.fields.iter().map(|field| field.name).collect::<Vec<_>>(),
    })
}

fn optional(field: &Field, kind: String) -> String {
    if field.presence == Presence::Required || kind == "Any" { kind } else { format!("{kind} | None") }
}

/// Every record, enumeration and union that the catalog reaches.
#[derive(Default)]
struct Reached {
    shapes: BTreeMap<&'static str, &'static RecordType>,
    /// The names of the records that users send as well.
    sent: BTreeSet<&'static str>,
    enumerations: BTreeMap<&'static str, &'static Enumeration>,
    unions: BTreeMap<&'static str, &'static Union>,
}

impl Reached {
    fn all() -> Self {
        let mut reached = Self::default();
        for operation in RESOURCES.iter().flat_map(|resource| resource.operations) {
            reached.kind(&operation.output, true);
            for parameter in operation.parameters {
                reached.kind(&parameter.field.kind, parameter.location != Location::Fields);
            }
        }
        for variant in reached.unions.values().flat_map(|union| union.variants) {
            for field in variant.record.fields {
                if let Kind::List(Kind::Record(shape)) | Kind::Record(shape) = &field.kind {
                    reached.sent.insert(shape.name);
                }
            }
        }
        reached
    }

    fn kind(&mut self, kind: &'static Kind, has_class: bool) {
        match kind {
            Kind::Enumeration(enumeration) => {
                self.enumerations.insert(enumeration.name, enumeration);
            }
            Kind::List(kind) | Kind::Map(kind) => self.kind(kind, true),
            Kind::Record(shape) | Kind::Page(shape) => {
                if has_class {
                    self.shapes.insert(shape.name, shape);
                }
                shape.fields.iter().for_each(|field| self.kind(&field.kind, true));
            }
            Kind::Union(union) => {
                self.unions.insert(union.name, union);
                self.kind(&union.tag.kind, true);
                for variant in union.variants {
                    variant.record.fields.iter().for_each(|field| self.kind(&field.kind, true));
                }
            }
            _ => {}
        }
    }

    fn record(&self, shape: &'static RecordType) -> Result<Value, String> {
        let fields = shape.fields.iter().map(|field| {
            let nested = match &field.kind {
                Kind::Record(nested) => Some(nested.name.to_owned()),
                Kind::List(Kind::Record(nested)) => Some(format!("[{}]", nested.name)),
                _ => None,
            };
            Ok(context! {
                name => field.name,
                kind => optional(field, output_type(&field.kind)),
                required => field.presence == Presence::Required,
                text => text(field.documentation)?.join(" "),
                nested,
            })
        });
        Ok(context! {
            name => shape.name,
            text => text(shape.documentation)?,
            fields => fields.collect::<Result<Vec<_>, String>>()?,
            received_only => self.received_only(shape),
            is_sent => self.sent.contains(shape.name),
            documented => shape.documented,
        })
    }

    /// If the record is the received form of a union: its fields that no variant has when it is
    /// sent.
    fn received_only(&self, shape: &RecordType) -> Vec<&'static str> {
        let Some(union) = self.unions.values().find(|union| is_record_of(union, shape)) else {
            return Vec::new();
        };
        let sent = |name: &str| {
            name == union.tag.name || union.variants.iter().any(|variant| variant.record.field(name).is_some())
        };
        shape.fields.iter().map(|field| field.name).filter(|name| !sent(name)).collect()
    }
}
