//! A list of records that survives an odd one: what is no record is set aside with its place, the rest is read.

use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::{PublicJson, Readable, Reader, Reading};
use crate::json::{Document, Json};
use crate::models::Record;
use crate::schema::{Kind, Naming};

/// The records of an answer, in order. Use it as a slice, or iterate over it.
#[derive(Debug, Clone)]
pub struct List<T> {
    items: Vec<T>,
    unreadable: Vec<InvalidItem>,
}

/// Something in a list that is no record, kept as it came.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InvalidItem {
    /// Its place in the list that the server sent.
    pub index: usize,
    /// Its JSON text.
    pub json: Box<RawValue>,
}

impl PartialEq for InvalidItem {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && self.json.get() == other.json.get()
    }
}

impl<T> List<T> {
    /// What stood in the list and is no record.
    pub fn invalid_items(&self) -> &[InvalidItem] {
        &self.unreadable
    }

    /// The records as a plain vector.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.items
    }
}

impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items && self.unreadable == other.unreadable
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, unreadable: Vec::new() }
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

impl<T: Record> Readable for List<T> {
    const KIND: Kind = Kind::List(&T::KIND);

    fn read(raw: Json<'_>, reader: &mut Reader<'_>) -> Option<Reading<Self>> {
        if raw.is_null() {
            return Some(Reading { value: Self::default(), canonical: false });
        }
        let Some(elements) = raw.elements() else {
            return Self::read_other_form(raw, reader);
        };
        let mut list = Self::default();
        // To grow step by step would touch twice the memory. Where there is not so much, it is had as it is needed.
        let records = elements.clone().filter(|element| element.first() == b'{').count();
        let _ = list.items.try_reserve_exact(records);
        for (index, element) in elements.enumerate() {
            reader.element(|reader| match T::read(element, reader) {
                Some(reading) => list.items.push(reading.value),
                None => {
                    reader.invalid_items();
                    list.unreadable.push(InvalidItem { index, json: element.to_raw() });
                }
            });
        }
        Some(Reading { value: list, canonical: true })
    }

    fn absent() -> Self {
        Self::default()
    }

    fn is_absent(&self) -> bool {
        self.items.is_empty() && self.unreadable.is_empty()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn public(&self, naming: Naming) -> serde_json::Value {
        serde_json::Value::Array(self.items.iter().map(|item| item.public(naming)).collect())
    }

    fn write_public(raw: Json<'_>, reader: &mut Reader<'_>, out: &mut PublicJson) -> bool {
        if let Some(elements) = raw.elements() {
            out.list(elements, reader, T::write_public);
            return true;
        }
        let Some(reading) = Self::read(raw, reader) else {
            return false;
        };
        out.list(reading.value.items.into_iter(), reader, |item, _, out| {
            out.value(&item.public(out.naming()));
            true
        });
        true
    }
}

/// A list that may be absent: `null` and no list are told apart from an empty one.
impl<T: Record> Readable for Option<List<T>> {
    const KIND: Kind = List::<T>::KIND;

    fn read(raw: Json<'_>, reader: &mut Reader<'_>) -> Option<Reading<Self>> {
        if raw.is_null() {
            return Some(Reading { value: None, canonical: false });
        }
        List::read(raw, reader).map(|reading| reading.map(Some))
    }

    fn absent() -> Self {
        None
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn public(&self, naming: Naming) -> serde_json::Value {
        self.as_ref().map_or(serde_json::Value::Null, |list| list.public(naming))
    }

    fn write_public(raw: Json<'_>, reader: &mut Reader<'_>, out: &mut PublicJson) -> bool {
        if raw.is_null() {
            out.copy(raw);
            return true;
        }
        List::<T>::write_public(raw, reader, out)
    }
}

impl<T: Record> List<T> {
    /// Reads a list that stands as JSON within a text, or a single record in place of a list of one.
    fn read_other_form(raw: Json<'_>, reader: &mut Reader<'_>) -> Option<Reading<Self>> {
        let list = if raw.get().starts_with('"') {
            let text: String = serde_json::from_str(raw.get()).ok()?;
            let inner = Document::parse(text.as_bytes()).ok()?;
            inner.root().elements()?;
            Self::read(inner.root(), reader)?.value
        } else {
            let reading = reader.element(|reader| T::read(raw, reader))?;
            if !reading.value.has_documented_field() {
                return None;
            }
            Self::from(vec![reading.value])
        };
        Some(Reading { value: list, canonical: false })
    }
}

/// Written as the server sent it, what is no record included.
impl<T: Record> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let length = self.items.len() + self.unreadable.len();
        let mut sequence = serializer.serialize_seq(Some(length))?;
        let mut odd = self.unreadable.iter().peekable();
        let mut index = 0;
        for item in &self.items {
            while let Some(unreadable) = odd.next_if(|unreadable| unreadable.index <= index) {
                sequence.serialize_element(&unreadable.json)?;
                index += 1;
            }
            sequence.serialize_element(item)?;
            index += 1;
        }
        for unreadable in odd {
            sequence.serialize_element(&unreadable.json)?;
        }
        sequence.end()
    }
}

impl<'de, T: Record> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let document = Document::of(&raw).map_err(serde::de::Error::custom)?;
        Self::read(document.root(), &mut Reader::silent())
            .map(|reading| reading.value)
            .ok_or_else(|| serde::de::Error::custom("expected a list of records"))
    }
}
