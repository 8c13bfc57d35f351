//! The records and actions of the Python package: code, and stubs that have every field as an
//! attribute.

use callfluent::bindings::schema::{Accepts, Enumeration, Field, Kind, Presence, RecordType, Union, Variant};
use minijinja::{Value, context};

use super::super::reachable::{REACHABLE, listed_record};
use super::super::text::{Language, argument_text, render_all, value_text};
use super::types::{attribute_type, input_type, resolved_lazily};

/// The view of `models.py` and `models.pyi`.
pub(super) fn view() -> Result<Value, String> {
    // Records that are only given are keyword arguments; a `TypedDict` holds them together. It has
    // no place for names that the API does not document.
    let (records, given): (Vec<&RecordType>, Vec<&RecordType>) =
        REACHABLE.records.iter().copied().partition(|record| REACHABLE.is_received(record.name));
    let open = |name: &str| given.iter().any(|record| record.name == name && !record.documented);
    let mut names: Vec<_> = REACHABLE.type_names().filter(|name| !open(name)).map(str::to_owned).collect();
    names.extend(REACHABLE.known_values.iter().map(|known| format!("{}Value", known.name)));
    names.sort_unstable();
    let params = given.iter().filter(|record| record.documented).map(|record| params(record));
    let enumerations = REACHABLE.enumerations.iter().map(|enumeration| {
        let values: Vec<_> = enumeration.values.iter().map(|value| value.value).collect();
        Ok(context! { name => enumeration.name, values, text => text(enumeration.documentation)?.join(" ") })
    });
    let actions = REACHABLE.unions.iter().flat_map(|union| union.variants.iter().map(|variant| action(union, variant)));
    let unions = REACHABLE.unions.iter().map(|union| {
        let variants: Vec<_> = union.variants.iter().map(|variant| variant.record.name).collect();
        Ok(context! { name => union.name, variants, text => text(union.documentation)?.join(" ") })
    });
    let known = REACHABLE.known_values.iter().map(|known| known_values(known));
    Ok(context! {
        names,
        known => known.collect::<Result<Vec<_>, String>>()?,
        enumerations => enumerations.collect::<Result<Vec<_>, String>>()?,
        records => records.into_iter().map(record).collect::<Result<Vec<_>, _>>()?,
        params => params.collect::<Result<Vec<_>, _>>()?,
        actions => actions.collect::<Result<Vec<_>, _>>()?,
        unions => unions.collect::<Result<Vec<_>, String>>()?,
    })
}

fn text(documentation: &str) -> Result<Vec<String>, String> {
    render_all(documentation, Language::Python)
}

/// A class with a constant for each known value.
fn known_values(known: &Enumeration) -> Result<Value, String> {
    let members = known.values.iter().map(|value| {
        let mut arguments = vec![format!("{:?}", value.value)];
        arguments.extend(value.label.map(|label| format!("label={label:?}")));
        arguments.extend(value.number.map(|number| format!("number={number}")));
        arguments.push(format!("certainty=\"{}\"", value.certainty.as_str()));
        let name = constant_name(value.name);
        Ok(context! { name, value => value.value, arguments, text => value_text(value, Language::Python)? })
    });
    Ok(context! {
        name => known.name,
        text => text(known.documentation)?,
        members => members.collect::<Result<Vec<_>, String>>()?,
        alias_text => match known.accepts {
            Accepts::Numbers => format!("A value of :class:`{}`. Other strings are rejected.", known.name),
            Accepts::UtcOffset => format!("A value of :class:`{}`, or another offset from UTC.", known.name),
            _ => format!("A value of :class:`{}`, or any other string.", known.name),
        },
    })
}

/// `GPT_4O_MINI` for `Gpt4oMini`.
fn constant_name(variant: &str) -> String {
    let mut name = String::new();
    let mut before = '_';
    for letter in variant.chars() {
        let starts_word = letter.is_uppercase() || (letter.is_ascii_digit() && before.is_alphabetic());
        if starts_word && before != '_' {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
        before = letter;
    }
    name
}

fn record(record: &'static RecordType) -> Result<Value, String> {
    let fields = record.fields.iter().map(|field| {
        let nested = match &field.kind {
            Kind::Record(nested) => Some(nested.name.to_owned()),
            Kind::List(Kind::Record(nested)) => Some(format!("[{}]", nested.name)),
            _ => None,
        };
        Ok(context! {
            name => field.name,
            kind => optional(field, attribute_type(field)),
            runtime_kind => resolved_lazily(&optional(field, attribute_type(field))),
            required => field.presence == Presence::Required,
            text => text(field.documentation)?.join(" "),
            nested,
        })
    });
    // A result such as `PhoneNumberList` is a sequence of its records.
    let item = listed_record(record);
    Ok(context! {
        name => record.name,
        text => text(record.documentation)?,
        fields => fields.collect::<Result<Vec<_>, String>>()?,
        base => if item.is_some() { "RecordList" } else { "Record" },
        item,
        is_sent => REACHABLE.is_given(record.name),
        documented => record.documented,
    })
}

/// The keyword arguments of a method as one type.
fn params(record: &RecordType) -> Result<Value, String> {
    let fields = record.fields.iter().map(|field| {
        // `None` is rejected, so an omitted field has no entry.
        let plain = input_type(field);
        let required = field.presence == Presence::Required;
        let kind = if required { plain.clone() } else { format!("NotRequired[{plain}]") };
        Ok(context! { name => field.name, kind, plain, required, text => argument_text(field, Language::Python, "")? })
    });
    Ok(context! {
        name => record.name,
        text => text(record.documentation)?,
        fields => fields.collect::<Result<Vec<_>, String>>()?,
    })
}

fn action(union: &Union, variant: &Variant) -> Result<Value, String> {
    let mut fields: Vec<&Field> = variant.record.fields.iter().collect();
    fields.sort_by_key(|field| field.presence != Presence::Required);
    let fields = fields.into_iter().map(|field| {
        let required = field.presence == Presence::Required;
        let text = argument_text(field, Language::Python, "")?;
        let kind = input_type(field);
        Ok(context! { name => field.name, runtime_kind => resolved_lazily(&kind), kind, required, text })
    });
    let tag_text = text(union.tag.documentation)?.join(" ");
    Ok(context! {
        name => variant.record.name,
        tag => context! { name => union.tag.name, value => variant.tag, text => tag_text },
        text => text(variant.record.documentation)?,
        fields => fields.collect::<Result<Vec<_>, String>>()?,
        // In the order of the catalog, which their representation shows.
        field_names => variant.record.fields.iter().map(|field| field.name).collect::<Vec<_>>(),
    })
}

fn optional(field: &Field, kind: String) -> String {
    if field.presence == Presence::Required || kind == "Any" { kind } else { format!("{kind} | None") }
}
