//! Pages of the documentation that are derived from the catalog: the endpoints with their methods,
//! and a reference for each language.

use callfluent::bindings::catalog::{
    self, ArgumentKind, BulkOperation, CompositeMethod, Key, MethodArgument, RESOURCES, Resource,
};
use callfluent::bindings::operation::{Location, Operation};
use callfluent::bindings::schema::{Field, Kind, Naming, Presence, RecordType, Source};
use minijinja::{Value, context};

use super::reachable::REACHABLE;
use super::template::{self, Generated};
use super::text::{Language, argument_text, render_all};
use super::{bulk, composite, documentation, python, rust, typescript};

/// A language with a reference of its own.
struct Reference {
    path: &'static str,
    title: &'static str,
    /// Language of code blocks.
    code: &'static str,
    language: Language,
    naming: Naming,
    spelling: fn(&'static Operation) -> String,
    example: fn(&'static Operation) -> Result<Vec<String>, String>,
    input: fn(&Field) -> String,
    output: fn(&Field) -> String,
    bulk_items: fn(&'static BulkOperation) -> String,
    bulk_example: fn(&'static BulkOperation) -> Result<Vec<String>, String>,
    with_client: fn(Vec<String>) -> Vec<String>,
}

const REFERENCES: [Reference; 3] = [
    Reference {
        path: "docs/reference/python.md",
        title: "Python",
        code: "python",
        language: Language::Python,
        naming: Naming::Snake,
        spelling: python::spelling,
        example: python::program,
        input: python::input_type,
        output: python::attribute_type,
        bulk_items: python::bulk_items,
        bulk_example: python::bulk_program,
        with_client: python::with_client,
    },
    Reference {
        path: "docs/reference/node.md",
        title: "Node",
        code: "ts",
        language: Language::TypeScript,
        naming: Naming::Camel,
        spelling: typescript::spelling,
        example: typescript::program,
        input: typescript::input_type,
        output: typescript::output_type,
        bulk_items: typescript::bulk_items,
        bulk_example: typescript::bulk_program,
        with_client: typescript::with_client,
    },
    Reference {
        path: "docs/reference/rust.md",
        title: "Rust",
        code: "rust",
        language: Language::Rust,
        naming: Naming::Snake,
        spelling: rust::spelling,
        example: rust::program,
        input: rust::field_type,
        output: rust::field_type,
        bulk_items: rust::bulk_items,
        bulk_example: rust::bulk_program,
        with_client: rust::with_client,
    },
];

/// All generated pages.
pub(super) fn files() -> Result<Vec<Generated>, String> {
    let is_endpoint = |operation: &&Operation| !operation.composite || matches!(operation.source, Source::Section(_));
    let endpoints = catalog::operations().filter(is_endpoint).map(|operation| {
        let spellings = REFERENCES.iter().map(|reference| (reference.spelling)(operation)).collect::<Vec<_>>();
        context! { method => operation.method.as_str(), path => operation.path, spellings }
    });
    let results = catalog::operations().map(|operation| {
        let view = documentation::view(operation, Language::Plain)?;
        Ok(context! { name => operation.name, later => view.get_attr("later").unwrap_or_default() })
    });
    let results = results.collect::<Result<Vec<Value>, String>>()?;
    let view = context! { endpoints => endpoints.collect::<Vec<_>>(), results };
    let mut files = vec![template::fill("docs/guide/endpoints.md", "endpoints.md", view)?];
    for reference in &REFERENCES {
        files.push(reference.file()?);
    }
    Ok(files)
}

impl Reference {
    fn file(&self) -> Result<Generated, String> {
        let resources = RESOURCES.iter().map(|resource| self.resource(resource)).collect::<Result<Vec<_>, _>>()?;
        let records = REACHABLE.records.iter().filter(|record| record.documented || REACHABLE.is_received(record.name));
        let variants = REACHABLE.unions.iter().flat_map(|union| union.variants).map(|variant| variant.record);
        let types =
            records.copied().chain(variants).map(|record| self.record(record)).collect::<Result<Vec<_>, _>>()?;
        let enumerations = REACHABLE.enumerations.iter().chain(&REACHABLE.known_values).map(|enumeration| {
            let values = enumeration.values.iter().map(|value| value.value).collect::<Vec<_>>();
            Ok(context! { name => enumeration.name, text => self.text(enumeration.documentation)?, values })
        });
        let view = context! {
            title => self.title,
            code => self.code,
            is_rust => self.language == Language::Rust,
            resources,
            types,
            enumerations => enumerations.collect::<Result<Vec<_>, String>>()?,
        };
        template::fill(self.path, "reference.md", view)
    }

    fn resource(&self, resource: &Resource) -> Result<Value, String> {
        let methods =
            resource.operations.iter().map(|operation| self.method(operation)).collect::<Result<Vec<_>, _>>()?;
        let name = self.naming.convert(resource.name);
        let several = composite::of_resource(resource.name).map(|method| self.composite(method));
        let several = several.chain(bulk::of_resource(resource.name).map(|operation| self.bulk(operation)));
        let several = several.collect::<Result<Vec<_>, _>>()?;
        Ok(context! { name, text => self.text(resource.documentation)?, methods, several })
    }

    /// A method that sends several requests.
    fn composite(&self, method: &'static CompositeMethod) -> Result<Value, String> {
        let arguments: Vec<_> = method.arguments.iter().filter(|argument| !argument.is_option).collect();
        let arguments = arguments.iter().map(|argument| composite::name(argument, self.language));
        let names: Vec<_> = arguments.collect();
        Ok(context! {
            heading => self.naming.convert(method.name),
            spelling => self.several_spelling(method.name, &names),
            parameters => self.arguments(method.arguments.iter())?,
            example => (self.with_client)(composite::example(method, self.language)),
            ..composite::view(method, self.language)?
        })
    }

    fn bulk(&self, operation: &'static BulkOperation) -> Result<Value, String> {
        let view = bulk::view(operation, self.language)?;
        let string =
            |value: &Value, name: &str| value.get_attr(name).map(|value| value.to_string()).unwrap_or_default();
        let mut parameters = Vec::new();
        for parameter in operation.item.parameters {
            if operation.shared == Some(parameter.field.name) {
                parameters.push(self.field(&parameter.field, true)?);
            }
        }
        let items = self.naming.convert(operation.items).into_owned();
        let mut names: Vec<_> = operation.shared.iter().map(|name| self.naming.convert(name).into_owned()).collect();
        names.push(items.clone());
        let in_order = if operation.key == Key::Own && self.language != Language::Rust {
            " In a list, the index is the ID."
        } else {
            ""
        };
        let text = format!("{}{in_order}", string(&view, "items_text"));
        parameters.push(context! { name => items, kind => (self.bulk_items)(operation), required => true, text });
        // A stream of results has the numbers in Rust.
        let is_given =
            |option: &&MethodArgument| self.language != Language::Rust || option.kind != ArgumentKind::Progress;
        parameters.extend(self.arguments(composite::bulk_options(operation).filter(is_given))?);
        let of_item = view.get_attr("operation").unwrap_or_default();
        let item = self.naming.convert(operation.item.name);
        let each = format!(
            "Each item is processed as by `{item}`. An error of one item does not stop the others. {}",
            string(&of_item, "retries")
        );
        let mut details: Vec<String> = view
            .get_attr("details")
            .ok()
            .into_iter()
            .flat_map(|details| details.try_iter().into_iter().flatten())
            .map(|text| text.to_string())
            .collect();
        details.push(each);
        if string(&view, "keeps_response") == "true" {
            let unknown = super::text::error_class("OutcomeUnknown")?;
            let unknown = if self.language == Language::Rust { "Error::OutcomeUnknown" } else { unknown };
            details.push(format!(
                "An item that may have been processed, because a run was interrupted or its outcome is unknown, is not \
                 repeated: its error is `{unknown}`."
            ));
        }
        let invalid = context! {
            variant => "InvalidRequest",
            class => super::text::error_class("InvalidRequest")?,
            when => "An item, an option or the journal is invalid; the error lists all of them. Nothing was sent.",
        };
        Ok(context! {
            heading => self.naming.convert(operation.name),
            spelling => self.several_spelling(operation.name, &names),
            summary => string(&view, "summary"),
            details,
            parameters,
            returns => format!("One result for each item, in the order of the items. Value: {}", string(&view, "value_text")),
            errors => vec![invalid],
            other_errors => "",
            example => (self.bulk_example)(operation)?,
        })
    }

    fn several_spelling(&self, name: &str, arguments: &[String]) -> String {
        let (resource, verb) = name.split_once('.').unwrap_or((name, ""));
        let (resource, verb) = (self.naming.convert(resource), self.naming.convert(verb));
        let arguments = arguments.join(", ");
        match self.language {
            Language::Rust => format!("client.{resource}().{verb}({arguments})"),
            _ => format!("client.{resource}.{verb}({arguments}, ...)"),
        }
    }

    /// Arguments, and options, which are methods of a builder in Rust.
    fn arguments<'a>(&self, arguments: impl Iterator<Item = &'a MethodArgument>) -> Result<Vec<Value>, String> {
        let is_rust = self.language == Language::Rust;
        let view = |argument: &MethodArgument| {
            let name = composite::name(argument, self.language);
            Ok(context! {
                name => if is_rust && argument.is_option { format!(".{name}(...)") } else { name },
                kind => composite::type_of(argument.kind, self.language),
                required => !argument.is_option,
                text => composite::text(argument, self.language)?,
            })
        };
        arguments.map(view).collect()
    }

    fn method(&self, operation: &'static Operation) -> Result<Value, String> {
        let mut parameters = Vec::new();
        for parameter in operation.parameters {
            match (parameter.location, &parameter.field.kind) {
                // The fields of a large record have a table of their own.
                (Location::Fields, Kind::Record(record)) if record.documented => {
                    parameters
                        .push(context! { name => self.naming.convert(parameter.field.name), fields_of => record.name });
                }
                (Location::Fields, Kind::Record(record)) => {
                    for field in record.fields {
                        parameters.push(self.field(field, true)?);
                    }
                }
                _ => parameters.push(self.field(&parameter.field, true)?),
            }
        }
        Ok(context! {
            heading => self.naming.convert(operation.name),
            spelling => (self.spelling)(operation),
            parameters,
            example => (self.example)(operation)?,
            ..documentation::view(operation, self.language)?
        })
    }

    fn record(&self, record: &RecordType) -> Result<Value, String> {
        let given = !REACHABLE.is_received(record.name);
        let fields = record.fields.iter().map(|field| self.field(field, given)).collect::<Result<Vec<_>, _>>()?;
        Ok(
            context! { name => record.name, text => self.text(record.documentation)?, fields, given, documented => record.documented },
        )
    }

    fn field(&self, field: &Field, given: bool) -> Result<Value, String> {
        Ok(context! {
            name => self.naming.convert(field.name),
            kind => if given { (self.input)(field) } else { (self.output)(field) },
            required => given && field.presence == Presence::Required,
            text => argument_text(field, self.language, "")?,
        })
    }

    fn text(&self, text: &str) -> Result<Vec<String>, String> {
        render_all(text, self.language)
    }
}
