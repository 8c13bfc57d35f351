//! The undocumented fields of a record. They stay JSON text until they are accessed: most programs
//! access few of them, and decoding all would take most of the time of a long list.

use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::context::DecodeContext;
use super::traits::{DecodeScalar, Decoded, HasKind};
use crate::json::{Document, Entry, Json, VerbatimSpan, find_field, to_exact_value};
use crate::schema::Kind;

/// Fields that the API does not document, by their name in the API.
///
/// The fields are kept as the server sent them, in its order, and are decoded when they are
/// accessed. So every digit of a number is kept, and a long list takes no time for fields that
/// nothing reads.
///
/// # Example
/// ```
/// use callfluent::Extra;
///
/// let mut extra = Extra::from_iter([("duration", 12.5), ("wait", 3.0)]);
/// assert_eq!(extra.get::<f64>("duration"), Some(12.5));
/// assert_eq!(extra.get::<String>("duration"), None);
/// extra.insert("outcome", "booked");
/// assert_eq!(extra.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["duration", "wait", "outcome"]);
/// ```
#[derive(Clone, Default)]
pub struct Extra {
    /// A JSON object, or an empty string.
    json: String,
}

impl Extra {
    /// Creates a map without fields.
    #[must_use]
    pub const fn new() -> Self {
        Self { json: String::new() }
    }

    /// Returns the value of a field as any type that serde deserializes. Returns `None` if the
    /// field is missing or has another type.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        decode(self.get_json(name)?)
    }

    /// Returns the JSON text of a field, as the server sent it.
    pub fn get_json(&self, name: &str) -> Option<&str> {
        find_field(&self.json, name)
    }

    /// Returns whether the field is present, even if its value is `null`.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get_json(name).is_some()
    }

    /// Returns whether it has no fields.
    pub fn is_empty(&self) -> bool {
        self.json.is_empty()
    }

    /// Returns the number of fields.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Iterates over the fields in the order of the server. A number that a [`Value`] does not
    /// represent exactly is a string with its digits.
    pub fn iter(&self) -> impl Iterator<Item = (String, Value)> {
        self.entries().into_iter().map(|(name, json)| (name, to_exact_value(json)))
    }

    /// Iterates over the names of the fields in the order of the server.
    pub fn keys(&self) -> impl Iterator<Item = String> {
        self.entries().into_iter().map(|(name, _)| name)
    }

    /// Sets a field. Returns the previous value, if there was one.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let (name, value) = (name.into(), value.into().to_string());
        let Some(previous) = self.get_json(&name).map(to_exact_value) else {
            self.push(&name, &value);
            return None;
        };
        let mut changed = Self::new();
        for (entry, json) in self.entries() {
            changed.push(&entry, if entry == name { &value } else { json });
        }
        *self = changed;
        Some(previous)
    }

    /// Removes a field and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let previous = self.get_json(name).map(to_exact_value)?;
        let mut changed = Self::new();
        for (entry, json) in self.entries().iter().filter(|(entry, _)| entry != name) {
            changed.push(entry, json);
        }
        *self = changed;
        Some(previous)
    }

    /// Creates a map from the text of a JSON object.
    pub(crate) fn from_json(json: String) -> Self {
        Self { json }
    }

    /// Names with the JSON text of their values. If a name occurs more than once, the last value
    /// counts.
    pub(crate) fn entries(&self) -> Vec<(String, &str)> {
        let Ok(document) = Document::parse(self.json.as_bytes()) else {
            return Vec::new();
        };
        let mut entries: Vec<(String, &str)> = Vec::new();
        let mut positions = HashMap::new();
        for entry in document.root().entries().into_iter().flatten() {
            let (name, json) = (entry.key().into_owned(), self.json.get(entry.raw.span()).unwrap_or_default());
            let position = *positions.entry(name.clone()).or_insert(entries.len());
            match entries.get_mut(position) {
                Some(known) => known.1 = json,
                None => entries.push((name, json)),
            }
        }
        entries
    }

    /// Appends the undocumented fields of a record that is being decoded.
    pub(crate) fn push_span(&mut self, fields: &str) {
        if self.json.is_empty() {
            self.json.reserve_exact(fields.len() + 2);
            self.json.push('{');
        } else {
            self.json.pop();
            self.json.push(',');
        }
        self.json.push_str(fields);
        self.json.push('}');
    }

    /// Appends a field with a value in JSON.
    pub(crate) fn push(&mut self, name: &str, json: &str) {
        self.push_span(&format!("{}:{json}", Value::from(name)));
    }
}

