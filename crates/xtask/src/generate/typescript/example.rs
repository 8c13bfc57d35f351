//! Examples as TypeScript.

use callfluent::bindings::operation::Operation;
use callfluent::bindings::schema::{Kind, Naming};

use super::super::example::{self, Call, Statement, Value};
use super::super::text::in_camel_case;
use super::signature::Signature;

/// The lines of an operation's example.
pub(super) fn lines(operation: &Operation) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for statement in &example::parse(operation)? {
        write(statement, "", &mut lines)?;
    }
    Ok(lines)
}

fn write(statement: &Statement, indent: &str, lines: &mut Vec<String>) -> Result<(), String> {
    match statement {
        Statement::Let(name, call) => lines.extend(called(&format!("const {name} = await "), call, ";")?),
        Statement::Do(call) => lines.extend(called("await ", call, ";")?),
        Statement::Print(path) => lines.push(format!("{indent}console.log({});", in_camel_case(path))),
        Statement::For(name, call, body) => {
            let paged = matches!(call.operation.output, Kind::Page(_));
            let start =
                if paged { format!("for await (const {name} of ") } else { format!("for (const {name} of await ") };
            lines.extend(called(&start, call, ") {")?);
            for statement in body {
                write(statement, "  ", lines)?;
            }
            lines.push("}".to_owned());
        }
    }
    Ok(())
}

/// The call between two pieces of code. The fields of its last object have a line each if one line
/// is too long.
fn called(start: &str, call: &Call, end: &str) -> Result<Vec<String>, String> {
    let signature = Signature::of(call.operation);
    let mut arguments = Vec::new();
    for parameter in &signature.own {
        let name = parameter.field.name;
        let value =
            call.argument(name).ok_or_else(|| format!("the example of {} lacks {name}", call.operation.name))?;
        match value {
            Value::Record(variant, fields) => arguments.push(record(&parameter.field.kind, variant, fields)?),
            value => arguments.push(Argument::Plain(plain(value)?)),
        }
    }
    let is_own = |name: &str| signature.own.iter().any(|parameter| parameter.field.name == name);
    let fields: Result<Vec<_>, String> = call
        .arguments
        .iter()
        .filter(|(name, _)| !is_own(name))
        .map(|(name, value)| Ok(format!("{}: {}", Naming::Camel.convert(name), plain(value)?)))
        .collect();
    let fields = fields?;
    if !fields.is_empty() {
        arguments.push(Argument::Fields(fields));
    }
    let method = format!("{start}client.{}(", Naming::Camel.convert(call.operation.name));
    let joined: Vec<_> = arguments.iter().map(Argument::on_one_line).collect();
    let line = format!("{method}{}){end}", joined.join(", "));
    let Some((Argument::Fields(fields), others)) = arguments.split_last().filter(|_| line.len() > 92) else {
        return Ok(vec![line]);
    };
    let others: String = others.iter().map(|argument| argument.on_one_line() + ", ").collect();
    let mut lines = vec![format!("{method}{others}{{")];
    lines.extend(fields.iter().map(|field| format!("  {field},")));
    lines.push(format!("}}){end}"));
    Ok(lines)
}

enum Argument {
    Plain(String),
    Fields(Vec<String>),
}

impl Argument {
    fn on_one_line(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Fields(fields) => format!("{{ {} }}", fields.join(", ")),
        }
    }
}

/// A variant of a union: an object with its tag.
fn record(kind: &Kind, variant: &str, fields: &[(String, Value)]) -> Result<Argument, String> {
    let Kind::Union(union) = kind else { return Err(format!("{variant} is not a variant")) };
    let known = union.variants.iter().find(|known| known.record.name == variant);
    let tag = known.ok_or_else(|| format!("{} has no variant {variant}", union.name))?.tag;
    let mut members = vec![format!("{}: '{tag}'", Naming::Camel.convert(union.tag.name))];
    for (name, value) in fields {
        members.push(format!("{}: {}", Naming::Camel.convert(name), plain(value)?));
    }
    Ok(Argument::Fields(members))
}

pub(super) fn plain(value: &Value) -> Result<String, String> {
    Ok(match value {
        Value::Text(text) => format!("'{text}'"),
        Value::Number(number) => number.clone(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::List(values) => format!("[{}]", values.iter().map(plain).collect::<Result<Vec<_>, _>>()?.join(", ")),
        Value::Path(path) => in_camel_case(path),
        Value::File(name, content) => format!("{{ name: '{name}', data: '{content}' }}"),
        Value::Record(name, _) => return Err(format!("{name} is a value of its own argument only")),
    })
}
