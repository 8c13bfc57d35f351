//! Text of the catalog in the words of each language. Links such as ``[`Agents::patch`]`` and code
//! spans such as `phone_number` are tokens: each language has its own name for what they refer to.
//! An unknown link is an error.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use callfluent::bindings::ERROR_CLASSES;
use callfluent::bindings::catalog::{self, RESOURCES};
use callfluent::bindings::schema::{Accepts, Enumeration, EnumerationValue, Field, Kind, Naming, Presence};

use super::reachable::REACHABLE;

/// A language that text is rendered for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Rust,
    Python,
    TypeScript,
    /// Markdown without links, as in the OpenAPI document.
    Plain,
}

/// Names of masks that text mentions.
const MASKS: [&str; 1] = ["phone_numbers"];
/// Public names of the client itself that text mentions.
const CLIENT_NAMES: [&str; 2] = ["outcome_unknown", "retry_after"];

/// The class of an error in Python and Node.
pub(super) fn error_class(variant: &str) -> Result<&'static str, String> {
    let found = ERROR_CLASSES.iter().find(|(name, _)| *name == variant);
    found.map(|(_, class)| *class).ok_or_else(|| format!("the documentation refers to an unknown Error::{variant}"))
}

/// Renders Markdown for a language; `resource` is the resource whose methods need no qualification.
pub(super) fn render(text: &str, language: Language, resource: &str) -> Result<String, String> {
    let (mut rendered, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('`') {
        let (code, after) = after.split_once('`').ok_or_else(|| format!("a backtick is not closed: {text}"))?;
        match before.strip_suffix('[').zip(after.strip_prefix(']')) {
            Some((before, after)) => {
                rendered.push_str(before);
                rendered.push_str(&link(code, language, resource)?);
                rest = without_target(after);
            }
            None => {
                rendered.push_str(before);
                rendered.push_str(&span(code, language));
                rest = after;
            }
        }
    }
    rendered.push_str(rest);
    Ok(rendered)
}

/// The text after a link, without the path that rustdoc resolves.
fn without_target(after: &str) -> &str {
    let target = after.strip_prefix('(').and_then(|target| target.split_once(')'));
    target.map_or(after, |(_, after)| after)
}

fn span(code: &str, language: Language) -> String {
    match language {
        Language::Python => format!("``{code}``"),
        Language::TypeScript => format!("`{}`", in_camel_case(code)),
        Language::Rust | Language::Plain => format!("`{code}`"),
    }
}

/// A name, or a path of names such as `call.id`, in camel case. Values stay as they are.
pub(super) fn in_camel_case(code: &str) -> String {
    let words: Vec<_> = code
        .split('.')
        .map(|word| if NAMES.contains(word) { Naming::Camel.convert(word) } else { word.into() })
        .collect();
    words.join(".")
}

/// A link to an error, a method, a record or a field, or an error if there is none.
fn link(code: &str, language: Language, resource: &str) -> Result<String, String> {
    let unknown = || format!("the documentation refers to an unknown item: [`{code}`]");
    let (owner, item) = code.split_once("::").map_or((code, None), |(owner, item)| (owner, Some(item)));
    if let Some(attribute) = item.filter(|item| owner == "Error" && CLIENT_NAMES.contains(item)) {
        let is_rust = language == Language::Rust;
        return Ok(if is_rust { format!("[`{attribute}`](crate::{code})") } else { span(attribute, language) });
    }
    let (path, name) = if owner == "Error" {
        let class = item.map_or(Ok("APIError"), error_class)?;
        (format!("crate::{code}"), class.to_owned())
    } else if let Some(method) = item.and_then(|verb| method(owner, verb)) {
        let (of, verb) = method.split_once('.').ok_or_else(unknown)?;
        let name = match language {
            Language::Python if of == resource => return Ok(format!(":meth:`{verb}`")),
            Language::Python => return Ok(format!("``{method}``")),
            Language::TypeScript => format!("{}.{}", class_name(of), Naming::Camel.convert(verb)),
            Language::Rust | Language::Plain => method.to_owned(),
        };
        (format!("crate::resources::{code}"), name)
    } else if REACHABLE.type_names().any(|name| name == owner) {
        match (item, language) {
            (Some(field), Language::Python | Language::TypeScript | Language::Plain) if NAMES.contains(field) => {
                return Ok(span(field, language));
            }
            (Some(field), _) if !NAMES.contains(field) => return Err(unknown()),
            _ => (format!("crate::{code}"), owner.to_owned()),
        }
    } else {
        return Err(unknown());
    };
    Ok(match language {
        Language::Rust => format!("[`{code}`]({path})"),
        Language::Python => format!(":class:`{name}`"),
        Language::TypeScript => format!("{{@link {name}}}"),
        Language::Plain => format!("`{name}`"),
    })
}

/// The operation that a Rust path such as `Agents::patch` names.
fn method(owner: &str, verb: &str) -> Option<&'static str> {
    let resource = RESOURCES.iter().find(|resource| pascal_case(resource.name) == owner)?;
    let bulk = catalog::BULK_OPERATIONS.iter().map(|operation| operation.name);
    let own = resource.operations.iter().map(|operation| operation.name);
    let composite = catalog::COMPOSITE_METHODS.iter().map(|method| method.name);
    own.chain(bulk.chain(composite).filter(|name| name.split_once('.').is_some_and(|(of, _)| of == resource.name)))
        .find(|name| name.split_once('.').is_some_and(|(_, known)| known == verb))
}

