//! The methods of bulk operations in Python: their signature, and their example.

use callfluent::bindings::catalog::{BulkOperation, DefaultValue, Key};
use callfluent::bindings::schema::Kind;
use minijinja::{Value, context};

use super::super::bulk::{self, Example};
use super::super::composite;
use super::super::text::{Language, argument_text};
use super::arguments::fields_of;
use super::example::plain;
use super::types::{input_type, resolved_lazily, result_type};

/// The type of an option.
fn kind(name: &str) -> &'static str {
    match name {
        "max_concurrency" => "int",
        "dry_run" => "bool",
        "journal" => "str | PathLike[str] | None",
        "resolve" => "Mapping[Any, Resolution] | None",
        _ => "bool | Callable[[int, int], object] | type[Any] | None",
    }
}

/// The default of an option, as code.
fn default(value: DefaultValue) -> String {
    match value {
        DefaultValue::Integer(value) => value.to_string(),
        DefaultValue::Boolean(false) => "False".to_owned(),
        _ => "None".to_owned(),
    }
}

/// The view of a bulk operation.
pub(super) fn method(bulk: &'static BulkOperation) -> Result<Value, String> {
    let options = composite::bulk_options(bulk).map(|option| {
        let (kind, text) = (kind(option.name), composite::text(option, Language::Python)?);
        let runtime_kind = resolved_lazily(kind);
        Ok(context! { name => option.name, kind, runtime_kind, text, default => default(option.default) })
    });
    let value = if bulk.discards_result { "None".to_owned() } else { value_type(bulk) };
    let kind = items_type(bulk);
    let shared = bulk.item.parameters.iter().filter(|parameter| bulk.shared == Some(parameter.field.name));
    let shared = shared.map(|parameter| {
        let text = argument_text(&parameter.field, Language::Python, "")?;
        let kind = input_type(&parameter.field);
        Ok(context! { name => parameter.field.name, kind, text })
    });
    Ok(context! {
        items_kind => kind.replace("list[", "builtins.list["),
        items_runtime_kind => resolved_lazily(&kind),
        value => value.replace("list[", "builtins.list["),
        runtime_value => resolved_lazily(&value),
        record => record_type(bulk),
        shared => shared.collect::<Result<Vec<Value>, String>>()?,
        bulk_options => options.collect::<Result<Vec<Value>, String>>()?,
        operation_name => bulk.item.name,
        example => example(bulk, false)?,
        async_example => example(bulk, true)?,
        ..bulk::view(bulk, Language::Python)?
    })
}

fn value_type(bulk: &BulkOperation) -> String {
    match &bulk.item.output {
        Kind::Page(record) => format!("Records[{}]", record.name),
        kind => result_type(kind),
    }
}

/// The class of the records in a value.
fn record_type(bulk: &BulkOperation) -> &'static str {
    match &bulk.item.output {
        _ if bulk.discards_result => "",
        Kind::Record(record) | Kind::Page(record) | Kind::List(Kind::Record(record)) => record.name,
        _ => "",
    }
}

pub(super) fn items_type(bulk: &'static BulkOperation) -> String {
    if bulk.takes_only_ids() {
        return "Iterable[int | str]".to_owned();
    }
    let is_own = bulk.key == Key::Own;
    let fields = match fields_of(bulk.item) {
        // A record of a response can be passed whole, as in `update`.
        Some(record) if record.documented && !is_own && !bulk.item.composite => {
            format!("{} | {}", record.name, record_type(bulk))
        }
        Some(record) if record.documented => record.name.to_owned(),
        _ => "Mapping[str, object]".to_owned(),
    };
    // Type checkers infer no dict for a union of mappings, and the keys of a mapping are invariant.
    let by_id = format!("Mapping[Any, {fields}]");
    if is_own { format!("{by_id} | Iterable[{fields}]") } else { by_id }
}

/// The example, with prompts.
pub(super) fn example(bulk: &BulkOperation, is_async: bool) -> Result<Vec<String>, String> {
    let Example { shared, ids, fields } = bulk::example(bulk)?;
    let awaited = if is_async { "await " } else { "" };
    let shared = shared.as_ref().map(|shared| format!("{}, ", plain(shared))).unwrap_or_default();
    let call = format!("{awaited}client.{}({shared}", bulk.name);
    let ids: Vec<_> = ids.iter().map(plain).collect();
    let mut lines = if fields.is_empty() {
        vec![format!("for item in {call}[{}]):", ids.join(", "))]
    } else {
        let fields: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\": {}", plain(value))).collect();
        let item = format!("{call}{{{}: {{{}}}}})", ids.join(""), fields.join(", "));
        let mut lines = vec![format!("results = {item}")];
        if item.len() > 74 {
            lines = vec!["items = {".to_owned(), format!("    {}: {{", ids.join(""))];
            lines.extend(fields.iter().map(|field| format!("        {field},")));
            lines.extend(["    },".to_owned(), "}".to_owned(), format!("results = {call}items)")]);
        }
        lines.push("for item in results:".to_owned());
        lines
    };
    lines.push("    print(item.id, item.error or item.value)".to_owned());
    Ok(lines
        .iter()
        .map(|line| if line.starts_with([' ', '}']) { format!("... {line}") } else { format!(">>> {line}") })
        .collect())
}
