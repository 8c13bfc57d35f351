//! The types of Python stubs.

use callfluent::bindings::catalog::RESOURCES;
use callfluent::bindings::schema::{Accepts, Field, Kind, RecordType, Union};

/// The type of an argument. Documented values are the only ones that type checkers accept.
pub(in super::super) fn input_type(field: &Field) -> String {
    if let Some(known) = field.values {
        return match known.accepts {
            Accepts::UtcOffset => format!("{}Value | timezone", known.name),
            Accepts::Numbers => format!("Iterable[{}Value | int] | str", known.name),
            _ => format!("{}Value", known.name),
        };
    }
    match (&field.kind, field.range.map(|range| (range.min, range.max))) {
        // Two numbers are a choice.
        (Kind::Integer, Some((least, Some(greatest)))) if greatest - least <= 1.0 => {
            format!("Literal[{least}, {greatest}]")
        }
        (kind, _) => input_kind(kind),
    }
}

fn input_kind(kind: &Kind) -> String {
    match kind {
        Kind::Id | Kind::StringId => "int | str".into(),
        Kind::String | Kind::PhoneNumber => "str".into(),
        Kind::Integer => "int".into(),
        Kind::Number => "float".into(),
        Kind::Boolean => "bool".into(),
        Kind::Image => "str | bytes | PathLike[str]".into(),
        Kind::Enumeration(enumeration) => enumeration.name.to_owned(),
        Kind::List(Kind::Record(shape)) => format!("Iterable[{} | Mapping[str, str]]", shape.name),
        // A single string would be an iterable of strings.
        Kind::List(Kind::String) => "list[str] | tuple[str, ...]".into(),
        Kind::List(kind) => format!("Iterable[{}]", input_kind(kind)),
        Kind::Union(union) => {
            let received = record_of(union).map_or(String::new(), |shape| format!(" | {}", shape.name));
            format!("{}{received} | Mapping[str, object]", union.name)
        }
        Kind::Files => "Files".into(),
        _ => "object".into(),
    }
}

/// The type of an attribute. Known values are offered; the API may return others.
pub(in super::super) fn attribute_type(field: &Field) -> String {
    match field.values {
        Some(known) if known.accepts != Accepts::Numbers => format!("{}Value", known.name),
        _ => output_type(&field.kind),
    }
}

/// The type of a result. A list of records is a table, too.
pub(super) fn result_type(kind: &Kind) -> String {
    match kind {
        Kind::List(Kind::Record(shape)) => format!("Records[{}]", shape.name),
        kind => output_type(kind),
    }
}

/// The type of a value within a result.
fn output_type(kind: &Kind) -> String {
    match kind {
        Kind::Id | Kind::Integer => "int".into(),
        Kind::StringId | Kind::String | Kind::PhoneNumber | Kind::Image => "str".into(),
        Kind::Number => "float".into(),
        Kind::Boolean => "bool".into(),
        // Without `| str`, so that arguments take what responses give. Other values are possible.
        Kind::Enumeration(enumeration) => enumeration.name.to_owned(),
        Kind::List(kind) => format!("list[{}]", output_type(kind)),
        Kind::Map(Kind::Any) => "dict[str, Any]".into(),
        Kind::Map(kind) => format!("dict[str, {} | None]", output_type(kind)),
        Kind::Record(shape) | Kind::Page(shape) => shape.name.to_owned(),
        Kind::Nothing => "None".into(),
        _ => "Any".into(),
    }
}

/// Returns a type as the modules of the package state it: names that are not built in are
/// attributes of `types`, which are made on first use.
pub(super) fn resolved_lazily(kind: &str) -> String {
    const BUILT_IN: [&str; 12] =
        ["int", "str", "float", "bool", "bytes", "object", "list", "dict", "tuple", "type", "None", "builtins"];
    let mut resolved = String::new();
    let mut rest = kind;
    while let Some(first) = rest.chars().next() {
        let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let end = match first {
            '"' => rest.get(1..).and_then(|text| text.find('"')).map_or(rest.len(), |end| end + 2),
            _ if is_name(first) => rest.find(|character| !is_name(character)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        if first.is_ascii_alphabetic() && !BUILT_IN.contains(&token) {
            resolved.push_str("types.");
        }
        resolved.push_str(token);
        rest = after;
    }
    resolved
}

/// Reports whether a record is the form in which responses carry a union: it has the union's tag.
fn is_record_of(union: &Union, shape: &RecordType) -> bool {
    shape.field(union.tag.name).is_some()
}

/// The record in which responses carry a union.
fn record_of(union: &Union) -> Option<&'static RecordType> {
    RESOURCES.iter().flat_map(|resource| resource.operations).find_map(|operation| match &operation.output {
        Kind::Record(shape) | Kind::List(Kind::Record(shape)) if is_record_of(union, shape) => Some(*shape),
        _ => None,
    })
}
