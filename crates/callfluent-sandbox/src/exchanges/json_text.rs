//! Changes strings in JSON text and keeps all other values as they were written. A decoder would
//! change numbers such as `1.10`, and drop repeated keys.

use serde_json::value::RawValue;

/// A value in JSON text, with the key that is nearest before it.
pub(super) struct Token<'a> {
    pub(super) key: &'a str,
    /// A decoded string, or a number as it was written.
    pub(super) value: &'a str,
    pub(super) is_string: bool,
}

/// Returns the text with other values, without insignificant white space. `rewrite` returns `None`
/// for a value that stays. The text must be valid JSON.
pub(super) fn rewrite(json: &str, mut rewrite: impl FnMut(Token<'_>) -> Option<String>) -> String {
    let mut output = String::with_capacity(json.len());
    let mut key = String::new();
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '-' | '0'..='9' => literal_length(rest),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        if first.is_whitespace() {
            continue;
        }
        let is_string = first == '"';
        let decoded = is_string.then(|| serde_json::from_str::<String>(token).ok()).flatten();
        if is_string && rest.trim_start().starts_with(':') {
            key = decoded.unwrap_or_default();
            output.push_str(token);
            continue;
        }
        let is_value = decoded.is_some() || first == '-' || first.is_ascii_digit();
        let value = decoded.as_deref().unwrap_or(token);
        match is_value.then(|| rewrite(Token { key: &key, value, is_string })).flatten() {
            Some(changed) if is_string => output.push_str(&serde_json::Value::from(changed).to_string()),
            Some(changed) => output.push_str(&changed),
            None => output.push_str(token),
        }
    }
    output
}

/// The length of the string or number at the start of a text.
fn literal_length(text: &str) -> usize {
    let literal = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>().next();
    literal.and_then(Result::ok).map_or(text.len(), |literal| literal.get().len())
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    #[test]
    fn only_the_changed_values_differ() {
        let json = "{ \"a\\\"b\" : [1.10, \"x\\u00e9\", null],\n\"c\": {\"d\": \"x\", \"d\": -5e3}, \"e\": \"\" }";
        let changed = rewrite(json, |token| {
            let changes = token.is_string && token.key == "d" || token.value == "1.10";
            changes.then(|| if token.is_string { "\"new\"".to_owned() } else { "2".to_owned() })
        });
        let expected = r#"{"a\"b":[2,"x\u00e9",null],"c":{"d":"\"new\"","d":-5e3},"e":""}"#;
        assert_eq!(changed, expected);
    }
}
