//! The documentation of a method, the same for every language, as data for the templates.

use callfluent::bindings::catalog;
use callfluent::bindings::operation::{API_REFERENCE, Idempotency, Method, Operation};
use callfluent::bindings::schema::Source;
use minijinja::{Value, context};

use super::text::{Language, error_class, paragraphs, pascal_case, render};

const IDEMPOTENT: &str = "This request is idempotent: it is retried after transient failures.";
const NOT_IDEMPOTENT: &str = "This request is not idempotent: it is retried only if the server did not process it.";
const AT_MOST_ONCE: &str = "This request is sent at most once: it is retried only if no connection was made, or if the \
    server refused it before processing. It is not retried after any response.";

/// Summary, details, result, errors and links of an operation.
pub(super) fn view(operation: &Operation, language: Language) -> Result<Value, String> {
    let (resource, verb) = operation.resource_and_verb();
    let documentation = &operation.documentation;
    let text = |text: &str| {
        let rendered = paragraphs(text).iter().map(|paragraph| render(paragraph, language, resource)).collect();
        let rendered: Result<Vec<String>, String> = rendered;
        rendered.map_err(|message| format!("{}: {message}", operation.name))
    };
    let error = |variant: &str, when: &str| -> Result<Value, String> {
        Ok(context! { variant, class => error_class(variant)?, when => text(when)?.join(" ") })
    };
    let mut errors = vec![error("InvalidRequest", "An argument is invalid; nothing was sent.")?];
    for case in documentation.errors {
        errors.push(error(case.error, case.when)?);
    }
    // Errors of any kind can have it, e.g. an error response to a retry.
    let outcome = documentation.unknown_outcome.map(|outcome| {
        Ok::<_, String>(
            text(&format!("If [`Error::outcome_unknown`] is true, or if you cancel the request, {outcome}"))?.join(" "),
        )
    });
    let retries = match operation.idempotency {
        Idempotency::Idempotent => IDEMPOTENT,
        _ if documentation.unknown_outcome.is_none() => {
            return Err(format!("{} is not idempotent: its unknown_outcome is missing", operation.name));
        }
        Idempotency::AtMostOnce => AT_MOST_ONCE,
        _ => NOT_IDEMPOTENT,
    };
    let (section, certainty) = match operation.source {
        Source::Section(section) => (Some(section), None),
        Source::Extension(certainty) => (None, Some(certainty.of_endpoint())),
        _ => (None, None),
    };
    Ok(context! {
        name => operation.name,
        verb,
        summary => text(documentation.summary())?.join(" "),
        details => text(documentation.details())?,
        returns => text(documentation.returns)?.join(" "),
        later => text(later(operation.name, operation.method, documentation.later)?)?.join(" "),
        retries,
        errors,
        outcome => outcome.transpose()?,
        method => operation.method.as_str(),
        path => operation.path,
        section,
        certainty,
        url => API_REFERENCE,
    })
}

/// Returns the place where the result of an operation can be seen later.
///
/// # Errors
/// It is missing. For a change, it names a method that reads, or states that the API has none.
fn later(name: &str, method: Method, later: &'static str) -> Result<&'static str, String> {
    let reads = catalog::operations().filter(|operation| operation.method == Method::Get);
    let names_reader = reads.into_iter().any(|operation| {
        let (resource, verb) = operation.resource_and_verb();
        later.contains(&format!("[`{}::{verb}`]", pascal_case(resource)))
    });
    if later.trim().is_empty() {
        return Err(format!("{name}: `later`, the place where its result can be seen, is empty"));
    }
    if method != Method::Get && !names_reader && !later.contains("documents no endpoint") {
        return Err(format!(
            "{name}: `later` links no method that reads the result; without such a method, it begins with \
             \"The API documents no endpoint\""
        ));
    }
    Ok(later)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_names_where_its_result_can_be_seen() {
        for valid in ["[`Agents::get`] returns it.", "The API documents no endpoint that returns it."] {
            assert_eq!(later("agents.create", Method::Post, valid), Ok(valid));
        }
        assert!(later("agents.create", Method::Post, "").is_err());
        assert!(later("agents.list", Method::Get, " ").is_err());
        assert!(later("agents.list", Method::Get, "Each request returns the agents.").is_ok());
        // Neither an unlinked name nor a method that changes something is a place to look.
        for invalid in ["`Agents::get` returns it.", "[`Agents::update`] returns it."] {
            assert!(later("agents.create", Method::Post, invalid).is_err(), "{invalid}");
        }
    }
}
