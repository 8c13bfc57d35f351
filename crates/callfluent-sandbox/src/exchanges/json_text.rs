//! Changes strings, numbers and keys in JSON text and keeps everything else as it was written. A
//! decoder would change numbers such as `1.10`, and drop repeated keys.

use serde_json::value::RawValue;

/// The kind of a token in JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// The name of an object's field, which may be data: `{"+14155550123": "a.png"}`.
    Key,
    String,
    Number,
}

/// A key, a string or a number in JSON text, with the key that is nearest before it.
pub(super) struct Token<'a> {
    pub(super) key: &'a str,
    /// A decoded key or string, or a number as it was written.
    pub(super) value: &'a str,
    pub(super) kind: TokenKind,
}

/// The new value of a token.
pub(super) enum Rewritten {
    /// A string, also in place of a number.
    String(String),
    /// A number as it is written.
    Number(String),
}

/// Returns the text with other values, without insignificant white space. `rewrite` returns `None`
/// for a token that stays. The text must be valid JSON.
pub(super) fn rewrite(json: &str, mut rewrite: impl FnMut(Token<'_>) -> Option<Rewritten>) -> String {
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
        let decoded = (first == '"').then(|| serde_json::from_str::<String>(token).ok()).flatten();
        let kind = match &decoded {
            Some(_) if rest.trim_start().starts_with(':') => Some(TokenKind::Key),
            Some(_) => Some(TokenKind::String),
            None => (first == '-' || first.is_ascii_digit()).then_some(TokenKind::Number),
        };
        let value = decoded.as_deref().unwrap_or(token);
        match kind.and_then(|kind| rewrite(Token { key: &key, value, kind })) {
            Some(Rewritten::String(changed)) => output.push_str(&serde_json::Value::from(changed).to_string()),
            Some(Rewritten::Number(changed)) => output.push_str(&changed),
            None => output.push_str(token),
        }
        if kind == Some(TokenKind::Key) {
            key = decoded.unwrap_or_default();
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
    use super::{Rewritten, TokenKind, rewrite};

    #[test]
    fn only_the_changed_tokens_differ() {
        let json = "{ \"a\\\"b\" : [1.10, \"x\\u00e9\", null],\n\"c\": {\"d\": \"x\", \"d\": -5e3}, \"e\": \"\" }";
        let changed = rewrite(json, |token| match token.kind {
            TokenKind::String => (token.key == "d").then(|| Rewritten::String("\"new\"".to_owned())),
            TokenKind::Number => (token.value == "1.10").then(|| Rewritten::Number("2".to_owned())),
            TokenKind::Key => (token.value == "e").then(|| Rewritten::String(token.key.to_owned())),
        });
        let expected = r#"{"a\"b":[2,"x\u00e9",null],"c":{"d":"\"new\"","d":-5e3},"d":""}"#;
        assert_eq!(changed, expected);
    }
}
