//! The TypeScript API: a class for each resource with a method for each operation, the types of
//! what goes in and comes out, and the table that tests call operations by. Ids, files, lists and
//! whole objects are arguments of their own; all other fields go by name in one object; options
//! come last.

mod bulk;
mod composite;
mod example;
mod models;
mod sent;
mod signature;
mod types;

use std::collections::BTreeSet;

use callfluent::bindings::catalog::{BulkOperation, RESOURCES, Resource};
use callfluent::bindings::operation::{Location, Operation, Parameter};
use callfluent::bindings::schema::{Field, Kind, Naming};
use minijinja::{Value, context};

use super::documentation;
use super::reachable::{REACHABLE, listed_record, takes_row};
use super::template::{self, Generated};
use super::text::{Language, argument_text, class_name, render_all};
use signature::{Signature, camel, is_required};
use types::{Direction, field_type, type_of};

/// All generated files of the package.
pub(super) fn files() -> Result<Vec<Generated>, String> {
    let resources = RESOURCES.iter().map(resource).collect::<Result<Vec<_>, _>>()?;
    let view = context! { resources, models => mentioned_models() };
    Ok(vec![
        template::fill("node/src/generated/models.ts", "models.ts", models::view()?)?,
        template::fill("node/src/generated/operations.ts", "operations.ts", sent::view())?,
        template::fill("node/src/generated/values.ts", "values.ts", models::values_view()?)?,
        template::fill("node/src/generated/call-options.ts", "call-options.ts", view.clone())?,
        template::fill("node/src/generated/resources.ts", "resources.ts", view.clone())?,
        template::fill("node/tests/support/surface.mjs", "surface.mjs", view)?,
    ])
}

/// The types of `models.ts` that the methods mention.
fn mentioned_models() -> BTreeSet<String> {
    let types = RESOURCES.iter().flat_map(|resource| resource.operations).flat_map(|operation| {
        let given = operation.parameters.iter().map(|parameter| type_of(&parameter.field.kind, Direction::In));
        given.chain([type_of(&operation.output, Direction::Out)])
    });
    let is_model = |word: &&str| {
        let name = word.strip_suffix("Input").unwrap_or(word);
        REACHABLE.type_names().any(|known| known == name)
    };
    types
        .flat_map(|kind| {
            let words = kind.split(|letter: char| !letter.is_alphanumeric());
            words.filter(is_model).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

fn resource(resource: &Resource) -> Result<Value, String> {
    let methods = resource.operations.iter().map(|operation| method(operation)).collect::<Result<Vec<_>, _>>()?;
    Ok(context! {
        name => Naming::Camel.convert(resource.name),
        class => class_name(resource.name),
        text => render_all(resource.documentation, Language::TypeScript)?,
        methods,
        composite => super::composite::of_resource(resource.name)
            .map(composite::method)
            .collect::<Result<Vec<_>, _>>()?,
        bulk => super::bulk::of_resource(resource.name).map(bulk::method).collect::<Result<Vec<_>, _>>()?,
    })
}

fn method(operation: &'static Operation) -> Result<Value, String> {
    let signature = Signature::of(operation);
    let argument = |parameter: &Parameter| argument(&parameter.field);
    let own = signature.own.iter().map(|parameter| argument(parameter)).collect::<Result<Vec<_>, _>>()?;
    let by_name = signature.by_name.iter().map(|parameter| argument(parameter)).collect::<Result<Vec<_>, _>>()?;
    let output = match operation.output {
        Kind::Page(shape) => shape.name.to_owned(),
        _ => type_of(&operation.output, Direction::Out),
    };
    let is_list = matches!(operation.output, Kind::Record(record) if listed_record(record).is_some());
    let files = signature.own.iter().find(|parameter| parameter.location == Location::Files);
    Ok(context! {
        own,
        by_name,
        output,
        parameters => signature.declared(),
        passed => signature.passed(),
        given => signature.given(),
        record => signature.record.map(argument).transpose()?,
        params_type => signature.params_type(),
        passed_record => signature.passed_record(),
        files => files.map(|files| camel(&files.field)),
        is_list,
        table => table_type(operation),
        takes_row => takes_row(operation),
        paged => matches!(operation.output, Kind::Page(_)),
        method_name => Naming::Camel.convert(operation.resource_and_verb().1),
        public_name => Naming::Camel.convert(operation.name),
        example => example::lines(operation)?,
        ..documentation::view(operation, Language::TypeScript)?
    })
}

/// The type of the records of a list that can be a table.
fn table_type(operation: &Operation) -> Option<&'static str> {
    let name = match operation.output {
        Kind::List(Kind::Record(record)) => Some(record.name),
        Kind::Record(record) => listed_record(record),
        _ => None,
    };
    // Other operations return lists as well, but not to read them.
    name.filter(|_| operation.resource_and_verb().1 == "list")
}

/// The call of a method as text lists it.
pub(super) fn spelling(operation: &'static Operation) -> String {
    let signature = Signature::of(operation);
    let mut shown: Vec<_> =
        signature.own.iter().copied().chain(signature.record).map(|parameter| camel(&parameter.field)).collect();
    if !signature.by_name.is_empty() {
        let names: Vec<_> = signature.by_name.iter().map(|parameter| camel(&parameter.field)).collect();
        shown.push(format!("{{ {} }}", names.join(", ")));
    }
    format!("client.{}({})", Naming::Camel.convert(operation.name), shown.join(", "))
}

/// The types of the items of a bulk operation.
pub(super) fn bulk_items(bulk: &'static BulkOperation) -> String {
    bulk::item_types(bulk, &Signature::of(bulk.item)).join(" | ")
}

/// The example of a bulk operation as a program.
pub(super) fn bulk_program(bulk: &'static BulkOperation) -> Result<Vec<String>, String> {
    Ok(with_client(bulk::example(bulk)?))
}

/// The example of a method as a program.
pub(super) fn program(operation: &'static Operation) -> Result<Vec<String>, String> {
    Ok(with_client(example::lines(operation)?))
}

/// Statements with a client as a program.
pub(super) fn with_client(lines: Vec<String>) -> Vec<String> {
    let start = ["import { CallFluent } from 'callfluent';", "", "const client = new CallFluent();"].map(str::to_owned);
    start.into_iter().chain(lines).collect()
}

pub(super) fn input_type(field: &Field) -> String {
    field_type(field, Direction::In)
}

pub(super) fn output_type(field: &Field) -> String {
    field_type(field, Direction::Out)
}

fn argument(field: &Field) -> Result<Value, String> {
    Ok(context! {
        name => camel(field),
        kind => field_type(field, Direction::In),
        required => is_required(field),
        text => argument_text(field, Language::TypeScript, "")?,
    })
}
