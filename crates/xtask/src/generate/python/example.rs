//! Examples as doctest lines.

use callfluent::bindings::operation::{Location, Operation};
use callfluent::bindings::schema::Kind;

use super::super::example::{self, Call, Statement, Value};
use super::arguments::arguments;

/// The lines of an operation's example, with their prompts.
pub(super) fn lines(operation: &'static Operation, is_async: bool) -> Result<Vec<String>, String> {
    let statements = example::parse(operation)?;
    let mut lines = Vec::new();
    for statement in &statements {
        if let Statement::Let(_, call) | Statement::For(_, call, _) | Statement::Do(call) = statement {
            for (_, value) in &call.arguments {
                if let Value::Record(name, _) = value {
                    lines.push(format!(">>> from callfluent import {name}"));
                }
            }
        }
    }
    for statement in &statements {
        let mut written = Vec::new();
        write(statement, is_async, &mut written)?;
        let prompts = [">>> "].into_iter().chain(std::iter::repeat("... "));
        lines.extend(written.iter().zip(prompts).map(|(line, prompt)| format!("{prompt}{line}")));
    }
    Ok(lines)
}

fn write(statement: &Statement, is_async: bool, lines: &mut Vec<String>) -> Result<(), String> {
    let awaited = if is_async { "await " } else { "" };
    match statement {
        Statement::Let(name, call) => lines.extend(wrapped(&format!("{name} = {awaited}"), call)?),
        Statement::Do(call) => lines.extend(wrapped(awaited, call)?),
        Statement::Print(path) => lines.push(format!("print({path})")),
        Statement::For(name, call, body) => {
            let paged = matches!(call.operation.output, Kind::Page(_));
            let (start, awaited) = match (is_async, paged) {
                (true, true) => ("async for", ""),
                (true, false) => ("for", "await "),
                (false, _) => ("for", ""),
            };
            lines.push(format!("{start} {name} in {awaited}{}:", one_line(call)?));
            for statement in body {
                let mut inner = Vec::new();
                write(statement, is_async, &mut inner)?;
                lines.extend(inner.iter().map(|line| format!("    {line}")));
            }
        }
    }
    Ok(())
}

/// The arguments as Python takes them: by position while that is possible, then by name. A name
/// ends in `=`.
fn given(call: &Call) -> Result<Vec<(String, &Value)>, String> {
    let known = arguments(call.operation);
    let (mut given, mut by_position) = (Vec::new(), true);
    for argument in &known {
        let name = argument.field.name;
        match call.argument(name) {
            Some(value) if by_position && !argument.keyword_only => given.push((String::new(), value)),
            Some(value) => given.push((format!("{name}="), value)),
            None if argument.required() => return Err(format!("the example of {} lacks {name}", call.operation.name)),
            None => by_position = false,
        }
    }
    let is_open = call.operation.parameters.iter().any(|parameter| parameter.location == Location::Fields);
    for (name, value) in &call.arguments {
        if !known.iter().any(|argument| argument.field.name == name) {
            if !is_open {
                return Err(format!("{} has no argument {name}", call.operation.name));
            }
            given.push((format!("{name}="), value));
        }
    }
    Ok(given)
}

fn one_line(call: &Call) -> Result<String, String> {
    let given: Vec<_> = given(call)?.iter().map(|(name, value)| format!("{name}{}", plain(value))).collect();
    Ok(format!("client.{}({})", call.operation.name, given.join(", ")))
}

/// On several lines if one would be too long.
fn wrapped(start: &str, call: &Call) -> Result<Vec<String>, String> {
    let line = format!("{start}{}", one_line(call)?);
    if line.len() <= 84 {
        return Ok(vec![line]);
    }
    let mut lines = vec![format!("{start}client.{}(", call.operation.name)];
    for (name, value) in given(call)? {
        let line = format!("    {name}{},", plain(value));
        match value {
            Value::Record(class, fields) if line.len() > 84 => {
                lines.push(format!("    {name}{class}("));
                lines.extend(fields.iter().map(|(name, value)| format!("        {name}={},", plain(value))));
                lines.push("    ),".to_owned());
            }
            _ => lines.push(line),
        }
    }
    lines.push(")".to_owned());
    Ok(lines)
}

pub(super) fn plain(value: &Value) -> String {
    let list = |values: &[Value]| values.iter().map(plain).collect::<Vec<_>>().join(", ");
    match value {
        Value::Text(text) => format!("\"{text}\""),
        Value::Number(number) => number.clone(),
        Value::Boolean(boolean) => if *boolean { "True" } else { "False" }.into(),
        Value::List(values) => format!("[{}]", list(values)),
        Value::Path(path) => path.clone(),
        Value::File(name, content) => format!("(\"{name}\", b\"{content}\")"),
        Value::Record(name, fields) => {
            let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect();
            format!("{name}({})", fields.join(", "))
        }
    }
}
