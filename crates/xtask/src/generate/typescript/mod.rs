//! The TypeScript API: a class for each resource with a method for each operation, the types of
//! what goes in and comes out, and the table that tests call operations by. Ids, files, lists and
//! whole objects are arguments of their own; all other fields go by name in one object; options
//! come last.

mod example;
mod models;
mod types;

use std::collections::BTreeSet;

use callfluent::bindings::catalog::{RESOURCES, Resource};
use callfluent::bindings::operation::{Location, Operation, Parameter};
use callfluent::bindings::schema::{Field, Kind, Naming, Presence};
use minijinja::{Value, context};

use super::reachable::REACHABLE;
use super::text::{Language, argument_text, class_name, pascal_case, render_all};
use super::{Generated, documentation, template};
use types::{Direction, type_of};

/// All generated files of the package.
pub(super) fn files() -> Result<Vec<Generated>, String> {
    let resources = RESOURCES.iter().map(resource).collect::<Result<Vec<_>, _>>()?;
    let view = context! { resources, models => mentioned_models() };
    Ok(vec![
        template("node/src/generated/models.ts", "models.ts", models::view()?)?,
        template("node/src/generated/resources.ts", "resources.ts", view.clone())?,
        template("node/tests/support/surface.mjs", "surface.mjs", view)?,
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
        paged => matches!(operation.output, Kind::Page(_)),
        method_name => Naming::Camel.convert(operation.resource_and_verb().1),
        public_name => Naming::Camel.convert(operation.name),
        example => example::lines(operation)?,
        ..documentation::view(operation, Language::TypeScript)?
    })
}

fn argument(field: &Field) -> Result<Value, String> {
    Ok(context! {
        name => camel(field),
        kind => type_of(&field.kind, Direction::In),
        required => is_required(field),
        text => argument_text(field, Language::TypeScript, "")?,
    })
}

fn camel(field: &Field) -> String {
    Naming::Camel.convert(field.name).into_owned()
}

fn is_required(field: &Field) -> bool {
    field.presence == Presence::Required
}

/// The field that an error names if the fields are not given by name: `name` if there is one, or
/// the first.
fn first_field(kind: &Kind) -> String {
    let Kind::Record(shape) = kind else { return String::new() };
    let field = shape.fields.iter().find(|field| field.name == "name").or(shape.fields.first());
    field.map(camel).unwrap_or_default()
}

type Parameters = Vec<&'static Parameter>;

/// The arguments of an operation as TypeScript passes them.
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
    fn declared(&self) -> Vec<String> {
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
    fn passed_record(&self) -> Option<Value> {
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
    fn passed(&self) -> String {
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
    fn given(&self) -> Vec<String> {
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
    fn params_type(&self) -> String {
        let (resource, verb) = self.operation.resource_and_verb();
        let resource = pascal_case(resource);
        format!("{}{}Params", resource.strip_suffix('s').unwrap_or(&resource), pascal_case(verb))
    }
}

/// A comment with these paragraphs, on one line if it fits. Entries of a list follow each other
/// directly.
pub(super) fn comment(parts: &[String], margin: &str) -> String {
    if let [part] = parts
        && margin.len() + part.chars().count() + 7 <= 100
    {
        return format!("/** {part} */");
    }
    let mut lines = vec![format!("{margin}/**")];
    for (index, part) in parts.iter().enumerate() {
        if index > 0 && !part.starts_with("- ") {
            lines.push(format!("{margin} *"));
        }
        let wrapped = super::text::wrap(part, 97 - margin.len());
        lines.extend(wrapped.iter().map(|line| format!("{margin} * {line}")));
    }
    lines.push(format!("{margin} */"));
    lines.join("\n").trim_start().to_owned()
}
