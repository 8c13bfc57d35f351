//! A list of records that tolerates invalid items: they are kept with their position, and the rest
//! is decoded.

use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::context::DecodeContext;
use super::public_json::PublicJson;
use super::record::Record;
use super::traits::{Decode, Decoded, HasKind};
use crate::json::{Document, Json};
use crate::schema::{Kind, Naming};

/// The records of a response, in order. Use it as a slice, or iterate over it.
#[derive(Debug, Clone)]
pub struct List<T> {
    items: Vec<T>,
    invalid_items: Vec<InvalidItem>,
}

/// An item of a list that is not a record, unchanged.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InvalidItem {
    /// Index in the list that the server sent.
    pub index: usize,
    /// JSON text.
    pub json: Box<RawValue>,
}

impl PartialEq for InvalidItem {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && self.json.get() == other.json.get()
    }
}

impl<T> List<T> {
    /// Returns the items of the list that are not records.
    pub fn invalid_items(&self) -> &[InvalidItem] {
        &self.invalid_items
    }

    /// Keeps the records at which `keep` is true.
    pub(crate) fn retain(&mut self, keep: &[bool]) {
        let mut keep = keep.iter();
        self.items.retain(|_| keep.next().copied().unwrap_or(true));
    }

    /// Returns the records as a vector.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.items
    }
}

impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items && self.invalid_items == other.invalid_items
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, invalid_items: Vec::new() }
    }
}

impl<T> From<List<T>> for Vec<T> {
    fn from(list: List<T>) -> Self {
        list.items
    }
}

impl<T> std::ops::Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> std::ops::DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.items
    }
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut List<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter_mut()
    }
}

impl<T: Record> HasKind for List<T> {
    const KIND: Kind = Kind::List(&T::KIND);
}

impl<T: Record> Decode for List<T> {
    fn decode(raw: Json<'_>, context: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        if raw.is_null() {
            return Some(Decoded { value: Self::default(), round_trips: false });
        }
        let Some(elements) = raw.elements() else {
            return Self::decode_other_form(raw, context);
        };
        let mut list = Self::default();
        // Growing step by step would touch twice the memory. If the allocation fails, the vector
        // grows on demand.
        let records = elements.clone().filter(|element| element.first() == b'{').count();
        let _ = list.items.try_reserve_exact(records);
        for (index, element) in elements.enumerate() {
            context.in_element(|context| match T::decode(element, context) {
                Some(decoded) => list.items.push(decoded.value),
                None => {
                    context.invalid_value();
                    list.invalid_items.push(InvalidItem { index, json: element.to_raw() });
                }
            });
        }
        Some(Decoded { value: list, round_trips: true })
    }

    fn absent() -> Self {
        Self::default()
    }

    fn is_absent(&self) -> bool {
        self.items.is_empty() && self.invalid_items.is_empty()
    }

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn public_value(&self, naming: Naming) -> serde_json::Value {
        serde_json::Value::Array(self.items.iter().map(|item| item.public_value(naming)).collect())
    }

    fn write_public(raw: Json<'_>, context: &mut DecodeContext<'_>, out: &mut PublicJson) -> bool {
        if let Some(elements) = raw.elements() {
            out.list(elements, context, |raw, context, out| T::write_public(*raw, context, out), |raw| raw.get());
            return true;
        }
        let write =
            |raw: &Json<'_>, context: &mut DecodeContext<'_>, out: &mut PublicJson| T::write_public(*raw, context, out);
        if let Some(string) = raw.as_string() {
            let Some(inner) = Document::parse(string.as_bytes()).ok().filter(|inner| inner.root().first() == b'[')
            else {
                return false;
            };
            return Self::write_public(inner.root(), context, out);
        }
        let is_single = || Self::decode(raw, &mut DecodeContext::without_drift()).is_some();
        if !raw.is_null() && !is_single() {
            // Drift inside of what is not a record after all.
            let _ = Self::decode(raw, context);
            return false;
        }
        out.list((!raw.is_null()).then_some(raw).into_iter(), context, write, |raw| raw.get());
        true
    }
}

impl<T: Record> HasKind for Option<List<T>> {
    const KIND: Kind = List::<T>::KIND;
}

/// A list that may be absent: `null` and an omitted list differ from an empty one.
impl<T: Record> Decode for Option<List<T>> {
    fn decode(raw: Json<'_>, context: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        if raw.is_null() {
            return Some(Decoded { value: None, round_trips: false });
        }
        List::decode(raw, context).map(|decoded| decoded.map(Some))
    }

    fn absent() -> Self {
        None
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn public_value(&self, naming: Naming) -> serde_json::Value {
        self.as_ref().map_or(serde_json::Value::Null, |list| list.public_value(naming))
    }

    fn write_public(raw: Json<'_>, context: &mut DecodeContext<'_>, out: &mut PublicJson) -> bool {
        if raw.is_null() {
            out.copy(raw);
            return true;
        }
        List::<T>::write_public(raw, context, out)
    }
}

impl<T: Record> List<T> {
    /// Decodes a string that contains a JSON list, or a single record in place of a list of one.
    fn decode_other_form(raw: Json<'_>, context: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        let list = if raw.get().starts_with('"') {
            let string: String = serde_json::from_str(raw.get()).ok()?;
            let inner = Document::parse(string.as_bytes()).ok()?;
            inner.root().elements()?;
            Self::decode(inner.root(), context)?.value
        } else {
            let decoded = context.in_element(|context| T::decode(raw, context))?;
            if !decoded.value.has_documented_field() {
                return None;
            }
            Self::from(vec![decoded.value])
        };
        Some(Decoded { value: list, round_trips: false })
    }
}

/// Encodes the list as the server sent it, including invalid items.
impl<T: Record> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let length = self.items.len() + self.invalid_items.len();
        let mut sequence = serializer.serialize_seq(Some(length))?;
        let mut invalid = self.invalid_items.iter().peekable();
        let mut index = 0;
        for item in &self.items {
            while let Some(item) = invalid.next_if(|item| item.index <= index) {
                sequence.serialize_element(&item.json)?;
                index += 1;
            }
            sequence.serialize_element(item)?;
            index += 1;
        }
        for item in invalid {
            sequence.serialize_element(&item.json)?;
        }
        sequence.end()
    }
}

impl<'de, T: Record> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let document = Document::from_raw(&raw).map_err(serde::de::Error::custom)?;
        Self::decode(document.root(), &mut DecodeContext::without_drift())
            .map(|decoded| decoded.value)
            .ok_or_else(|| serde::de::Error::custom("expected a list of records"))
    }
}
