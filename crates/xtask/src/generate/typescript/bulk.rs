//! The methods of bulk operations in TypeScript: their signature, and their example.

use callfluent::bindings::catalog::{BulkOperation, Key};
use callfluent::bindings::schema::{Kind, Naming};
use minijinja::{Value, context};

use super::super::bulk::{self, Example};
use super::super::text::{Language, argument_text};
use super::example::plain;
use super::signature::{Signature, camel, first_field};
use super::types::{Direction, field_type, type_of};

/// The view of a bulk operation.
pub(super) fn method(bulk: &'static BulkOperation) -> Result<Value, String> {
    let signature = Signature::of(bulk.item);
    let items = Naming::Camel.convert(bulk.items);
    let shared = bulk.item.parameters.iter().filter(|parameter| bulk.shared == Some(parameter.field.name));
    let shared = shared.map(|parameter| {
        let field = &parameter.field;
        let text = argument_text(field, Language::TypeScript, "")?;
        Ok(context! { name => camel(field), key => field.name, kind => field_type(field, Direction::In), text })
    });
    let form = match bulk.key {
        Key::Own => "byOwnId",
        _ if bulk.takes_only_ids() => "ids",
        _ => "byId",
    };
    Ok(context! {
        method_name => Naming::Camel.convert(bulk.resource_and_verb().1),
        item_method => Naming::Camel.convert(bulk.item.resource_and_verb().1),
        item_name => bulk.item.name,
        items_name => items,
        item_kinds => item_types(bulk, &signature),
        options_type => if bulk.is_change() { "BulkChangeOptions" } else { "BulkOptions" },
        value => value_type(bulk),
        paged => matches!(bulk.item.output, Kind::Page(_)),
        form,
        field => signature.record.map(|parameter| first_field(&parameter.field.kind)).unwrap_or_default(),
        shared => shared.collect::<Result<Vec<Value>, String>>()?,
        example => example(bulk)?,
        ..bulk::view(bulk, Language::TypeScript)?
    })
}

fn value_type(bulk: &BulkOperation) -> String {
    match &bulk.item.output {
        _ if bulk.discards_result => "undefined".to_owned(),
        Kind::Page(record) => format!("({} & Fields)[]", record.name),
        kind => type_of(kind, Direction::Out),
    }
}

/// The types of the items, one for each overload: a record of a response has its own, because its
/// undocumented fields would hide misspelled names.
pub(super) fn item_types(bulk: &'static BulkOperation, signature: &Signature) -> Vec<String> {
    if bulk.takes_only_ids() {
        return vec!["Iterable<IdInput>".to_owned()];
    }
    let given = signature.record.map(|parameter| type_of(&parameter.field.kind, Direction::In)).unwrap_or_default();
    let mut fields = vec![given];
    if signature.passed_record().is_some() {
        fields.push(type_of(&bulk.item.output, Direction::Out));
    }
    let form = |fields: String| match bulk.key {
        Key::Own => format!("ItemsById<{fields}> | Iterable<{fields}>"),
        _ => format!("ItemsById<{fields}>"),
    };
    fields.into_iter().map(form).collect()
}

/// The lines of the example.
pub(super) fn example(bulk: &BulkOperation) -> Result<Vec<String>, String> {
    let Example { shared, ids, fields } = bulk::example(bulk)?;
    let shared = shared.as_ref().map(plain).transpose()?.map(|shared| format!("{shared}, ")).unwrap_or_default();
    let ids = ids.iter().map(plain).collect::<Result<Vec<_>, _>>()?.join(", ");
    let call = format!("client.{}({shared}", Naming::Camel.convert(bulk.name));
    let mut lines = Vec::new();
    if fields.is_empty() {
        lines.push(format!("for (const item of await {call}[{ids}])) {{"));
    } else {
        let key = if bulk.key == Key::Own { ids.trim_matches('\'').to_owned() } else { ids };
        lines.push(format!("for await (const item of {call}{{"));
        lines.push(format!("  {key}: {{"));
        for (name, value) in &fields {
            lines.push(format!("    {}: {},", Naming::Camel.convert(name), plain(value)?));
        }
        lines.extend(["  },".to_owned(), "})) {".to_owned()]);
    }
    lines.extend(["  console.log(item.id, item.error ?? item.value);".to_owned(), "}".to_owned()]);
    Ok(lines)
}
