//! Records, unions and enumerations as TypeScript types. Inputs are closed, so that the compiler
//! finds misspelled names. Results are open, as responses may hold undocumented fields.

use callfluent::bindings::schema::{Accepts, Enumeration, Field, Kind, Naming, RecordType, Union};
use minijinja::{Value, context};

use super::super::reachable::{REACHABLE, listed_record};
use super::super::text::{Language, argument_text, render_all, value_text};
use super::super::wrapping::tsdoc;
use super::types::{Direction, enumeration_name, member};

/// The view of `models.ts`.
pub(super) fn view() -> Result<Value, String> {
    let mut types = Vec::new();
    for kind in &REACHABLE.records {
        // A record that goes in both directions is written as what comes out.
        let direction = if REACHABLE.is_received(kind.name) { Direction::Out } else { Direction::In };
        types.push(record(kind, direction, None)?);
    }
    for kind in &REACHABLE.unions {
        types.push(union(kind)?);
        for variant in kind.variants {
            types.push(record(variant.record, Direction::In, Some((kind.tag, variant.tag)))?);
        }
    }
    for kind in &REACHABLE.enumerations {
        if REACHABLE.is_received(kind.name) {
            types.push(enumeration(kind, Direction::Out)?);
        }
        if REACHABLE.is_given(kind.name) {
            types.push(enumeration(kind, Direction::In)?);
        }
    }
    let values: Vec<_> = REACHABLE.known_values.iter().map(|known| known.name).collect();
    Ok(context! { types, values })
}

fn text(documentation: &str) -> Result<Vec<String>, String> {
    render_all(documentation, Language::TypeScript)
}

fn record(record: &RecordType, direction: Direction, tag: Option<(&Field, &str)>) -> Result<Value, String> {
    let mut members = Vec::new();
    if let Some((field, value)) = tag {
        let declared = format!("{}: '{value}'", Naming::Camel.convert(field.name));
        members.push(context! { comment => tsdoc(&text(field.documentation)?, "  "), declared });
    }
    for field in record.fields {
        let declared = member(field, direction);
        let meaning = match direction {
            Direction::In => vec![argument_text(field, Language::TypeScript, "")?],
            Direction::Out => text(field.documentation)?,
        };
        members.push(context! { comment => tsdoc(&meaning, "  "), declared });
    }
    if direction == Direction::In && !record.documented {
        let meaning = "Values for the agent's custom fields. Unlike other fields, they can have any name.";
        let declared = "customFields?: Readonly<Record<string, unknown>> | undefined";
        members.push(context! { comment => tsdoc(&[meaning.into()], "  "), declared });
        let meaning = "Reads the agent first, and rejects the request if the agent does not have one of the custom \
            fields. Default: false.";
        let declared = "checkFields?: boolean | undefined";
        members.push(context! { comment => tsdoc(&[meaning.into()], "  "), declared });
    }
    if direction == Direction::Out
        && let Some(item) = listed_record(record)
    {
        let members_of_list = [
            (
                "Numbers that no agent uses. Not enumerable, as it follows from the other fields.",
                format!("readonly free: {item}[]"),
            ),
            ("Iterates over all numbers.", format!("[Symbol.iterator](): IterableIterator<{item}>")),
        ];
        for (meaning, declared) in members_of_list {
            members.push(context! { comment => tsdoc(&[meaning.into()], "  "), declared });
        }
    }
    let further = match direction {
        // `(await client.agents.get(7)).name` would compile and be undefined.
        Direction::Out if is_wrapper(record) => None,
        Direction::Out => Some("Undocumented fields, under the names that the API gives them."),
        Direction::In if !record.documented => Some("Additional fields, sent under their own names."),
        Direction::In => None,
    };
    let comment = tsdoc(&text(record.documentation)?, "");
    Ok(context! { form => "interface", name => record.name, comment, members, further })
}

fn union(union: &Union) -> Result<Value, String> {
    let variants: Vec<_> = union.variants.iter().map(|variant| variant.record.name).collect();
    let comment = tsdoc(&text(union.documentation)?, "");
    Ok(context! { form => "union", name => union.name, comment, variants })
}

/// Closed if it is an input, so that the compiler finds misspelled values; open if it is a result.
fn enumeration(enumeration: &Enumeration, direction: Direction) -> Result<Value, String> {
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
    let name = enumeration_name(enumeration, direction);
    Ok(context! { form => "enumeration", name, comment => tsdoc(&parts, ""), variants })
}

/// The view of `values.ts`.
pub(super) fn values_view() -> Result<Value, String> {
    let sets = REACHABLE.known_values.iter().map(|known| {
        let members = known.values.iter().map(|value| {
            Ok(context! {
                name => value.name,
                value => value.value,
                comment => tsdoc(&[value_text(value, Language::TypeScript)?], "  "),
                label => value.label,
                number => value.number,
                certainty => value.certainty.as_str(),
            })
        });
        let mut parts = text(known.documentation)?;
        parts.push("{@link KNOWN_VALUES} has the labels and the certainty of these values.".into());
        let mut variants: Vec<_> = known.values.iter().map(|value| format!("'{}'", value.value)).collect();
        if known.accepts != Accepts::Numbers {
            variants.push("(string & {})".into());
        }
        Ok(context! {
            name => known.name,
            comment => tsdoc(&parts, ""),
            members => members.collect::<Result<Vec<_>, String>>()?,
            variants,
        })
    });
    Ok(context! { sets => sets.collect::<Result<Vec<_>, String>>()? })
}

/// Returns whether a record only wraps others: it has no ID of its own.
fn is_wrapper(record: &RecordType) -> bool {
    let is_record = |kind: &Kind| matches!(kind, Kind::Record(_) | Kind::List(Kind::Record(_)));
    record.field("id").is_none() && record.fields.iter().any(|field| is_record(&field.kind))
}
