//! Reads single values: number, text and boolean may each stand for the other.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::{Readable, Reader, Reading, Scalar};
use crate::json::{Document, Json, value_is_exact};
use crate::schema::{Kind, Naming};

/// A single value as it stands on the wire.
pub(crate) enum Token<'a> {
    Text(Cow<'a, str>),
    /// The digits as they stand there.
    Number(&'a str),
    Boolean(bool),
}

/// Reads a text, a number or a boolean; `None` for null, lists and objects.
pub(crate) fn read_scalar(raw: Json<'_>) -> Option<Token<'_>> {
    match raw.first() {
        b'"' => raw.text().map(Token::Text),
        b't' => Some(Token::Boolean(true)),
        b'f' => Some(Token::Boolean(false)),
        b'-' | b'0'..=b'9' => Some(Token::Number(raw.get())),
        _ => None,
    }
}

/// Reads a whole number from digits, or from a number such as `3.0` that has no fraction.
fn integer(digits: &str) -> Option<i64> {
    /// Beyond this, a float no longer stands for one whole number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Ok(number) = digits.parse() {
        return Some(number);
    }
    let number: f64 = digits.parse().ok()?;
    #[allow(clippy::cast_possible_truncation)]
    (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64)
}

fn number(digits: &str) -> Option<f64> {
    digits.parse().ok().filter(|number: &f64| number.is_finite())
}

impl Scalar for String {
    const KIND: Kind = Kind::Text;

    fn read(raw: Json<'_>, _: &mut Reader<'_>) -> Option<Reading<Self>> {
        let (value, canonical) = match read_scalar(raw)? {
            Token::Text(text) => (text.into_owned(), true),
            Token::Number(digits) => (digits.to_owned(), false),
            Token::Boolean(value) => (value.to_string(), false),
        };
        Some(Reading { value, canonical })
    }

    fn of_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn stands_as_public(raw: Json<'_>) -> bool {
        raw.first() == b'"' && raw.is_plain()
    }
}

impl Scalar for i64 {
    const KIND: Kind = Kind::Integer;

    fn read(raw: Json<'_>, _: &mut Reader<'_>) -> Option<Reading<Self>> {
        let (value, canonical) = match read_scalar(raw)? {
            Token::Text(text) => (Self::of_text(&text)?, false),
            Token::Number(digits) => (integer(digits)?, raw.is_whole()),
            Token::Boolean(value) => (Self::from(value), false),
        };
        Some(Reading { value, canonical })
    }

    fn of_text(text: &str) -> Option<Self> {
        integer(text.trim())
    }

    fn stands_as_public(raw: Json<'_>) -> bool {
        raw.is_whole() && raw.is_plain()
    }
}

impl Scalar for f64 {
    const KIND: Kind = Kind::Number;

    fn read(raw: Json<'_>, _: &mut Reader<'_>) -> Option<Reading<Self>> {
        let (value, canonical) = match read_scalar(raw)? {
            Token::Text(text) => (number(text.trim())?, false),
            Token::Number(digits) => {
                let value = number(digits)?;
                let again = serde_json::to_string(&WholeOrFraction(value)).ok()?;
                (value, again == digits)
            }
            Token::Boolean(value) => (Self::from(u8::from(value)), false),
        };
        Some(Reading { value, canonical })
    }

    fn stands_as_public(raw: Json<'_>) -> bool {
        let is_number = matches!(raw.first(), b'-' | b'0'..=b'9');
        let digits = raw.get().as_bytes();
        // `3.0` is written as `3`.
        let is_fraction = || digits.contains(&b'.') && digits.last() != Some(&b'0');
        is_number && raw.is_plain() && (raw.is_whole() || is_fraction())
    }

    fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde::Serialize::serialize(&WholeOrFraction(*self), serializer)
    }
}

/// A number that is written as `3` where it has no fraction, as the documentation's examples are.
pub(crate) struct WholeOrFraction(pub(crate) f64);

impl serde::Serialize for WholeOrFraction {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match integer(&self.0.to_string()) {
            Some(whole) => serializer.serialize_i64(whole),
            None => serializer.serialize_f64(self.0),
        }
    }
}

impl Scalar for bool {
    const KIND: Kind = Kind::Boolean;

