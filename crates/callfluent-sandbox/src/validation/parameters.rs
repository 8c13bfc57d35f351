//! Path and query parameters: IDs, the agent type of endpoint 1, the page of endpoint 6.
//! An invalid one is reported by its name, like a field of a body.

use url::form_urlencoded;

use super::kind::{GREATEST_EXACT, shortened};
use super::string_format;
use crate::errors::FieldErrors;

/// Path parameters by name, percent-decoded.
pub(crate) type Parameters = [(String, String)];

fn parameter<'a>(parameters: &'a Parameters, name: &str) -> &'a str {
    parameters.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

/// Decodes a path parameter that must be an integer.
pub(crate) fn path_id(parameters: &Parameters, name: &str, errors: &mut FieldErrors) -> Option<u64> {
    let string = parameter(parameters, name);
    let id = integer(string);
    if id.is_none() {
        errors.add(name, format!("must be an integer, but is {}", shortened(string)));
    }
    id
}

/// Returns a path parameter that must be a UUID.
pub(crate) fn path_uuid<'a>(parameters: &'a Parameters, name: &str, errors: &mut FieldErrors) -> Option<&'a str> {
    let string = parameter(parameters, name);
    if string_format::is_uuid(string) {
        return Some(string);
    }
    errors.add(name, format!("must be a UUID, but is {}", shortened(string)));
    None
}

/// Returns the agent type in the path of endpoint 1.
pub(crate) fn agent_type<'a>(parameters: &'a Parameters, errors: &mut FieldErrors) -> Option<&'a str> {
    let string = parameter(parameters, "agentType");
    if matches!(string, "outbound" | "inbound") {
        return Some(string);
    }
    errors.add("agentType", format!("must be one of outbound, inbound, but is {}", shortened(string)));
    None
}

/// Decodes the query parameter `page`. Pages start at 1. Default: 1.
pub(crate) fn page(query: &str, errors: &mut FieldErrors) -> Option<usize> {
    let mut pages = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "page");
    let Some((_, string)) = pages.next() else {
        return Some(1);
    };
    if pages.next().is_some() {
        errors.add("page", "must be given once");
        return None;
    }
    if integer(&string).is_some_and(|number| number > GREATEST_EXACT) {
        errors.add("page", format!("must be at most {GREATEST_EXACT}, but is {string}"));
        return None;
    }
    let page = integer(&string).and_then(|number| usize::try_from(number).ok()).filter(|number| *number >= 1);
    if page.is_none() {
        errors.add("page", format!("must be an integer, at least 1, but is {}", shortened(&string)));
    }
    page
}

/// Accepts digits only: no sign, no whitespace, no fraction.
fn integer(string: &str) -> Option<u64> {
    string.bytes().all(|byte| byte.is_ascii_digit()).then(|| string.parse().ok()).flatten()
}
