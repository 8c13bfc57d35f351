//! Pages of the documentation that are derived from the catalog: the endpoints with their methods,
//! and a reference for each language.

use callfluent::bindings::catalog::{self, RESOURCES, Resource};
use callfluent::bindings::operation::{Location, Operation};
use callfluent::bindings::schema::{Field, Kind, Naming, Presence, RecordType, Source};
use minijinja::{Value, context};

use super::reachable::REACHABLE;
use super::template::{self, Generated};
use super::text::{Language, argument_text, render_all};
use super::{documentation, python, rust, typescript};

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
        Ok(context! { name, text => self.text(resource.documentation)?, methods })
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