    fn read(raw: Json<'_>, _: &mut Reader<'_>) -> Option<Reading<Self>> {
        let (value, canonical) = match read_scalar(raw)? {
            Token::Boolean(value) => (value, true),
            Token::Number(digits) => (integer(digits).and_then(zero_or_one)?, false),
            Token::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => (true, false),
                "false" | "no" | "off" => (false, false),
                other => (integer(other).and_then(zero_or_one)?, false),
            },
        };
        Some(Reading { value, canonical })
    }

    fn stands_as_public(raw: Json<'_>) -> bool {
        matches!(raw.first(), b't' | b'f')
    }
}

fn zero_or_one(number: i64) -> Option<bool> {
    match number {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// A list of single values may stand on the wire as an array, as one text with commas, or as a text that holds JSON.
impl<T: Scalar> Scalar for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);

    fn read(raw: Json<'_>, reader: &mut Reader<'_>) -> Option<Reading<Self>> {
        if let Some(elements) = raw.elements() {
            let mut values = Self::new();
            let mut canonical = true;
            for element in elements {
                let reading = reader.element(|reader| T::read(element, reader))?;
                canonical &= reading.canonical;
                values.push(reading.value);
            }
            return Some(Reading { value: values, canonical });
        }
        let Token::Text(text) = read_scalar(raw)? else {
            let single = T::read(raw, reader)?;
            return Some(Reading { value: vec![single.value], canonical: false });
        };
        let json = if text.trim_start().starts_with('[') {
            text
        } else {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            if let Some(value) = parts.clone().map(T::of_text).collect() {
                return Some(Reading { value, canonical: false });
            }
            serde_json::to_string(&parts.collect::<Vec<_>>()).ok()?.into()
        };
        let reading = Self::read(Document::parse(json.as_bytes()).ok()?.root(), reader)?;
        Some(Reading { value: reading.value, canonical: false })
    }

    fn stands_as_public(raw: Json<'_>) -> bool {
        raw.elements().is_some_and(|mut elements| elements.all(T::stands_as_public))
    }
}

impl<T: Scalar + PartialEq> Readable for BTreeMap<String, Option<T>> {
    const KIND: Kind = Kind::Map(&T::KIND);

    /// A name whose value cannot be read is in the map without one: that it is there may be all that matters.
    fn read(raw: Json<'_>, reader: &mut Reader<'_>) -> Option<Reading<Self>> {
        // PHP writes an empty map as an empty list.
        if raw.is_null() || raw.elements().is_some_and(|mut elements| elements.next().is_none()) {
            return Some(Reading { value: Self::new(), canonical: false });
        }
        let mut values = Self::new();
        let mut canonical = true;
        for entry in raw.entries()? {
            let reading = Option::<T>::read(entry.raw, reader).unwrap_or_else(|| {
                reader.invalid_items();
                Reading { value: None, canonical: false }
            });
            canonical &= reading.canonical || entry.raw.is_null();
            values.insert(entry.key().into_owned(), reading.value);
        }
        Some(Reading { value: values, canonical })
    }

    fn absent() -> Self {
        Self::new()
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde::Serialize::serialize(self, serializer)
    }

    fn public(&self, _: Naming) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Any value, as it came.
impl Scalar for Value {
    const KIND: Kind = Kind::Any;

    fn read(raw: Json<'_>, _: &mut Reader<'_>) -> Option<Reading<Self>> {
        let value = serde_json::from_str(raw.get()).ok()?;
        Some(Reading { value, canonical: value_is_exact(raw.get()) })
    }

    fn stands_as_public(raw: Json<'_>) -> bool {
        raw.is_plain()
    }
}

/// An undocumented object, such as the settings of a user.
impl Scalar for serde_json::Map<String, Value> {
    const KIND: Kind = Kind::Map(&Kind::Any);

    fn read(raw: Json<'_>, _: &mut Reader<'_>) -> Option<Reading<Self>> {
        let value = serde_json::from_str(raw.get()).ok()?;
        Some(Reading { value, canonical: value_is_exact(raw.get()) })
    }

    fn stands_as_public(raw: Json<'_>) -> bool {
        raw.first() == b'{' && raw.is_plain()
    }
}
