//! A scanned JSON text: objects and arrays are opened without scanning the text again, and a value
//! stays text until it is decoded. Nothing is lost, and nothing is parsed twice.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::Error as _;
use serde_json::value::RawValue;

use super::scanner::{MAX_VALUES, ScanError, Scanner, Token};

/// A JSON text that was scanned.
#[derive(Debug, Clone)]
pub(crate) struct Document<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

/// One value of a document, not decoded, without white space around it.
#[derive(Debug, Clone, Copy)]
pub struct Json<'a> {
    text: &'a str,
    token: &'a Token,
    /// The tokens inside.
    inside: &'a [Token],
}

/// One name of a JSON object with its value, neither decoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) name: Json<'a>,
    pub(crate) raw: Json<'a>,
}

impl<'a> Entry<'a> {
    /// Returns the name. If it cannot be decoded (half of a surrogate pair), returns its source
    /// text.
    pub(crate) fn key(self) -> Cow<'a, str> {
        self.name.as_string().unwrap_or_else(|| Cow::Owned(self.name.between_quotes().unwrap_or_default().to_owned()))
    }

    /// Appends the name and the value to the text of an object.
    pub(crate) fn write(self, object: &mut String) {
        object.push_str(&serde_json::Value::String(self.key().into_owned()).to_string());
        object.push(':');
        object.push_str(self.raw.get());
    }

    /// Returns whether the name is `name`.
    pub(crate) fn is_named(self, name: &str) -> bool {
        if self.name.token.is_escaped() {
            return self.key() == name;
        }
        // Bytes, because a slice of a string is checked for whole characters.
        let Range { start, end } = self.name.span();
        self.name.text.as_bytes().get(start + 1..end.saturating_sub(1)) == Some(name.as_bytes())
    }
}

impl<'a> Document<'a> {
    /// Scans a text, which may have white space around it.
    pub(crate) fn parse(text: &'a [u8]) -> serde_json::Result<Self> {
        let Some((text, scanner)) = std::str::from_utf8(text).ok().and_then(|text| Some((text, Scanner::new(text)?)))
        else {
            return Err(syntax_error(text));
        };
        match scanner.scan() {
            Ok(tokens) => Ok(Self { text, tokens }),
            Err(ScanError::Invalid) => Err(syntax_error(text.as_bytes())),
            Err(ScanError::TooManyValues) => Err(serde_json::Error::custom(format!("more than {MAX_VALUES} values"))),
        }
    }

    /// Scans a text that was parsed before.
    pub(crate) fn from_raw(raw: &'a RawValue) -> serde_json::Result<Self> {
        Self::parse(raw.get().as_bytes())
    }

    /// Returns the root value.
    pub(crate) fn root(&self) -> Json<'_> {
        let (token, inside) = self.tokens.split_first().unwrap_or((&Token::EMPTY, &[]));
        Json { text: self.text, token, inside }
    }
}

/// Returns the syntax error. The scanner is fast and gives no reasons; this parser does.
fn syntax_error(text: &[u8]) -> serde_json::Error {
    let error = serde_json::from_slice::<&RawValue>(text).err();
    error.unwrap_or_else(|| serde_json::Error::custom("larger than 4 GiB"))
}

impl<'a> Json<'a> {
    /// Returns the source text.
    pub(crate) fn get(self) -> &'a str {
        self.text.get(self.span()).unwrap_or_default()
    }

    /// Returns the source text of the whole document.
    pub(crate) fn document(self) -> &'a str {
        self.text
    }

    /// Returns the position in the document.
    pub(crate) fn span(self) -> Range<usize> {
        self.token.span()
    }

    /// Returns an owned copy.
    pub(crate) fn to_raw(self) -> Box<RawValue> {
        // The scan was successful, so parsing is.
        serde_json::from_str(self.get()).unwrap_or_else(|_| RawValue::NULL.to_owned())
    }

    /// Returns whether the value is `null`.
    pub(crate) fn is_null(self) -> bool {
        self.first() == b'n'
    }

    /// Returns the first byte, which tells the kind of the value.
    pub(crate) fn first(self) -> u8 {
        self.token.first()
    }

    /// Returns whether the parsers of all languages accept the source text without loss: no long
    /// number, no deep nesting, no half of a surrogate pair. `false` is possible for a value that
    /// they accept.
    pub(crate) fn is_lossless(self) -> bool {
        self.token.is_lossless()
    }

    /// Returns whether the value has the form of a JSON integer: `7`, not `7.0`, `7e0` or `-0`.
    pub(crate) fn is_integer(self) -> bool {
        self.token.is_integer()
    }

    /// Returns the entries of an object; `None` if the value is not an object.
    pub(crate) fn entries(self) -> Option<Entries<'a>> {
        (self.first() == b'{').then(|| Entries(self.inside()))
    }

    /// Returns the elements of an array; `None` if the value is not an array.
    pub(crate) fn elements(self) -> Option<Elements<'a>> {
        (self.first() == b'[').then(|| Elements(self.inside()))
    }

    fn inside(self) -> Values<'a> {
        Values { text: self.text, tokens: self.inside }
    }
}