/// `CustomFieldsResource` for `custom_fields`.
pub(super) fn class_name(resource: &str) -> String {
    format!("{}Resource", pascal_case(resource))
}

/// `CustomFields` for `custom_fields`.
pub(super) fn pascal_case(name: &str) -> String {
    let camel = Naming::Camel.convert(name);
    let mut letters = camel.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Renders all paragraphs of a documentation text.
pub(super) fn render_all(text: &str, language: Language) -> Result<Vec<String>, String> {
    paragraphs(text).iter().map(|paragraph| render(paragraph, language, "")).collect()
}

/// The meaning of an argument, its condition and an example.
pub(super) fn argument_text(field: &Field, language: Language, resource: &str) -> Result<String, String> {
    let mut text = paragraphs(field.documentation).join(" ");
    if let Presence::RequiredWhen { field, value } = field.presence {
        text = format!("{text} Required if `{field}` is `{value}`.");
    }
    if let Presence::Derived { list } = field.presence {
        let list = PUBLIC_NAMES.get(list).copied().unwrap_or(list);
        text = format!("{text} Default: true if `{list}` has items.");
    }
    if let Some(values) = field.values.and_then(|known| known_values(known, language)) {
        text = format!("{text} {values}");
    }
    let is_text = matches!(field.kind, Kind::String | Kind::StringId | Kind::PhoneNumber);
    let telling = is_text || matches!(field.kind, Kind::Integer | Kind::Number);
    if let Some(example) = field.example.filter(|example| telling && !text.contains(example)) {
        let quote = if is_text && language == Language::Python { "\"" } else { "" };
        text = format!("{text} Example: `{quote}{example}{quote}`.");
    }
    render(&text, language, resource)
}

/// Number of known values that the documentation of an argument lists.
const MAX_LISTED: usize = 5;

/// A sentence about the known values of a field, unless there are too many.
fn known_values(known: &Enumeration, language: Language) -> Option<String> {
    if known.accepts == Accepts::Numbers {
        return Some(match language {
            Language::Rust => format!("`{}::numbers` converts names and values.", known.name),
            _ => "Names and numbers are accepted.".to_owned(),
        });
    }
    let listed: Vec<_> = known.values.iter().map(|value| format!("`{}`", value.value)).collect();
    match listed.as_slice() {
        [only] => Some(format!("Known value: {only}.")),
        _ if listed.len() <= MAX_LISTED => Some(format!("Known values: {}.", listed.join(", "))),
        _ => None,
    }
}

/// The value, its meaning, label and number, and its certainty.
pub(super) fn value_text(value: &EnumerationValue, language: Language) -> Result<String, String> {
    let mut text = format!("`{}`: {}", value.value, paragraphs(value.documentation).join(" "));
    if let Some(label) = value.label {
        text = format!("{text} Label: {label}.");
    }
    if let Some(number) = value.number {
        text = format!("{text} Number: {number}.");
    }
    render(&format!("{text} {}", value.certainty.of_value()), language, "")
}

/// Paragraphs of Markdown, each on one line.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    let joined = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    text.trim().split("\n\n").map(joined).filter(|paragraph| !paragraph.is_empty()).collect()
}

/// Public names of parameters by their JSON names.
static PUBLIC_NAMES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let parameters = catalog::operations().flat_map(|operation| operation.parameters);
    parameters.map(|parameter| (parameter.field.json_name, parameter.field.name)).collect()
});

/// Public names of fields, of parameters and of the client itself.
static NAMES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let parameters = catalog::operations().flat_map(|operation| operation.parameters);
    let parameters = parameters.map(|parameter| parameter.field.name);
    let composite = catalog::COMPOSITE_METHODS.iter().flat_map(|method| method.arguments).map(|argument| argument.name);
    REACHABLE.field_names().chain(parameters).chain(composite).chain(MASKS).chain(CLIENT_NAMES).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_take_the_name_of_each_language() {
        let text = "See [`Error::LimitReached`], [`Agents::set_cors_origins`](super::X) and `phone_number`.";
        let rendered = |language| render(text, language, "agents").unwrap();
        assert_eq!(
            rendered(Language::Python),
            "See :class:`LimitReachedError`, :meth:`set_cors_origins` and ``phone_number``."
        );
        assert_eq!(
            rendered(Language::TypeScript),
            "See {@link LimitReachedError}, {@link AgentsResource.setCorsOrigins} and `phoneNumber`."
        );
        assert_eq!(
            rendered(Language::Rust),
            "See [`Error::LimitReached`](crate::Error::LimitReached), \
             [`Agents::set_cors_origins`](crate::resources::Agents::set_cors_origins) and `phone_number`."
        );
    }

    #[test]
    fn an_unknown_link_is_an_error() {
        for unknown in ["[`Error::Nothing`]", "[`Agents::fly`]", "[`Agent::wings`]", "[`Nothing`]", "open `"] {
            assert!(render(unknown, Language::Python, "agents").is_err(), "{unknown}");
        }
    }
}
