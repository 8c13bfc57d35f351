//! Documented string formats: phone numbers, URLs, email addresses, UUIDs, lists in strings.
//! These functions only accept or reject; `kind.rs` writes the error messages.

use serde_json::Value;
use url::Url;

/// E.164: a plus sign and 7 to 15 digits, the first of which is not 0.
pub(crate) fn is_phone_number(string: &str) -> bool {
    string.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// An `http` or `https` URL with a host.
pub(crate) fn is_http_url(string: &str) -> bool {
    Url::parse(string).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// An `http` or `https` origin, as browsers send it in the `Origin` header.
pub(crate) fn is_origin(string: &str) -> bool {
    Url::parse(string).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.origin().ascii_serialization().eq_ignore_ascii_case(string)
    })
}

/// One `@` with characters on both sides and no whitespace.
pub(crate) fn is_email_address(string: &str) -> bool {
    string.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && !domain.contains('@') && !string.contains(char::is_whitespace)
    })
}

/// A UUID: 8, 4, 4, 4 and 12 hexadecimal digits, separated by hyphens.
pub(crate) fn is_uuid(string: &str) -> bool {
    let mut groups = string.split('-');
    [8, 4, 4, 4, 12].into_iter().all(|length| {
        groups.next().is_some_and(|group| group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }) && groups.next().is_none()
}

/// `UTC`, a sign, and hours and minutes with two digits each, up to 14 hours.
pub(crate) fn is_utc_offset(string: &str) -> bool {
    let offset = string.strip_prefix("UTC").and_then(|offset| offset.strip_prefix(['+', '-']));
    let digits = offset.and_then(|offset| offset.split_once(':')).filter(|(hours, minutes)| {
        [hours, minutes].into_iter().all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
    });
    digits.is_some_and(|(hours, minutes)| minutes < "60" && (hours < "14" || (hours == "14" && minutes == "00")))
}

/// Integers separated by commas, or an empty string.
pub(crate) fn is_comma_list(string: &str) -> bool {
    string.is_empty()
        || string.split(',').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A public URL, or a base64 image with or without the `data:` prefix.
pub(crate) fn is_avatar(string: &str) -> bool {
    if let Some(rest) = string.strip_prefix("data:") {
        return rest.split_once(";base64,").is_some_and(|(kind, data)| kind.starts_with("image/") && is_base64(data));
    }
    is_http_url(string) || is_base64(string)
}

/// Standard base64 with padding.
fn is_base64(string: &str) -> bool {
    let body = string.trim_end_matches('=');
    let padding = string.len() - body.len();
    !body.is_empty()
        && padding <= 2
        && string.len().is_multiple_of(4)
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

/// Checks that a string contains a JSON array of value/label pairs.
pub(crate) fn validate_pairs(string: &str) -> Result<(), String> {
    let Ok(parsed) = serde_json::from_str::<Value>(string) else {
        return Err("must be a string that contains JSON, but its content is not JSON".to_owned());
    };
    let Value::Array(pairs) = parsed else {
        return Err("must be a string that contains a JSON array of {\"value\", \"label\"} objects".to_owned());
    };
    match pairs.iter().position(|pair| !is_pair(pair)) {
        None => Ok(()),
        Some(index) => Err(format!(
            "must contain an array of {{\"value\", \"label\"}} objects with strings in both; item {index} is not one"
        )),
    }
}

fn is_pair(pair: &Value) -> bool {
    ["value", "label"].into_iter().all(|name| pair.get(name).is_some_and(Value::is_string))
}
