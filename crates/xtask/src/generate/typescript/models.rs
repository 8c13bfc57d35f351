//! Records, unions and enumerations as TypeScript types. Inputs are closed, so that the compiler
//! finds misspelled names. Results are open, as responses may hold undocumented fields.

use std::collections::BTreeSet;

use callfluent::bindings::catalog;
use callfluent::bindings::schema::{Enumeration, Field, Kind, Naming, Presence, RecordType, Union};
use minijinja::{Value, context};

use super::types::{Direction, enumeration_name, member};
use super::{comment, field_text, text};

/// The view of `models.ts`, and the names of all types in order.
pub(super) fn view() -> Result<(Value, BTreeSet<String>), String> {
    let mut types = Types::default();
    // Results first: a record that goes in both directions is written as what comes out.
    for operation in catalog::operations() {
        types.kind(&operation.output, Direction::Out)?;
    }
    for operation in catalog::operations() {
        for parameter in operation.parameters {
            types.kind(&parameter.field.kind, Direction::In)?;
        }
    }
    Ok((context! { types => types.written }, types.names.into_iter().collect()))
}

/// The types that were written so far.
#[derive(Default)]
struct Types {
    names: Vec<String>,
    written: Vec<Value>,
}

impl Types {
    fn is_new(&mut self, name: &str) -> bool {
        let new = !self.names.iter().any(|known| known == name);
        if new {
            self.names.push(name.to_owned());
        }
        new
    }

    fn kind(&mut self, kind: &Kind, direction: Direction) -> Result<(), String> {
        match kind {
            Kind::List(kind) | Kind::Map(kind) => self.kind(kind, direction),
            Kind::Record(shape) | Kind::Page(shape) => self.record(shape, direction, None),
            Kind::Union(union) => self.union(union, direction),
            Kind::Enumeration(enumeration) => self.enumeration(enumeration, direction),
            _ => Ok(()),
        }
    }

    fn record(&mut self, shape: &RecordType, direction: Direction, tag: Option<(&Field, &str)>) -> Result<(), String> {
        if !self.is_new(shape.name) {
            return Ok(());
        }
        // In a patch, `null` looks like clearing a value and would have no effect.
        let is_patch =
            direction == Direction::In && shape.fields.iter().all(|field| field.presence == Presence::Optional);
        let mut members = Vec::new();
        if let Some((field, value)) = tag {
            let declared = format!("{}: '{value}'", Naming::Camel.convert(field.name));
            members.push(context! { comment => comment(&[field_text(field)?], "  "), declared });
        }
        for field in shape.fields {
            let declared = member(field, direction);
            let declared = if is_patch { declared.replace(" | null", "") } else { declared };
            let meaning = match direction {
                Direction::In => field_text(field)?,
                Direction::Out => text(field.documentation)?.join(" "),
            };
            members.push(context! { comment => comment(&[meaning], "  "), declared });
        }
        let further = match direction {
            Direction::Out => Some("Undocumented fields, under the names that the API gives them."),
            Direction::In if !shape.documented => Some("Additional fields, sent under their own names."),
            Direction::In => None,
        };
        let comment = comment(&text(shape.documentation)?, "");
        self.written.push(context! { form => "interface", name => shape.name, comment, members, further });
        shape.fields.iter().try_for_each(|field| self.kind(&field.kind, direction))
    }

    fn union(&mut self, union: &Union, direction: Direction) -> Result<(), String> {
        if !self.is_new(union.name) {
            return Ok(());
        }
        let variants: Vec<_> = union.variants.iter().map(|variant| variant.record.name).collect();
        let comment = comment(&text(union.documentation)?, "");
        self.written.push(context! { form => "union", name => union.name, comment, variants });
        let mut variants = union.variants.iter();
        variants.try_for_each(|variant| self.record(variant.record, direction, Some((union.tag, variant.tag))))
    }

    /// Closed if it is an input, so that the compiler finds misspelled values; open if it is a
    /// result.
    fn enumeration(&mut self, enumeration: &Enumeration, direction: Direction) -> Result<(), String> {
        let name = enumeration_name(enumeration, direction);
        if !self.is_new(&name) {
            return Ok(());
        }
        let mut parts = text(enumeration.documentation)?;
        for value in enumeration.values {
            parts.push(format!("- `{}`: {}", value.value, text(value.documentation)?.join(" ")));
        }
        let mut variants: Vec<_> = enumeration.values.iter().map(|value| format!("'{}'", value.value)).collect();
        if direction == Direction::Out {
            parts.push("The API may return other values.".into());
            variants.push("(string & {})".into());
        } else {
            parts.push("To send a value that is not listed, write `'value' as never`.".into());
        }
        self.written.push(context! { form => "enumeration", name, comment => comment(&parts, ""), variants });
        Ok(())
    }
}
