//! A class for each resource, with a thin method for each operation. Ids, files, lists and whole objects are arguments of
//! their own; everything else goes by name in one object; options come last.

use std::fmt::Write as _;

use callfluent::catalog::{RESOURCES, Resource};
use callfluent::operation::{Location, Operation, Parameter};
use callfluent::schema::{Kind, Naming, Presence, Source};

use super::documentation::{comment, of_field, paragraphs};
use super::models::{self, Direction, type_of};

/// `resources.ts`, without its head.
pub(super) fn text() -> String {
    let classes: Vec<_> = RESOURCES.iter().map(class).collect();
    let body = format!("{}\n{}", classes.join("\n"), root());
    let mentioned = |name: &String| body.split(|character: char| !character.is_alphanumeric()).any(|word| word == name);
    let models: Vec<_> = models::names().into_iter().filter(mentioned).collect();
    format!(
        "import type {{ Caller }} from '../caller';\n\
         import {{ fields }} from '../fields';\n\
         import type {{ FileInput }} from '../files';\n\
         import type {{ IdInput }} from '../id';\n\
         import type {{ RequestOptions }} from '../options';\n\
         import type {{ PagePromise }} from '../pages';\n\
         import {{ Resource }} from '../resource';\n\
         import type {{\n  {},\n}} from './models';\n\n{body}",
        models.join(",\n  ")
    )
}

/// The class of a resource, after the types of those arguments that go by name.
fn class(resource: &Resource) -> String {
    let mut named = String::new();
    let mut methods = Vec::new();
    for operation in resource.operations {
        let signature = Signature::of(operation);
        if let Some(group) = signature.group() {
            named += &group;
            named.push('\n');
        }
        methods.push(signature.method());
    }
    format!(
        "{named}{}export class {} extends Resource {{\n{}}}\n",
        comment("", &paragraphs(resource.documentation)),
        class_name(resource),
        methods.join("\n")
    )
}

/// What the client inherits: one property for each resource.
fn root() -> String {
    let mut text =
        String::from("/** What a client has for each resource of the API. */\nexport abstract class Resources {\n");
    let mut made = String::new();
    for resource in RESOURCES {
        let (name, class) = (Naming::Camel.write(resource.name), class_name(resource));
        text += &comment("  ", &paragraphs(resource.documentation));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  readonly {name}: {class};");
        let _ = writeln!(made, "    this.{name} = new {class}(caller);");
    }
    text + "\n  /** @internal */\n  protected constructor(caller: Caller) {\n" + &made + "  }\n}\n"
}

fn class_name(resource: &Resource) -> String {
    format!("{}Resource", capitalized(&Naming::Camel.write(resource.name)))
}

