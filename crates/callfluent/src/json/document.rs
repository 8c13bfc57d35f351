//! A JSON text with the places of all its values, so that a level can be opened without going over the text again. What is
//! inside a value stays text until somebody reads it: nothing is lost and nothing is parsed twice.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::Error as _;
use serde_json::value::RawValue;

use super::scanner::{Finder, MOST_VALUES, Place, Unfit};

/// A text that was parsed.
#[derive(Debug, Clone)]
pub(crate) struct Document<'a> {
    text: &'a str,
    places: Vec<Place>,
}

/// One value of a document, unread, without white space around it.
#[derive(Debug, Clone, Copy)]
pub struct Json<'a> {
    text: &'a str,
    place: &'a Place,
    /// The places of what is in it.
    inside: &'a [Place],
}

/// One name of a JSON object with its value, both unread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) name: Json<'a>,
    pub(crate) raw: Json<'a>,
}

impl<'a> Entry<'a> {
    /// The name. One that is no text is the text that it is written with, which has to be escaped where it is written again.
    pub(crate) fn key(self) -> Cow<'a, str> {
        self.name.text().unwrap_or_else(|| Cow::Owned(self.name.quoted().unwrap_or_default().to_owned()))
    }

    /// Whether this is its name.
    pub(crate) fn is_named(self, name: &str) -> bool {
        let span = self.name.span();
        if self.name.place.is_escaped() {
            self.key() == name
        } else {
            // Nearly all other names are of another length.
            span.len() == name.len() + 2
                && self.name.text.as_bytes().get(span.start + 1..span.end - 1) == Some(name.as_bytes())
        }
    }
}

impl<'a> Document<'a> {
    /// Parses a text; it may have white space around it.
    pub(crate) fn parse(text: &'a [u8]) -> serde_json::Result<Self> {
        let Some((text, finder)) = std::str::from_utf8(text).ok().and_then(|text| Some((text, Finder::new(text)?)))
        else {
            return Err(why_not(text));
        };
        match finder.find() {
            Ok(places) => Ok(Self { text, places }),
            Err(Unfit::NoJson) => Err(why_not(text.as_bytes())),
            Err(Unfit::TooMany) => Err(serde_json::Error::custom(format!("it holds more than {MOST_VALUES} values"))),
        }
    }

    /// A text that was parsed before.
    pub(crate) fn of(raw: &'a RawValue) -> serde_json::Result<Self> {
        Self::parse(raw.get().as_bytes())
    }

    /// The whole value.
    pub(crate) fn root(&self) -> Json<'_> {
        let (place, inside) = self.places.split_first().unwrap_or((&Place::NOWHERE, &[]));
        Json { text: self.text, place, inside }
    }
}

/// Why this is no JSON. Another parser says it well, where this one only says quickly whether it is some.
fn why_not(text: &[u8]) -> serde_json::Error {
    let error = serde_json::from_slice::<&RawValue>(text).err();
    error.unwrap_or_else(|| serde_json::Error::custom("it is larger than 4 GiB"))
}

impl<'a> Json<'a> {
    /// The text.
    pub(crate) fn get(self) -> &'a str {
        self.text.get(self.span()).unwrap_or_default()
    }

    /// The text of the document that the value stands in.
    pub(crate) fn document(self) -> &'a str {
        self.text
    }

    /// Where it stands there.
    pub(crate) fn span(self) -> Range<usize> {
        self.place.span()
    }

    /// A copy to keep.
    pub(crate) fn to_raw(self) -> Box<RawValue> {
        // It was parsed before.
        serde_json::from_str(self.get()).unwrap_or_else(|_| RawValue::NULL.to_owned())
    }

    /// Whether the value is `null`.
    pub(crate) fn is_null(self) -> bool {
        self.first() == b'n'
    }

    /// The first byte, which says what kind of value it is.
    pub(crate) fn first(self) -> u8 {
        self.place.first()
    }

    /// Whether every parser of every language takes the value from its text without loss: it has few digits, is not nested
    /// endlessly and holds no half of a surrogate pair. `false` says nothing.
    pub(crate) fn is_plain(self) -> bool {
        self.place.is_plain()
    }

    /// Whether it is written as JSON writes a whole number: `7`, not `7.0` or `7e0` or `-0`.
    pub(crate) fn is_whole(self) -> bool {
        self.place.is_whole()
    }

    /// The names of an object with their values; `None` where it is no object.
    pub(crate) fn entries(self) -> Option<Entries<'a>> {
        (self.first() == b'{').then(|| Entries(self.inside()))
    }

    /// The elements of an array; `None` where it is no array.
    pub(crate) fn elements(self) -> Option<Elements<'a>> {
        (self.first() == b'[').then(|| Elements(self.inside()))
    }

    fn inside(self) -> Values<'a> {
        Values { text: self.text, places: self.inside }
    }
}

/// The values of one level, names included.
#[derive(Debug, Clone)]
struct Values<'a> {
    text: &'a str,
    places: &'a [Place],
}

impl<'a> Iterator for Values<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        let (place, behind) = self.places.split_first()?;
        let (inside, rest) = behind.split_at_checked(place.inside())?;
        self.places = rest;
        Some(Json { text: self.text, place, inside })
    }
}

/// The names of an object with their values, in order.
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
    /// The value of this name; of several the last one.
    pub(crate) fn named(&self, name: &str) -> Option<Json<'a>> {
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
    /// The text that a JSON text stands for; `None` where it is none, such as half of a surrogate pair.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        if self.place.is_escaped() {
            return serde_json::from_str(self.get()).ok().map(Cow::Owned);
        }
        self.quoted().map(Cow::Borrowed)
    }

    /// What stands between the quotation marks.
    fn quoted(self) -> Option<&'a str> {
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

    /// What a parser makes of a value, level by level.
    fn value(json: Json<'_>) -> Value {
        if let Some(entries) = json.entries() {
            return entries.map(|entry| (entry.key().into_owned(), value(entry.raw))).collect();
        }
        match json.elements() {
            Some(elements) => elements.map(value).collect(),
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

    /// Bytes to put into a text, or how many to take out of it.
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
        fn the_values_of_every_level_are_those_that_a_parser_finds(wanted in any_value()) {
            for text in [wanted.to_string(), format!(" {wanted:#}\n")] {
                prop_assert_eq!(value(Document::parse(text.as_bytes()).unwrap().root()), wanted.clone());
            }
        }

        #[test]
        fn what_is_json_is_what_a_parser_takes(
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
