//! Opens one level of a JSON text and leaves what is inside as text, so that nothing is lost and nothing is parsed twice.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A piece of text that is known to be one JSON value, without white space around it.
///
/// A parser has seen the whole of it before. What is left is to tell where the values in it begin and end, which takes a
/// fraction of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

/// One name of a JSON object with its value, unread.
pub(crate) struct Entry<'a> {
    pub(crate) key: Cow<'a, str>,
    pub(crate) raw: Json<'a>,
}

impl<'a> Json<'a> {
    /// Parses a text; it may have white space around it.
    pub(crate) fn parse(text: &'a [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice::<&RawValue>(text).map(Self::from)
    }

    /// The text.
    pub(crate) fn get(self) -> &'a str {
        self.0
    }

    /// A copy to keep.
    pub(crate) fn to_raw(self) -> Box<RawValue> {
        // It was parsed before.
        serde_json::from_str(self.0).unwrap_or_else(|_| RawValue::NULL.to_owned())
    }

    /// Whether the value is `null`.
    pub(crate) fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// The names of an object with their values; `None` where it is no object.
    pub(crate) fn entries(self) -> Option<Vec<Entry<'a>>> {
        let mut scanner = Scanner::within(self.0, b'{')?;
        let mut entries = Vec::with_capacity(16);
        while scanner.another() {
            let key = scanner.value();
            scanner.another();
            entries.push(Entry { key: text(key), raw: Json(scanner.value()) });
        }
        Some(entries)
    }

    /// The elements of an array; `None` where it is no array.
    pub(crate) fn elements(self) -> Option<Vec<Self>> {
        let mut scanner = Scanner::within(self.0, b'[')?;
        let mut elements = Vec::new();
        while scanner.another() {
            elements.push(Json(scanner.value()));
        }
        Some(elements)
    }
}

impl<'a> From<&'a RawValue> for Json<'a> {
    fn from(raw: &'a RawValue) -> Self {
        Self(raw.get())
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(Self::from)
    }
}

/// The text that a JSON text stands for.
fn text(json: &str) -> Cow<'_, str> {
    let inside = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
    if memchr::memchr(b'\\', inside.as_bytes()).is_none() {
        return Cow::Borrowed(inside);
    }
    // Half of a surrogate pair is no text; such a name stays as it is written.
    serde_json::from_str(json).map_or(Cow::Borrowed(inside), Cow::Owned)
}

/// Goes through the values of one level.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Starts behind the bracket that opens the level; `None` where there is another one or none.
    fn within(text: &'a str, opening: u8) -> Option<Self> {
        text.as_bytes().first().filter(|first| **first == opening).map(|_| Self { text, at: 1 })
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes to the next value, over what stands between values; says whether there is one.
    fn another(&mut self) -> bool {
        while let Some(b' ' | b'\n' | b'\r' | b'\t' | b',' | b':') = self.peek() {
            self.at += 1;
        }
        !matches!(self.peek(), None | Some(b'}' | b']'))
    }

    /// The value that begins here.
    fn value(&mut self) -> &'a str {
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.skip_text(),
            Some(b'{' | b'[') => self.skip_level(),
            _ => {
                let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
                let rest = self.text.as_bytes().get(start..).unwrap_or_default();
                self.at += rest.iter().position(is_end).unwrap_or(rest.len());
            }
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn skip_text(&mut self) {
        self.at += 1;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let index = quote_or_backslash(rest).unwrap_or(rest.len());
            self.at += index + 1;
            if rest.get(index) != Some(&b'\\') {
                self.at = self.at.min(self.text.len());
                return;
            }
            self.at += 1;
        }
    }

    fn skip_level(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.skip_text();
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }
}

/// Where the first quotation mark or backslash is. Most texts are short: to look at eight bytes at a time is quicker for
/// them than to set up a wider search.
fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
    /// The lowest bit of each byte.
    const LOW: u64 = u64::MAX / 0xff;
    /// The highest bit of each byte.
    const HIGH: u64 = LOW << 7;
    /// Sets the highest bit of the first byte that is `byte`, and of none before it.
    fn marks(eight: u64, byte: u8) -> u64 {
        let difference = eight ^ (LOW * u64::from(byte));
        difference.wrapping_sub(LOW) & !difference & HIGH
    }
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        let eight = u64::from_le_bytes(*chunk);
        let found = marks(eight, b'"') | marks(eight, b'\\');
        if found != 0 {
            return Some(index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let behind = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'));
    behind.map(|index| chunks.len() * 8 + index)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// What a parser makes of a value, level by level.
    fn value(json: Json<'_>) -> Value {
        if let Some(entries) = json.entries() {
            return entries.into_iter().map(|entry| (entry.key.into_owned(), value(entry.raw))).collect();
        }
        match json.elements() {
            Some(elements) => elements.into_iter().map(value).collect(),
            None => serde_json::from_str(json.get()).unwrap(),
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[\"\\\\{}\\[\\],: a\\PC]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
                prop::collection::vec(("[\"\\\\{}a\\PC]{0,4}", inner), 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_values_of_every_level_are_those_that_a_parser_finds(wanted in any_value()) {
            for text in [wanted.to_string(), format!(" {wanted:#}\n")] {
                prop_assert_eq!(value(Json::parse(text.as_bytes()).unwrap()), wanted.clone());
            }
        }
    }
}
