//! Names of the documentation that the core writes into texts in its own way, as Node has them: in what a patch says of the
//! fields that the server dropped, in the paths of differences, and in the sentences of two errors.

use callfluent::schema::Naming;
use callfluent::{Error, catalogue, operation::Location, schema::Kind};
use serde_json::{Map, Value};

/// How the sentence of a strict client begins; what follows are differences.
const DIFFERS: &str = "the answer differs from the documentation: ";
/// What a difference is called whose last name is the server's own.
const UNKNOWN_FIELD: &str = "unknown field";

/// The answer of an operation, as JSON text. That of a patch names fields.
pub(crate) fn of_answer(operation: &str, answer: String) -> String {
    if operation != "agents.patch" {
        return answer;
    }
    let Ok(mut patched) = serde_json::from_str::<Value>(&answer) else { return answer };
    let Some(Value::Array(dropped)) = patched.get_mut("dropped") else { return answer };
    if dropped.is_empty() {
        return answer;
    }
    for field in dropped.iter_mut().filter_map(|dropped| dropped.get_mut("field")) {
        let own = field.as_str().filter(|name| is_documented(operation, name)).map(|name| Naming::Camel.write(name));
        if let Some(own) = own {
            *field = Value::from(own.into_owned());
        }
    }
    patched.to_string()
}

/// The sentence of an error.
pub(crate) fn of_error(error: &Error) -> String {
    let sentence = error.to_string();
    match error {
        // Of this client's own making: the server's have a status, and its own names.
        Error::Conflict(context) if context.status.is_none() => of_conflict(&sentence).unwrap_or(sentence),
        Error::Response(_) => match sentence.strip_prefix(DIFFERS) {
            Some(differences) => {
                let written: Vec<_> = differences.split("; ").map(of_difference).collect();
                format!("{DIFFERS}{}", written.join("; "))
            }
            None => sentence,
        },
        _ => sentence,
    }
}

/// The fields of a log record; one of a difference has a path.
pub(crate) fn of_record(record: &mut Map<String, Value>) {
    let Some(kind) = record.get("kind").and_then(Value::as_str).map(str::to_owned) else { return };
    if let Some(path) = record.get("path").and_then(Value::as_str) {
        let path = of_path(path, &kind);
        record.insert("path".into(), path.into());
    }
}

/// `agent 14 was changed ... (agent_type, tone); nothing was sent`: the names are in the first brackets.
fn of_conflict(sentence: &str) -> Option<String> {
    let (before, rest) = sentence.split_once('(')?;
    let (names, after) = rest.split_once(')')?;
    Some(format!("{before}({}){after}", Naming::Camel.write(names)))
}

/// `Agent.agent_type: missing field`. What is none is left as it is: values are in the sentence too.
fn of_difference(difference: &str) -> String {
    match difference.split_once(": ") {
        Some((path, kind)) if !path.contains(|letter: char| letter.is_whitespace() || letter == '"') => {
            format!("{}: {kind}", of_path(path, kind))
        }
        _ => difference.to_owned(),
    }
}

/// A field that the documentation does not list has no name but its own.
fn of_path(path: &str, kind: &str) -> String {
    let documented = if kind.starts_with(UNKNOWN_FIELD) { path.rfind('.').unwrap_or(0) } else { path.len() };
    let (documented, own) = path.split_at(documented);
    format!("{}{own}", Naming::Camel.write(documented))
}

/// Whether an operation has a field of this name.
fn is_documented(operation: &str, name: &str) -> bool {
    let parameters = catalogue::find(operation).map(|operation| operation.parameters).unwrap_or_default();
    parameters.iter().any(|parameter| match &parameter.field.kind {
        Kind::Record(shape) if parameter.location == Location::Fields => {
            shape.fields.iter().any(|field| field.name == name)
        }
        _ => parameter.field.name == name,
    })
}
