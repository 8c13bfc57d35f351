//! The methods that send several requests, such as `calls.wait`, in Python: their signature, and
//! their example.

use callfluent::bindings::catalog::{ArgumentKind, CompositeMethod, DefaultValue, MethodArgument};
use minijinja::{Value, context};

use super::super::composite;
use super::super::text::Language;
use super::types::resolved_lazily;

/// The view of a composite method.
pub(super) fn method(method: &'static CompositeMethod) -> Result<Value, String> {
    let arguments = method.arguments.iter().map(|argument| {
        let kind = kind(argument);
        Ok(context! {
            name => argument.name,
            runtime_kind => resolved_lazily(&kind),
            kind,
            default => default(argument),
            is_option => argument.is_option,
            text => composite::text(argument, Language::Python)?,
        })
    });
    let lines = composite::example(method, Language::Python);
    let output = output(method.name);
    Ok(context! {
        arguments => arguments.collect::<Result<Vec<Value>, String>>()?,
        output,
        // A watch is an iterator at once.
        is_awaited => output != "CallWatch",
        example => lines.iter().map(|line| prompt(line)).collect::<Vec<_>>(),
        async_example => lines.iter().map(|line| prompt(&awaited(line))).collect::<Vec<_>>(),
        ..composite::view(method, Language::Python)?
    })
}

fn output(name: &str) -> &'static str {
    match name {
        "calls.wait" => "Call",
        "calls.watch" => "CallWatch",
        _ => "ExportResult",
    }
}

fn kind(argument: &MethodArgument) -> String {
    let kind = composite::type_of(argument.kind, Language::Python);
    if default(argument) == "None" { format!("{kind} | None") } else { kind.to_owned() }
}

/// The default of an option, as code.
fn default(argument: &MethodArgument) -> &'static str {
    match (argument.default, argument.kind) {
        _ if !argument.is_option => "",
        (DefaultValue::Boolean(false), _) => "False",
        (_, ArgumentKind::Masks) => "()",
        _ => "None",
    }
}

fn prompt(line: &str) -> String {
    if line.starts_with(' ') { format!("... {line}") } else { format!(">>> {line}") }
}

/// A statement as the async client has it.
fn awaited(line: &str) -> String {
    if line.starts_with("for ") { format!("async {line}") } else { line.replace("= client.", "= await client.") }
}
