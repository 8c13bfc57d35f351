//! The methods that send several requests, such as `calls.wait`, in TypeScript: their signatures,
//! and the types of their options.

use callfluent::bindings::catalog::{ArgumentKind, CompositeMethod, MethodArgument};
use callfluent::bindings::schema::Naming;
use minijinja::{Value, context};

use super::super::composite;
use super::super::text::Language;

/// The view of a composite method.
pub(super) fn method(method: &'static CompositeMethod) -> Result<Value, String> {
    let view = |argument: &MethodArgument| {
        Ok(context! {
            name => composite::name(argument, Language::TypeScript),
            kind => type_of(argument.kind),
            text => composite::text(argument, Language::TypeScript)?,
        })
    };
    let of = |is_option: bool| {
        let arguments = method.arguments.iter().filter(|argument| argument.is_option == is_option);
        arguments.map(view).collect::<Result<Vec<Value>, String>>()
    };
    let (output, options, is_generic) = match method.name {
        "calls.wait" => ("Promise<Call & Fields>", "WaitOptions<Call & Fields>", true),
        "calls.watch" => ("CallWatch<Call & Fields>", "WatchOptions", true),
        _ => ("Promise<ExportResult>", "ExportOptions", false),
    };
    let options_text = match method.name {
        "calls.wait" => "Timeout, condition, delays and signal.",
        "calls.watch" => "Delays and signal.",
        _ => "Agents, format, masks, and the options of each request.",
    };
    let documentation = composite::view(method, Language::TypeScript)?;
    let returns = match method.name {
        "calls.watch" => Value::from("An async iterable of calls. `break` and the signal end it at once."),
        _ => documentation.get_attr("returns").unwrap_or_default(),
    };
    let verb = documentation.get_attr("verb").unwrap_or_default().to_string();
    Ok(context! {
        arguments => of(false)?,
        given => of(true)?,
        output,
        options,
        is_generic,
        options_text,
        returns,
        method_name => Naming::Camel.convert(&verb),
        example => composite::example(method, Language::TypeScript),
        ..documentation
    })
}

/// The type of a value. Records are those of the list that a method reads.
fn type_of(kind: ArgumentKind) -> &'static str {
    match kind {
        ArgumentKind::Predicate => "(call: T) => unknown",
        ArgumentKind::Columns => "Readonly<Record<string, ColumnType>>",
        ArgumentKind::Progress => "(progress: ExportProgress) => void",
        kind => composite::type_of(kind, Language::TypeScript),
    }
}
