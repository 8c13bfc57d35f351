//! Records, unions and enumerations as TypeScript types. What goes in is closed, so that a slip in a name is found; what
//! comes out is open, as answers may hold more than the documentation says.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use callfluent::catalog;
use callfluent::schema::{Enumeration, Field, Kind, Naming, Presence, Shape, Union};

use super::documentation::{comment, of_field, paragraphs};

/// Whether a value is given or received.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    In,
    Out,
}

/// `models.ts`, without its head.
pub(super) fn text() -> String {
    let written = all().written.join("\n");
    format!("import type {{ Id, IdInput }} from '../id';\n\n{written}")
}

/// The names of all types, in order.
pub(super) fn names() -> BTreeSet<String> {
    all().names.into_iter().collect()
}

fn all() -> Types {
    let mut types = Types::default();
    // Answers first: a record that is in both directions is written as what comes out.
    for operation in catalog::operations() {
        types.kind(&operation.output, Direction::Out);
    }
    for operation in catalog::operations() {
        for parameter in operation.parameters {
            types.kind(&parameter.field.kind, Direction::In);
        }
    }
    types
}

/// How TypeScript writes a kind.
pub(super) fn type_of(kind: &Kind, direction: Direction) -> String {
    let given = direction == Direction::In;
    match kind {
        Kind::Id | Kind::TextId => if given { "IdInput" } else { "Id" }.into(),
        Kind::Text | Kind::PhoneNumber => "string".into(),
        Kind::Image => if given { "string | Uint8Array" } else { "string" }.into(),
        Kind::Integer | Kind::Number => "number".into(),
        Kind::Boolean => "boolean".into(),
        Kind::Enumeration(enumeration) => enumeration_name(enumeration, direction),
        Kind::List(kind) if given => format!("readonly {}[]", type_of(kind, direction)),
        Kind::List(kind) => format!("{}[]", type_of(kind, direction)),
        Kind::Map(kind) if given => format!("Readonly<Record<string, {}>>", type_of(kind, direction)),
        Kind::Map(kind) => format!("Record<string, {} | null>", type_of(kind, direction)),
        Kind::Record(shape) => shape.name.into(),
        Kind::Union(union) => union.name.into(),
        Kind::Page(shape) => format!("Page<{}>", shape.name),
        Kind::Files => "readonly FileInput[]".into(),
        _ => "unknown".into(),
    }
}

/// The types that were written so far.
#[derive(Default)]
struct Types {
    names: Vec<String>,
    written: Vec<String>,
}

impl Types {
    fn is_new(&mut self, name: &str) -> bool {
        let new = !self.names.iter().any(|known| known == name);
        if new {
            self.names.push(name.to_owned());
        }
        new
    }

    fn kind(&mut self, kind: &Kind, direction: Direction) {
        match kind {
            Kind::List(kind) | Kind::Map(kind) => self.kind(kind, direction),
            Kind::Record(shape) | Kind::Page(shape) => self.record(shape, direction, None),
            Kind::Union(union) => self.union(union, direction),
            Kind::Enumeration(enumeration) => self.enumeration(enumeration, direction),
            _ => {}
        }
    }

    fn record(&mut self, shape: &Shape, direction: Direction, tag: Option<(&Field, &str)>) {
        if !self.is_new(shape.name) {
            return;
        }
        let mut text = comment("", &paragraphs(shape.documentation));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "export interface {} {{", shape.name);
        if let Some((field, value)) = tag {
            text += &comment("  ", &[of_field(field)]);
            let _ = writeln!(text, "  {}: '{value}';", Naming::Camel.write(field.name));
        }
        // Among changes `null` looks like taking a value away, and does nothing: it stands for what is left out.
        let are_changes =
            direction == Direction::In && shape.fields.iter().all(|field| field.presence == Presence::Optional);
        for field in shape.fields {
            text += &comment("  ", &[of_field(field)]);
            let member = member(field, direction);
            let member = if are_changes { member.replace(" | null", "") } else { member };
            let _ = writeln!(text, "  {member};");
        }
        if direction == Direction::Out {
            text += "  /** Whatever else the API answers, under its own name. */\n  [field: string]: unknown;\n";
        } else if !shape.documented {
            text += "  /** Further fields, sent under their own names. */\n  [field: string]: unknown;\n";
        }
        text += "}\n";
        self.written.push(text);
        for field in shape.fields {
            self.kind(&field.kind, direction);
        }
    }

    fn union(&mut self, union: &Union, direction: Direction) {
        if !self.is_new(union.name) {
            return;
        }
        let names: Vec<_> = union.variants.iter().map(|variant| variant.shape.name).collect();
        self.written.push(format!(
            "{}export type {} =\n  | {};\n",
            comment("", &paragraphs(union.documentation)),
            union.name,
            names.join("\n  | ")
        ));
        for variant in union.variants {
            self.record(variant.shape, direction, Some((union.tag, variant.tag)));
        }
    }

    /// Closed where it is given, so that a slip is found; open where it is received.
    fn enumeration(&mut self, enumeration: &Enumeration, direction: Direction) {
        let name = enumeration_name(enumeration, direction);
        if !self.is_new(&name) {
            return;
        }
        let mut parts = paragraphs(enumeration.documentation);
        parts.extend(
            enumeration.values.iter().map(|value| format!("- `{}`: {}", value.value, value.documentation.trim())),
        );
        let mut values: Vec<_> = enumeration.values.iter().map(|value| format!("'{}'", value.value)).collect();
        if direction == Direction::Out {
            parts.push("Other values than these are passed on as they are.".into());
            values.push("(string & {})".into());
        } else {
            parts.push(
                "For a value that the API has learnt since, write `'value' as never`: it is sent as it is.".into(),
            );
        }
        self.written.push(format!("{}export type {name} = {};\n", comment("", &parts), values.join(" | ")));
    }
}

/// An enumeration's type, called like those of ids.
fn enumeration_name(enumeration: &Enumeration, direction: Direction) -> String {
    let suffix = if direction == Direction::In { "Input" } else { "" };
    format!("{}{suffix}", enumeration.name)
}

/// `name: type` of a field.
///
/// An answer may have `null` for anything, and lack what is not promised. Lists, records and ids that are promised are
/// taken for granted all the same: the client's drift tells when they fail to come.
fn member(field: &Field, direction: Direction) -> String {
    let name = Naming::Camel.write(field.name);
    let held = type_of(&field.kind, direction);
    let required = field.presence == Presence::Required;
    let granted = matches!(field.kind, Kind::Id | Kind::TextId | Kind::List(_) | Kind::Record(_) | Kind::Map(_));
    match (direction, required) {
        (Direction::In, true) => format!("{name}: {held}"),
        (Direction::In, false) => format!("{name}?: {held} | null | undefined"),
        (Direction::Out, _) if held == "unknown" => format!("{name}?: unknown"),
        (Direction::Out, true) if granted => format!("{name}: {held}"),
        (Direction::Out, true) => format!("{name}: {held} | null"),
        (Direction::Out, false) => format!("{name}?: {held} | null"),
    }
}
