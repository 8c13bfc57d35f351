//! The typed API of the Python package: resources with their methods, in code and in stubs, and the
//! records.

mod arguments;
mod bulk;
mod composite;
mod example;
mod models;
mod options;
mod types;

use callfluent::bindings::catalog::{BulkOperation, RESOURCES, Resource};
use callfluent::bindings::operation::{Location, Operation};
use callfluent::bindings::schema::Kind;
use minijinja::{Value, context};

use super::documentation;
use super::reachable::takes_row;
use super::template::{self, Generated};
use super::text::{Language, argument_text, class_name, render};
use arguments::{arguments, fields_of};
use options::{LIST_PROGRESS, OPTIONS, QUEUE_TIMEOUT, UPLOAD_PROGRESS, option_view};
pub(super) use types::{attribute_type, input_type};
use types::{resolved_lazily, result_type};

/// All generated files of the package.
pub(super) fn files() -> Result<Vec<Generated>, String> {
    let resources = RESOURCES.iter().map(resource).collect::<Result<Vec<_>, _>>()?;
    let options: Vec<_> = OPTIONS.map(option_view).into();
    let shared_options: Vec<_> = OPTIONS.into_iter().chain([QUEUE_TIMEOUT]).map(option_view).collect();
    let view = context! { resources, options, shared_options };
    let models = models::view()?;
    let sync_view = context! { is_async => false, ..view.clone() };
    let async_view = context! { is_async => true, ..view.clone() };
    Ok(vec![
        template::fill("python/src/callfluent/resources.py", "resources.py", sync_view)?,
        template::fill("python/src/callfluent/_async_resources.py", "resources.py", async_view)?,
        template::fill("python/src/callfluent/_async_resources.pyi", "async_resources.pyi", view.clone())?,
        template::fill("python/src/callfluent/resources.pyi", "resources.pyi", view.clone())?,
        template::fill("python/src/callfluent/request_views.py", "request_views.py", view)?,
        template::fill("python/src/callfluent/models.py", "models.py", models.clone())?,
        template::fill("python/src/callfluent/models.pyi", "models.pyi", models.clone())?,
        template::fill("python/src/callfluent/type_aliases.py", "type_aliases.py", models.clone())?,
        template::fill("python/src/callfluent/type_aliases.pyi", "type_aliases.pyi", models)?,
    ])
}

fn resource(resource: &Resource) -> Result<Value, String> {
    let methods = resource.operations.iter().map(|operation| method(operation)).collect::<Result<Vec<_>, _>>()?;
    Ok(context! {
        name => resource.name,
        class => class_name(resource.name),
        text => render(resource.documentation.trim(), Language::Python, resource.name)?,
        methods,
        composite => super::composite::of_resource(resource.name)
            .map(composite::method)
            .collect::<Result<Vec<_>, _>>()?,
        bulk => super::bulk::of_resource(resource.name).map(bulk::method).collect::<Result<Vec<_>, _>>()?,
    })
}

fn method(operation: &'static Operation) -> Result<Value, String> {
    let arguments = arguments(operation);
    let (resource, _) = operation.resource_and_verb();
    let views = arguments.iter().map(|argument| {
        Ok(context! {
            name => argument.field.name,
            // In a class with a method `list`, the plain name is the method.
            kind => argument.kind().replace("list[", "builtins.list["),
            runtime_kind => resolved_lazily(&argument.kind()),
            // `...` marks an omitted argument, so that `None` is an error rather than ignored.
            default => if argument.is_query { "None" } else { "..." },
            required => argument.required(),
            keyword_only => argument.keyword_only,
            text => argument_text(argument.field, Language::Python, resource)?,
        })
    });
    let files = operation.parameters.iter().find(|parameter| parameter.location == Location::Files);
    let paged = matches!(operation.output, Kind::Page(_));
    let record = match &operation.output {
        Kind::Record(shape) | Kind::Page(shape) | Kind::List(Kind::Record(shape)) => shape.name,
        _ => "",
    };
    Ok(context! {
        arguments => views.collect::<Result<Vec<Value>, String>>()?,
        // The core rejects unknown names with the nearest known one.
        has_fields => operation.parameters.iter().any(|parameter| parameter.location == Location::Fields),
        // Custom fields of a phone call are arguments of any name.
        is_open => fields_of(operation).is_some_and(|record| !record.documented),
        // A record that the API returned can be passed whole.
        takes_record => fields_of(operation).is_some_and(|record| record.documented)
            && operation.parameters.iter().any(|parameter| parameter.location == Location::Path)
            && !operation.composite,
        files => files.map(|files| files.field.name),
        progress => if paged { Some(LIST_PROGRESS) } else { files.map(|_| UPLOAD_PROGRESS) }.map(option_view),
        takes_row => takes_row(operation),
        output => result_type(&operation.output).replace("list[", "builtins.list["),
        runtime_output => resolved_lazily(&result_type(&operation.output)),
        example => example::lines(operation, false)?,
        async_example => example::lines(operation, true)?,
        paged,
        record,
        ..documentation::view(operation, Language::Python)?
    })
}

/// The call of a method as text lists it; `...` stands for arguments that are optional or many.
pub(super) fn spelling(operation: &'static Operation) -> String {
    let arguments = arguments(operation);
    let mut shown: Vec<_> = arguments
        .iter()
        .filter(|argument| argument.required() && !argument.keyword_only)
        .map(|argument| argument.field.name)
        .collect();
    let is_open = fields_of(operation).is_some_and(|record| !record.documented);
    if shown.len() < arguments.len() || is_open {
        shown.push("...");
    }
    format!("client.{}({})", operation.name, shown.join(", "))
}

/// The type of the items of a bulk operation.
pub(super) fn bulk_items(bulk: &'static BulkOperation) -> String {
    bulk::items_type(bulk)
}

/// The example of a bulk operation as a program.
pub(super) fn bulk_program(bulk: &'static BulkOperation) -> Result<Vec<String>, String> {
    Ok(as_program(&bulk::example(bulk, false)?))
}

/// Statements with a client as a program.
pub(super) fn with_client(lines: Vec<String>) -> Vec<String> {
    ["from callfluent import CallFluent", "", "client = CallFluent()"]
        .map(str::to_owned)
        .into_iter()
        .chain(lines)
        .collect()
}

/// The example of a method as a program.
pub(super) fn program(operation: &'static Operation) -> Result<Vec<String>, String> {
    Ok(as_program(&example::lines(operation, false)?))
}

fn as_program(lines: &[String]) -> Vec<String> {
    let mut program: Vec<_> = lines.iter().map(|line| line.get(4..).unwrap_or_default().to_owned()).collect();
    // Imports come first, and the client after them.
    let imports = program.iter().take_while(|line| line.starts_with("from ")).count();
    let names: Vec<_> = program.drain(..imports).filter_map(|line| Some(line.rsplit_once(' ')?.1.to_owned())).collect();
    let names = ["CallFluent".to_owned()].into_iter().chain(names).collect::<Vec<_>>().join(", ");
    let start = [format!("from callfluent import {names}"), String::new(), "client = CallFluent()".to_owned()];
    start.into_iter().chain(program).collect()
}