fn capitalized(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

type Parameters = Vec<&'static Parameter>;

/// How the arguments of an operation are given in TypeScript.
struct Signature {
    operation: &'static Operation,
    /// Arguments of their own.
    own: Parameters,
    /// Fields that go by name in one object.
    by_name: Parameters,
    /// The record whose fields are the arguments.
    record: Option<&'static Parameter>,
}

impl Signature {
    fn of(operation: &'static Operation) -> Self {
        let stands_alone = |parameter: &Parameter| match parameter.location {
            Location::Path | Location::Files | Location::Object => true,
            Location::Body => matches!(parameter.field.kind, Kind::Id | Kind::TextId | Kind::List(_)),
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

    fn group_name(&self) -> String {
        let (resource, verb) = self.operation.resource_and_verb();
        format!("{}{}Params", capitalized(&Naming::Camel.write(resource)), capitalized(&Naming::Camel.write(verb)))
    }

    /// The type of the arguments that go by name.
    fn group(&self) -> Option<String> {
        if self.by_name.is_empty() {
            return None;
        }
        let method = Naming::Camel.write(self.operation.name);
        let mut text = comment("", &[format!("What `{method}` takes by name.")]);
        let _ = writeln!(text, "export interface {} {{", self.group_name());
        for parameter in &self.by_name {
            let field = &parameter.field;
            let (mark, or) = if is_required(parameter) { ("", "") } else { ("?", " | undefined") };
            text += &comment("  ", &[of_field(field)]);
            let _ = writeln!(
                text,
                "  {}{mark}: {}{or};",
                Naming::Camel.write(field.name),
                type_of(&field.kind, Direction::In)
            );
        }
        text.push_str("}\n");
        Some(text)
    }

    fn method(&self) -> String {
        let operation = self.operation;
        let mut parameters = Vec::new();
        let mut arguments = Vec::new();
        let mut documented = paragraphs(operation.documentation);
        documented.push(endpoint(operation));
        let mut files = None;
        for parameter in &self.own {
            let name = Naming::Camel.write(parameter.field.name).into_owned();
            parameters.push(format!("{name}: {}", type_of(&parameter.field.kind, Direction::In)));
            documented.push(format!("@param {name} - {}", of_field(&parameter.field)));
            if parameter.location == Location::Files {
                files = Some(name);
            } else {
                // The core's own name, which no further field of a record can stand in for.
                arguments.push(format!("{}: {name}", parameter.field.name));
            }
        }
        if let Some(record) = self.record {
            let name = Naming::Camel.write(record.field.name);
            parameters.push(format!("{name}: {}", type_of(&record.field.kind, Direction::In)));
            documented.push(format!("@param {name} - {}", of_field(&record.field)));
            arguments.insert(0, format!("...fields('{name}', '{}', {name})", first_of(&record.field.kind)));
        }
        if !self.by_name.is_empty() {
            let default = if self.by_name.iter().any(|parameter| is_required(parameter)) { "" } else { " = {}" };
            parameters.push(format!("params: {}{default}", self.group_name()));
            documented.push("@param params - What goes by name.".into());
            let first = self.by_name.first().map(|parameter| Naming::Camel.write(parameter.field.name));
            arguments.insert(0, format!("...fields('params', '{}', params)", first.unwrap_or_default()));
        }
        parameters.push("options?: RequestOptions".into());
        documented.push("@param options - Signal, timeout and retries of this call.".into());
        documented.push(
            "@throws {@link InvalidRequestError} where an argument is wrong and nothing was sent; else {@link APIError}.".into(),
        );
        let output = type_of(&operation.output, Direction::Out);
        let (call, returned, output) = match operation.output {
            Kind::Page(shape) => ("pages", format!("PagePromise<{}>", shape.name), shape.name.to_owned()),
            _ => ("call", format!("Promise<{output}>"), output),
        };
        let files = files.map(|files| format!(", {files}")).unwrap_or_default();
        let arguments = if arguments.is_empty() { "{}".into() } else { format!("{{ {} }}", arguments.join(", ")) };
        let verb = Naming::Camel.write(operation.resource_and_verb().1).into_owned();
        format!(
            "{}  {verb}({}): {returned} {{\n    return this.{call}<{output}>('{}', {arguments}, options{files});\n  }}\n",
            comment("  ", &documented),
            parameters.join(", "),
            operation.name,
        )
    }
}

/// The field that is named where somebody gives none by name: its name where it has one, or else the first.
fn first_of(kind: &Kind) -> String {
    let Kind::Record(shape) = kind else { return String::new() };
    let field = shape.fields.iter().find(|field| field.name == "name").or(shape.fields.first());
    field.map(|field| Naming::Camel.write(field.name).into_owned()).unwrap_or_default()
}

fn is_required(parameter: &Parameter) -> bool {
    parameter.field.presence == Presence::Required
}

fn endpoint(operation: &Operation) -> String {
    let source = match operation.source {
        Source::Section(section) => format!(" ({section})"),
        _ => String::new(),
    };
    format!("Endpoint: `{} {}`{source}.", operation.method.as_str(), operation.path)
}
