//! Writes the records and actions of the Python package: code that is read when a program runs, and stubs that editors and type
//! checkers read, with every field as an attribute.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use callfluent::catalog::RESOURCES;
use callfluent::operation::Location;
use callfluent::schema::{Enumeration, Field, Kind, Presence, Shape, Union, Variant};

use super::{FIRST_LINE, docstring, input_type, output_type, text};

const MEANING: &str = "\"\"\"What the API answers with, and the actions that users send. Every record is open: fields that the documentation\ndoes not list are attributes under their own names.\"\"\"\n";

/// Every record, enumeration and union that the catalog reaches.
#[derive(Default)]
struct Reached {
    shapes: BTreeMap<&'static str, &'static Shape>,
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
            for field in variant.shape.fields {
                if let Kind::List(Kind::Record(shape)) | Kind::Record(shape) = &field.kind {
                    reached.sent.insert(shape.name);
                }
            }
        }
        reached
    }

    fn kind(&mut self, kind: &'static Kind, answered: bool) {
        match kind {
            Kind::Enumeration(enumeration) => {
                self.enumerations.insert(enumeration.name, enumeration);
            }
            Kind::List(kind) | Kind::Map(kind) => self.kind(kind, true),
            Kind::Record(shape) | Kind::Page(shape) => {
                if answered {
                    self.shapes.insert(shape.name, shape);
                }
                shape.fields.iter().for_each(|field| self.kind(&field.kind, true));
            }
            Kind::Union(union) => {
                self.unions.insert(union.name, union);
                self.kind(&union.tag.kind, true);
                for variant in union.variants {
                    variant.shape.fields.iter().for_each(|field| self.kind(&field.kind, true));
                }
            }
            _ => {}
        }
    }

    /// Where a record is a union as it is answered, its fields that no variant has when it is sent.
    fn answered_only(&self, shape: &Shape) -> Vec<String> {
        let Some(union) = self.unions.values().find(|union| answers_with(union, shape)) else {
            return Vec::new();
        };
        let sent = |field: &&Field| {
            field.name == union.tag.name
                || union.variants.iter().any(|variant| variant.shape.field(field.name).is_some())
        };
        shape.fields.iter().filter(|field| !sent(field)).map(|field| format!("\"{}\",", field.name)).collect()
    }

    /// The list of all names that users import.
    fn listed(&self) -> String {
        let mut names: Vec<&str> = self.shapes.keys().chain(self.enumerations.keys()).copied().collect();
        for union in self.unions.values() {
            names.push(union.name);
            names.extend(union.variants.iter().map(|variant| variant.shape.name));
        }
        names.sort_unstable();
        let listed: Vec<_> = names.iter().map(|name| format!("    \"{name}\",\n")).collect();
        format!("\n__all__ = [\n{}]\n", listed.concat())
    }
}

/// What is imported.
pub(super) fn code() -> String {
    let reached = Reached::all();
    let mut file =
        format!("{FIRST_LINE}{MEANING}\nfrom .records import Action as _Action\nfrom .records import Record\n\n");
    for enumeration in reached.enumerations.values() {
        let _ = writeln!(file, "{} = str", enumeration.name);
    }
    file.push_str(&reached.listed());
    for shape in reached.shapes.values() {
        let nested: Vec<_> = shape
            .fields
            .iter()
            .filter_map(|field| match &field.kind {
                Kind::Record(nested) => Some(format!("\"{}\": \"{}\"", field.name, nested.name)),
                Kind::List(Kind::Record(nested)) => Some(format!("\"{}\": \"[{}]\"", field.name, nested.name)),
                _ => None,
            })
            .collect();
        let own = reached.answered_only(shape);
        let _ = write!(
            file,
            "\n\nclass {}(Record):\n{}\n    __slots__ = ()\n    _names = ({})\n    _nested = {{{}}}\n",
            shape.name,
            docstring(1, &record_documentation(shape)),
            quoted(shape),
            nested.join(", ")
        );
        if !own.is_empty() {
            let _ = writeln!(file, "    _answered = ({})", own.join(" "));
        }
    }
    for union in reached.unions.values() {
        for variant in union.variants {
            let _ = write!(
                file,
                "\n\nclass {}(_Action):\n{}\n    __slots__ = ()\n    _tag = (\"{}\", \"{}\")\n    _names = ({})\n",
                variant.shape.name,
                docstring(1, &action_documentation(variant.shape)),
                union.tag.name,
                variant.tag,
                quoted(variant.shape),
            );
        }
        let _ = write!(file, "\n\n{} = _Action\n", union.name);
    }
    file
}

/// What editors and type checkers read.
pub(super) fn stubs() -> String {
    let reached = Reached::all();
    let mut file = format!(
        "{FIRST_LINE}{MEANING}\nfrom collections.abc import Iterable, Mapping\nfrom typing import Any, Literal, TypeAlias\n\nfrom typing_extensions import Self\n\nfrom .records import Action as _Action\nfrom .records import Record\n"
    );
    file.push_str(&reached.listed());
    for enumeration in reached.enumerations.values() {
        let values: Vec<_> = enumeration.values.iter().map(|value| format!("\"{}\"", value.value)).collect();
        let _ = write!(
            file,
            "\n{}: TypeAlias = Literal[{}]\n{}",
            enumeration.name,
            values.join(", "),
            docstring(0, &text(enumeration.documentation))
        );
    }
    for shape in reached.shapes.values() {
        record(&mut file, shape, reached.sent.contains(shape.name));
    }
    for union in reached.unions.values() {
        for variant in union.variants {
            action(&mut file, union, variant);
        }
        let variants: Vec<_> = union.variants.iter().map(|variant| variant.shape.name).collect();
        let _ = write!(
            file,
            "\n{}: TypeAlias = {}\n{}",
            union.name,
            variants.join(" | "),
            docstring(0, &text(union.documentation)),
        );
    }
    file
}

