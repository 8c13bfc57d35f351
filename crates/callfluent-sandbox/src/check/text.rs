//! The shapes of text that the documentation asks for: phone numbers, addresses, UUIDs, lists in text.
//! Each says only yes or no; the wording of a refusal is in `kind.rs`.

use serde_json::Value;
use url::Url;

/// E.164: a plus sign, then 7 to 15 digits of which the first is not zero.
pub(crate) fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// An `http` or `https` URL with a host.
pub(crate) fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// A web address without path, query, fragment or credentials, as browsers send it in `Origin`.
pub(crate) fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.origin().ascii_serialization().eq_ignore_ascii_case(text)
    })
}

/// Something before an `@` and something after it, without blanks.
pub(crate) fn is_email_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && !domain.contains('@') && !text.contains(char::is_whitespace)
    })
}

/// A UUID in its usual form: 8, 4, 4, 4 and 12 hexadecimal digits.
pub(crate) fn is_uuid(text: &str) -> bool {
    let mut groups = text.split('-');
    [8, 4, 4, 4, 12].into_iter().all(|length| {
        groups.next().is_some_and(|group| group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }) && groups.next().is_none()
}

/// Integers with commas between them; nothing at all is an empty list.
pub(crate) fn is_comma_list(text: &str) -> bool {
    text.is_empty() || text.split(',').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A public URL, or an image in base64 with or without the `data:` prefix.
pub(crate) fn is_avatar(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix("data:") {
        return rest.split_once(";base64,").is_some_and(|(kind, data)| kind.starts_with("image/") && is_base64(data));
    }
    is_web_address(text) || is_base64(text)
}

/// Standard base64 with its padding.
fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    !body.is_empty()
        && padding <= 2
        && text.len().is_multiple_of(4)
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

/// What keeps a text from being a JSON list of value/label pairs, if anything does.
pub(crate) fn complaint_about_pairs(text: &str) -> Option<String> {
    let Ok(parsed) = serde_json::from_str::<Value>(text) else {
        return Some("must be text that holds JSON, but its content is not JSON".to_owned());
    };
    let Value::Array(pairs) = parsed else {
        return Some("must be text that holds a JSON list of {\"value\", \"label\"} objects".to_owned());
    };
    pairs.iter().position(|pair| !is_pair(pair)).map(|position| {
        format!("must hold a list of {{\"value\", \"label\"}} objects with text in both; entry {position} is not one")
    })
}

fn is_pair(pair: &Value) -> bool {
    ["value", "label"].into_iter().all(|name| pair.get(name).is_some_and(Value::is_string))
}
