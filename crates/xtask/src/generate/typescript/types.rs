//! The types of TypeScript.

use callfluent::bindings::schema::{Accepts, Enumeration, Field, Kind, Naming, Presence};

/// The direction of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    In,
    Out,
}

/// The type of a kind of value.
pub(super) fn type_of(kind: &Kind, direction: Direction) -> String {
    let given = direction == Direction::In;
    match kind {
        Kind::Id | Kind::StringId => if given { "IdInput" } else { "Id" }.into(),
        Kind::String | Kind::PhoneNumber => "string".into(),
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
        Kind::Nothing => "void".into(),
        Kind::Files => "readonly FileInput[]".into(),
        _ => "unknown".into(),
    }
}

/// The type of a field: known values are offered, others are allowed.
pub(super) fn field_type(field: &Field, direction: Direction) -> String {
    match (field.values, direction) {
        (Some(known), Direction::In) if known.accepts == Accepts::Numbers => {
            format!("readonly ({} | number)[] | string", known.name)
        }
        (Some(known), _) if known.accepts != Accepts::Numbers => known.name.into(),
        _ => type_of(&field.kind, direction),
    }
}

/// The type of an enumeration. Inputs end in `Input`, as those of ids do.
pub(super) fn enumeration_name(enumeration: &Enumeration, direction: Direction) -> String {
    let suffix = if direction == Direction::In { "Input" } else { "" };
    format!("{}{suffix}", enumeration.name)
}

/// `name: type` of a field.
///
/// A request cannot have `null`. A response may have `null` for any field and omit fields that are
/// not promised. Promised lists, records and ids are typed as present all the same; the client's
/// drift report shows if they are absent.
pub(super) fn member(field: &Field, direction: Direction) -> String {
    let name = Naming::Camel.convert(field.name);
    let held = field_type(field, direction);
    let required = field.presence == Presence::Required;
    let granted = matches!(field.kind, Kind::Id | Kind::StringId | Kind::List(_) | Kind::Record(_) | Kind::Map(_));
    match (direction, required) {
        (Direction::In, true) => format!("{name}: {held}"),
        (Direction::In, false) => format!("{name}?: {held} | undefined"),
        (Direction::Out, _) if held == "unknown" => format!("{name}?: unknown"),
        (Direction::Out, true) if granted => format!("{name}: {held}"),
        (Direction::Out, true) => format!("{name}: {held} | null"),
        (Direction::Out, false) => format!("{name}?: {held} | null"),
    }
}