/// The values inside an object or array, including names.
#[derive(Debug, Clone)]
struct Values<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl<'a> Iterator for Values<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        let (token, behind) = self.tokens.split_first()?;
        let (inside, rest) = behind.split_at_checked(token.inside())?;
        self.tokens = rest;
        Some(Json { text: self.text, token, inside })
    }
}

/// The entries of an object, in order.
#[derive(Debug, Clone)]
pub(crate) struct Entries<'a>(Values<'a>);

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let (name, raw) = (self.0.next()?, self.0.next()?);
        Some(Entry { name, raw })
    }
}

impl<'a> Entries<'a> {
    /// Returns the value of the last entry with this name.
    pub(crate) fn get(&self, name: &str) -> Option<Json<'a>> {
        self.clone().filter(|entry| entry.is_named(name)).last().map(|entry| entry.raw)
    }
}

/// The elements of an array, in order.
#[derive(Debug, Clone)]
pub(crate) struct Elements<'a>(Values<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        self.0.next()
    }
}

impl<'a> Json<'a> {
    /// Decodes a string; `None` if the value is not a string, or contains half of a surrogate pair.
    pub(crate) fn as_string(self) -> Option<Cow<'a, str>> {
        if self.token.is_escaped() {
            return serde_json::from_str(self.get()).ok().map(Cow::Owned);
        }
        self.between_quotes().map(Cow::Borrowed)
    }

    /// Returns the text between the quotes.
    fn between_quotes(self) -> Option<&'a str> {
        let text = self.get();
        if self.first() == b'"' { text.get(1..text.len().checked_sub(1)?) } else { None }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// Converts a value level by level.
    fn value(json: Json<'_>) -> Value {
        if let Some(entries) = json.entries() {
            return entries.map(|entry| (entry.key().into_owned(), value(entry.raw))).collect();
        }
        match json.elements() {
            Some(elements) => elements.map(value).collect(),
            None => json.deserialize().unwrap(),
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[\"\\\\{}\\[\\],: a\\PC]{0,8}".prop_map(Value::from),
            "[a-z]{18,40}[\"\\n\\\\]?[a-z]{0,40}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
                prop::collection::vec(("[\"\\\\{}a\\PC]{0,4}", inner), 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    /// Bytes to insert into a text, or the number of bytes to remove.
    fn change() -> impl Strategy<Value = Result<&'static [u8], usize>> {
        let bytes: [&[u8]; 36] = [
            b"\"",
            b"\\",
            b"\\u",
            b"\\u12",
            b"\\ud83d",
            b"\\x",
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b":",
            b"-",
            b"0",
            b"01",
            b"1",
            b".",
            b"e",
            b"E+",
            b"1e5",
            b"-0",
            b"true",
            b"fals",
            b"null",
            b"nul",
            b" ",
            b"\n",
            b"\t",
            b"\0",
            b"\x1f",
            b"\x7f",
            b"\xff",
            b"\xc3\xa9",
            b"/",
            b"12345678901234567890",
            b"\"a\":",
        ];
        prop_oneof![4 => prop::sample::select(bytes.to_vec()).prop_map(Ok), 1 => (1_usize..3).prop_map(Err)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn opens_the_same_values_as_a_parser(wanted in any_value()) {
            for text in [wanted.to_string(), format!(" {wanted:#}\n")] {
                prop_assert_eq!(value(Document::parse(text.as_bytes()).unwrap().root()), wanted.clone());
            }
        }

        #[test]
        fn accepts_the_same_texts_as_a_parser(
            wanted in any_value(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), change()), 0..4),
        ) {
            let mut text = wanted.to_string().into_bytes();
            for (place, change) in changes {
                let place = place.index(text.len() + 1);
                match change {
                    Ok(bytes) => drop(text.splice(place..place, bytes.iter().copied())),
                    Err(count) => drop(text.drain(place..text.len().min(place + count))),
                }
            }
            let taken = serde_json::from_slice::<&RawValue>(&text);
            let shown = String::from_utf8_lossy(&text);
            match Document::parse(&text) {
                Ok(document) => prop_assert_eq!(document.root().get(), taken.unwrap().get(), "{}", shown),
                Err(error) => prop_assert_eq!(error.to_string(), taken.unwrap_err().to_string(), "{}", shown),
            }
        }
    }
}
