//! The bulk operations of a resource, as data for the templates: the same documentation in every
//! language, and the values of the examples.

use callfluent::bindings::catalog::{BULK_OPERATIONS, BulkOperation, CREATE_MANY_FROM_ROWS, Key};
use callfluent::bindings::operation::{Idempotency, Operation};
use minijinja::{Value as View, context};

use super::documentation;
use super::example::{self, Call, Statement, Value};
use super::text::{Language, paragraphs, render};

/// The bulk operations of a resource, in the order of the catalog.
pub(super) fn of_resource(resource: &str) -> impl Iterator<Item = &'static BulkOperation> {
    BULK_OPERATIONS.iter().copied().filter(move |bulk| bulk.resource_and_verb().0 == resource)
}

/// The documentation of a bulk operation, and of the operation of its items.
pub(super) fn view(bulk: &BulkOperation, language: Language) -> Result<View, String> {
    let (resource, verb) = bulk.resource_and_verb();
    let text = |text: &str| -> Result<Vec<String>, String> {
        paragraphs(text).iter().map(|paragraph| render(paragraph, language, resource)).collect()
    };
    let rows = Some(CREATE_MANY_FROM_ROWS).filter(|rows| rows.rows_of.is_some_and(|of| of.name == bulk.name));
    let mut paragraphs = text(bulk.documentation)?.into_iter();
    Ok(context! {
        name => bulk.name,
        verb,
        summary => paragraphs.next().unwrap_or_default(),
        details => paragraphs.collect::<Vec<_>>(),
        items => bulk.items,
        items_text => text(bulk.items_documentation)?.join(" "),
        value_text => text(bulk.value_documentation)?.join(" "),
        is_change => bulk.is_change(),
        only_ids => bulk.takes_only_ids(),
        own_ids => bulk.key == Key::Own,
        rows => rows.map(|rows| context! {
            method => rows.name,
            name => rows.items,
            summary => rows.documentation,
            text => rows.items_documentation,
        }),
        keeps_response => bulk.item.idempotency != Idempotency::Idempotent,
        operation => documentation::view(bulk.item, language)?,
    })
}

/// The values of a bulk operation's example.
pub(super) struct Example {
    /// The argument that all items share.
    pub(super) shared: Option<Value>,
    pub(super) ids: Vec<Value>,
    /// The fields of the only item, if it has some.
    pub(super) fields: Vec<(String, Value)>,
}

/// Returns the example of a bulk operation, from that of the operation.
pub(super) fn example(bulk: &BulkOperation) -> Result<Example, String> {
    let mut arguments = first_call(bulk.item)?.arguments;
    let mut take = |name: &str| {
        let index = arguments.iter().position(|(given, _)| given == name)?;
        Some(arguments.remove(index).1)
    };
    let shared = bulk.shared.and_then(&mut take);
    let ids = match bulk.key {
        Key::Own => vec![Value::Text("first".to_owned())],
        Key::Argument(_) if bulk.takes_only_ids() && !bulk.is_change() => {
            vec![Value::Number("1001".to_owned()), Value::Number("1002".to_owned())]
        }
        Key::Argument(name) => vec![take(name).ok_or_else(|| format!("the example of {} lacks {name}", bulk.name))?],
        _ => Vec::new(),
    };
    Ok(Example { shared, ids, fields: if bulk.takes_only_ids() { Vec::new() } else { arguments } })
}

pub(super) fn first_call(operation: &'static Operation) -> Result<Call, String> {
    let calls = example::parse(operation)?.into_iter().filter_map(|statement| match statement {
        Statement::Let(_, call) | Statement::For(_, call, _) | Statement::Do(call) => Some(call),
        Statement::Print(_) => None,
    });
    let mut own = calls.filter(|call| call.operation.name == operation.name);
    own.next().ok_or_else(|| format!("the example of {} does not call it", operation.name))
}