/// Whether a record is what a union is answered as: it has the tag of the union.
pub(super) fn answers_with(union: &Union, shape: &Shape) -> bool {
    shape.field(union.tag.name).is_some()
}

/// The record that a union is answered as.
pub(super) fn answer_of(union: &Union) -> Option<&'static Shape> {
    RESOURCES.iter().flat_map(|resource| resource.operations).find_map(|operation| match &operation.output {
        Kind::Record(shape) | Kind::List(Kind::Record(shape)) if answers_with(union, shape) => Some(*shape),
        _ => None,
    })
}

fn quoted(shape: &Shape) -> String {
    shape.fields.iter().map(|field| format!("\"{}\",", field.name)).collect::<Vec<_>>().join(" ")
}

/// The meaning of a field in one line.
fn said(field: &Field) -> String {
    text(field.documentation).replace('\n', " ")
}

fn record_documentation(shape: &Shape) -> String {
    // Elsewhere the others have a place of their own.
    let mut body = text(shape.documentation).replace("is in `extra`", "is an attribute under its own name");
    body.push_str("\n\nAttributes:\n");
    for field in shape.fields {
        let _ = writeln!(body, "    {}: {}", field.name, said(field));
    }
    body.trim_end().to_owned()
}

fn action_documentation(shape: &Shape) -> String {
    let mut body = text(shape.documentation);
    body.push_str("\n\nArgs:\n");
    for field in required_first(shape) {
        let optional = if field.presence == Presence::Required { "" } else { " Optional." };
        let _ = writeln!(body, "    {}: {}{optional}", field.name, said(field));
    }
    body.push_str("    extra: Further fields, sent under their own names.");
    body
}

fn required_first(shape: &Shape) -> Vec<&'static Field> {
    let mut fields: Vec<_> = shape.fields.iter().collect();
    fields.sort_by_key(|field| field.presence != Presence::Required);
    fields
}

fn optional(field: &Field, kind: String) -> String {
    if field.presence == Presence::Required || kind == "Any" { kind } else { format!("{kind} | None") }
}

/// A method that makes a record of fields that are given by name; those that need not be given have a default.
fn method(file: &mut String, start: &str, named: &[(&str, String, bool)], end: &str, output: &str, note: &str) {
    let _ = write!(file, "    def {start}\n        *,\n");
    for (name, kind, required) in named {
        let default = if *required { "" } else { " = ..." };
        let _ = writeln!(file, "        {name}: {kind}{default},");
    }
    let _ = writeln!(file, "{end}    ) -> {output}:{note}");
}

fn attributes(file: &mut String, fields: impl Iterator<Item = (&'static Field, String)>) {
    for (field, kind) in fields {
        let _ = write!(file, "    {}: {kind}\n{}", field.name, docstring(1, &text(field.documentation)));
    }
}

fn record(file: &mut String, shape: &'static Shape, sent: bool) {
    let _ = write!(file, "\nclass {}(Record):\n{}", shape.name, docstring(1, &record_documentation(shape)));
    attributes(file, shape.fields.iter().map(|field| (field, optional(field, output_type(&field.kind)))));
    let named = |required: bool| -> Vec<_> {
        let named = |field: &Field| {
            let kind = optional(field, output_type(&field.kind));
            (field.name, kind, required && field.presence == Presence::Required)
        };
        shape.fields.iter().map(named).collect()
    };
    // What the documentation leaves open has any name.
    let others = if shape.documented { "" } else { "        **others: Any,\n" };
    let beginning = if sent {
        "__init__(\n        self,"
    } else {
        "__init__(\n        self,\n        record: Mapping[str, Any] = ...,\n        /,"
    };
    method(file, beginning, &named(sent), others, "None", " ...");
    method(file, "replace(  # type: ignore[override,unused-ignore]\n        self,", &named(false), others, "Self", "");
    file.push_str(&docstring(2, "A copy with some fields changed."));
    file.push_str("        ...\n");
    if !shape.documented {
        file.push_str("    def __getattr__(self, name: str) -> Any: ...\n");
    }
}

fn action(file: &mut String, union: &Union, variant: &Variant) {
    let shape = variant.shape;
    let _ = write!(
        file,
        "\nclass {}(_Action):\n{}    {}: Literal[\"{}\"]\n{}",
        shape.name,
        docstring(1, &action_documentation(shape)),
        union.tag.name,
        variant.tag,
        docstring(1, &text(union.tag.documentation)),
    );
    attributes(file, shape.fields.iter().map(|field| (field, optional(field, input_type(field)))));
    let named = |required: bool| -> Vec<_> {
        let named = |field: &&'static Field| {
            (field.name, optional(field, input_type(field)), required && field.presence == Presence::Required)
        };
        required_first(shape).iter().map(named).collect()
    };
    let others = "        **extra: object,\n";
    method(file, "__init__(\n        self,", &named(true), others, "None", " ...");
    method(file, "replace(  # type: ignore[override,unused-ignore]\n        self,", &named(false), others, "Self", "");
    file.push_str(&docstring(2, "A copy with some fields changed."));
    file.push_str("        ...\n");
}
