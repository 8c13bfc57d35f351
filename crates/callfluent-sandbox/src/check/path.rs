//! What stands in a path or a query: ids, the agent type of endpoint 1, the page of endpoint 6.
//! All arrive as text; a wrong one is refused by name, as a wrong field of a body is.

use url::form_urlencoded;

use super::kind::shortened;
use super::{Problems, text};

/// The path parameters by name, percent-decoded.
pub(crate) type Parameters = [(String, String)];

fn parameter<'a>(parameters: &'a Parameters, name: &str) -> &'a str {
    parameters.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

/// A path parameter that must be a number.
pub(crate) fn path_number(parameters: &Parameters, name: &str, problems: &mut Problems) -> Option<u64> {
    let text = parameter(parameters, name);
    let number = whole_number(text);
    if number.is_none() {
        problems.add(name, format!("must be a number, but is {}", shortened(text)));
    }
    number
}

/// A path parameter that must be a UUID.
pub(crate) fn path_uuid<'a>(parameters: &'a Parameters, name: &str, problems: &mut Problems) -> Option<&'a str> {
    let text = parameter(parameters, name);
    if text::is_uuid(text) {
        return Some(text);
    }
    problems.add(name, format!("must be a UUID, but is {}", shortened(text)));
    None
}

/// The agent type in the path of endpoint 1.
pub(crate) fn agent_type<'a>(parameters: &'a Parameters, problems: &mut Problems) -> Option<&'a str> {
    let text = parameter(parameters, "agentType");
    if matches!(text, "outbound" | "inbound") {
        return Some(text);
    }
    problems.add("agentType", format!("must be one of outbound, inbound, but is {}", shortened(text)));
    None
}

/// The `page` of a query, which begins at 1; without one it is the first.
pub(crate) fn page(query: &str, problems: &mut Problems) -> Option<usize> {
    let mut pages = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "page");
    let Some((_, text)) = pages.next() else {
        return Some(1);
    };
    if pages.next().is_some() {
        problems.add("page", "must be given once");
        return None;
    }
    let number = whole_number(&text).and_then(|number| usize::try_from(number).ok()).filter(|number| *number >= 1);
    if number.is_none() {
        problems.add("page", format!("must be a number, at least 1, but is {}", shortened(&text)));
    }
    number
}

/// Digits only: no sign, no blank, no fraction.
fn whole_number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