/// Decodes one value of JSON text.
pub(crate) fn decode<T: DeserializeOwned>(json: &str) -> Option<T> {
    Document::parse(json.as_bytes()).ok()?.root().deserialize().ok()
}

/// Collects the undocumented fields of a record while it is decoded. Adjacent ones are copied at
/// once.
#[derive(Default)]
pub(crate) struct ExtraFields {
    extra: Extra,
    span: VerbatimSpan,
}

impl ExtraFields {
    pub(crate) fn keep(&mut self, entry: Entry<'_>) {
        let before = self.span.extend(entry);
        if let Some(fields) = before.slice(entry.raw.document()) {
            self.extra.push_span(fields);
        }
    }

    /// Returns the fields. `record` is in the document of all entries.
    pub(crate) fn finish(mut self, record: Json<'_>) -> Extra {
        if let Some(fields) = self.span.slice(record.document()) {
            self.extra.push_span(fields);
        }
        self.extra
    }
}

/// The order of the fields does not matter.
impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        if self.json == other.json {
            return true;
        }
        let (own, other): (_, HashMap<_, _>) = (self.entries(), other.entries().into_iter().collect());
        let is_same = |one: &str, other: &str| one == other || to_exact_value(one) == to_exact_value(other);
        own.len() == other.len()
            && own.iter().all(|(name, json)| other.get(name).is_some_and(|other| is_same(json, other)))
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = formatter.debug_map();
        for (name, json) in self.entries() {
            map.entry(&name, &format_args!("{json}"));
        }
        map.finish()
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Extra {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut extra = Self::new();
        extra.extend(fields);
        extra
    }
}

impl<N: Into<String>, V: Into<Value>> Extend<(N, V)> for Extra {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, fields: I) {
        for (name, value) in fields {
            self.insert(name, value);
        }
    }
}

impl From<Map<String, Value>> for Extra {
    fn from(fields: Map<String, Value>) -> Self {
        if fields.is_empty() { Self::new() } else { Self { json: Value::Object(fields).to_string() } }
    }
}

impl IntoIterator for &Extra {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.serialize_fields(&mut map)?;
        map.end()
    }
}

impl Extra {
    /// Serializes the fields into a map.
    pub(crate) fn serialize_fields<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        for (name, json) in self.entries() {
            let document = Document::parse(json.as_bytes()).map_err(serde::ser::Error::custom)?;
            map.serialize_entry(&name, &document.root())?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Extra;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Extra, A::Error> {
                let mut extra = Extra::new();
                while let Some((name, value)) = fields.next_entry::<String, Value>()? {
                    extra.push(&name, &value.to_string());
                }
                Ok(extra)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl HasKind for Extra {
    const KIND: Kind = Kind::Map(&Kind::Any);
}

/// An undocumented object, such as the settings of a user.
impl DecodeScalar for Extra {
    fn decode(raw: Json<'_>, _: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        let is_empty = raw.entries()?.next().is_none();
        let json = if is_empty { String::new() } else { raw.get().to_owned() };
        Some(Decoded { value: Self { json }, round_trips: true })
    }

    fn is_passthrough(raw: Json<'_>) -> bool {
        raw.first() == b'{' && raw.is_lossless()
    }
}
