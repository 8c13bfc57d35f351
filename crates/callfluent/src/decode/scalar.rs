//! Decodes single values: a number, a string and a boolean may each stand for the other.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::context::DecodeContext;
use super::traits::{Decode, DecodeScalar, Decoded, HasKind};
use crate::json::{Document, Json, has_only_short_numbers, whole_integer};
use crate::schema::{Kind, Naming};

/// A single JSON value.
pub(crate) enum Scalar<'a> {
    String(Cow<'a, str>),
    /// The source text.
    Number(&'a str),
    Boolean(bool),
}

/// Parses a string, a number or a boolean; `None` for null, lists and objects.
pub(crate) fn parse_scalar(raw: Json<'_>) -> Option<Scalar<'_>> {
    match raw.first() {
        b'"' => raw.as_string().map(Scalar::String),
        b't' => Some(Scalar::Boolean(true)),
        b'f' => Some(Scalar::Boolean(false)),
        b'-' | b'0'..=b'9' => Some(Scalar::Number(raw.get())),
        _ => None,
    }
}

/// Parses an integer, or a number such as `3.0` without a fraction.
fn integer(digits: &str) -> Option<i64> {
    digits.parse().ok().or_else(|| whole_integer(digits.parse().ok()?))
}

fn number(digits: &str) -> Option<f64> {
    digits.parse().ok().filter(|number: &f64| number.is_finite())
}

impl HasKind for String {
    const KIND: Kind = Kind::String;
}

impl DecodeScalar for String {
    fn decode(raw: Json<'_>, _: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        let (value, round_trips) = match parse_scalar(raw)? {
            Scalar::String(string) => (string.into_owned(), true),
            Scalar::Number(digits) => (without_zero_fraction(digits).to_owned(), false),
            Scalar::Boolean(value) => (value.to_string(), false),
        };
        Some(Decoded { value, round_trips })
    }

    fn decode_str(string: &str) -> Option<Self> {
        Some(string.to_owned())
    }

    fn is_passthrough(raw: Json<'_>) -> bool {
        raw.first() == b'"' && raw.is_lossless()
    }
}

/// Returns a number without a fraction of zeros: a server that has floats only writes a phone
/// number as `15551234567.0`.
fn without_zero_fraction(digits: &str) -> &str {
    match digits.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
        _ => digits,
    }
}

impl HasKind for i64 {
    const KIND: Kind = Kind::Integer;
}

impl DecodeScalar for i64 {
    fn decode(raw: Json<'_>, _: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        let (value, round_trips) = match parse_scalar(raw)? {
            Scalar::String(string) => (Self::decode_str(&string)?, false),
            Scalar::Number(digits) => (integer(digits)?, raw.is_integer()),
            Scalar::Boolean(value) => (Self::from(value), false),
        };
        Some(Decoded { value, round_trips })
    }

    fn decode_str(string: &str) -> Option<Self> {
        integer(string.trim())
    }

    fn is_passthrough(raw: Json<'_>) -> bool {
        raw.is_integer() && raw.is_lossless()
    }
}

impl HasKind for f64 {
    const KIND: Kind = Kind::Number;
}

impl DecodeScalar for f64 {
    fn decode(raw: Json<'_>, _: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        let (value, round_trips) = match parse_scalar(raw)? {
            Scalar::String(string) => (Self::decode_str(&string)?, false),
            Scalar::Number(digits) => {
                let value = number(digits)?;
                // Most numbers are short: no encoding is needed. Below 1e-5 they have exponents.
                let is_short = <Self as DecodeScalar>::is_passthrough(raw) && (raw.is_integer() || value.abs() >= 1e-5);
                let is_encoded = || serde_json::to_string(&ShortestNumber(value)).is_ok_and(|text| text == digits);
                (value, is_short || is_encoded())
            }
            Scalar::Boolean(value) => (Self::from(u8::from(value)), false),
        };
        Some(Decoded { value, round_trips })
    }

    fn decode_str(string: &str) -> Option<Self> {
        number(string.trim())
    }

    fn is_passthrough(raw: Json<'_>) -> bool {
        let is_number = matches!(raw.first(), b'-' | b'0'..=b'9');
        let digits = raw.get().as_bytes();
        // `3.0` is encoded as `3`.
        let is_fraction = || digits.contains(&b'.') && digits.last() != Some(&b'0');
        is_number && raw.is_lossless() && (raw.is_integer() || is_fraction())
    }

    fn encode<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde::Serialize::serialize(&ShortestNumber(*self), serializer)
    }
}

/// A number that is encoded as `3` if it has no fraction, as in the documentation's examples.
pub(crate) struct ShortestNumber(pub(crate) f64);

impl serde::Serialize for ShortestNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = self.0;
        let large_integer = || if number.fract() == 0.0 { integer(&number.to_string()) } else { None };
        match whole_integer(number).or_else(large_integer) {
            Some(whole) => serializer.serialize_i64(whole),
            None => serializer.serialize_f64(number),
        }
    }
}

impl HasKind for bool {
    const KIND: Kind = Kind::Boolean;
}

impl DecodeScalar for bool {
    fn decode(raw: Json<'_>, _: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        let (value, round_trips) = match parse_scalar(raw)? {
            Scalar::Boolean(value) => (value, true),
            Scalar::Number(digits) => (integer(digits).and_then(zero_or_one)?, false),
            Scalar::String(string) => (Self::decode_str(&string)?, false),
        };
        Some(Decoded { value, round_trips })
    }

    fn decode_str(string: &str) -> Option<Self> {
        match string.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            other => integer(other).and_then(zero_or_one),
        }
    }

    fn is_passthrough(raw: Json<'_>) -> bool {
        matches!(raw.first(), b't' | b'f')
    }
}

/// A flag that the client adds to a response. It is false if it is missing.
impl Decode for bool {
    fn decode(raw: Json<'_>, context: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        if raw.is_null() {
            return Some(Decoded { value: false, round_trips: false });
        }
        <Self as DecodeScalar>::decode(raw, context)
    }

    fn absent() -> Self {
        false
    }

    fn is_absent(&self) -> bool {
        !self
    }

    fn encode<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self)
    }

    fn public_value(&self, _: Naming) -> Value {
        Value::Bool(*self)
    }

    fn is_passthrough(raw: Json<'_>) -> bool {
        <Self as DecodeScalar>::is_passthrough(raw)
    }
}

fn zero_or_one(number: i64) -> Option<bool> {
    match number {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

impl<T: HasKind> HasKind for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);
}

/// Accepts an array, a string of comma-separated values, and a string that contains JSON.
impl<T: DecodeScalar> DecodeScalar for Vec<T> {
    fn decode(raw: Json<'_>, context: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        if let Some(elements) = raw.elements() {
            let mut values = Self::new();
            let mut round_trips = true;
            for element in elements {
                let decoded = context.in_element(|context| T::decode(element, context))?;
                round_trips &= decoded.round_trips;
                values.push(decoded.value);
            }
            return Some(Decoded { value: values, round_trips });
        }
        let Scalar::String(string) = parse_scalar(raw)? else {
            let single = T::decode(raw, context)?;
            return Some(Decoded { value: vec![single.value], round_trips: false });
        };
        let json = if string.trim_start().starts_with('[') {
            string
        } else {
            let parts = string.split(',').map(str::trim).filter(|part| !part.is_empty());
            if let Some(value) = parts.clone().map(T::decode_str).collect() {
                return Some(Decoded { value, round_trips: false });
            }
            serde_json::to_string(&parts.collect::<Vec<_>>()).ok()?.into()
        };
        let decoded = Self::decode(Document::parse(json.as_bytes()).ok()?.root(), context)?;
        Some(Decoded { value: decoded.value, round_trips: false })
    }

    fn is_passthrough(raw: Json<'_>) -> bool {
        raw.elements().is_some_and(|mut elements| elements.all(T::is_passthrough))
    }
}

impl<T: HasKind> HasKind for BTreeMap<String, Option<T>> {
    const KIND: Kind = Kind::Map(&T::KIND);
}

impl<T: DecodeScalar + PartialEq> Decode for BTreeMap<String, Option<T>> {
    /// A name whose value is invalid is in the map without a value: its presence alone may matter.
    fn decode(raw: Json<'_>, context: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        // PHP encodes an empty map as an empty list.
        if raw.is_null() || raw.elements().is_some_and(|mut elements| elements.next().is_none()) {
            return Some(Decoded { value: Self::new(), round_trips: false });
        }
        let mut values = Self::new();
        let mut round_trips = true;
        for entry in raw.entries()? {
            let decoded = Option::<T>::decode(entry.raw, context).unwrap_or_else(|| {
                context.invalid_value();
                Decoded { value: None, round_trips: false }
            });
            round_trips &= decoded.round_trips || entry.raw.is_null();
            values.insert(entry.key().into_owned(), decoded.value);
        }
        Some(Decoded { value: values, round_trips })
    }

    fn absent() -> Self {
        Self::new()
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn encode<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde::Serialize::serialize(self, serializer)
    }

    fn public_value(&self, _: Naming) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl HasKind for Value {
    const KIND: Kind = Kind::Any;
}

/// Any value, unchanged.
impl DecodeScalar for Value {
    fn decode(raw: Json<'_>, _: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        Some(Decoded { value: raw.deserialize().ok()?, round_trips: has_only_short_numbers(raw.get()) })
    }

    fn is_passthrough(raw: Json<'_>) -> bool {
        raw.is_lossless()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_round_trips_if_it_is_encoded_as_it_was_sent(
            digits in "-?(0|[1-9][0-9]{0,17})(\\.0{0,8}[0-9]{1,17})?([eE][-+]?[0-9]{1,2})?",
        ) {
            let document = Document::parse(digits.as_bytes()).unwrap();
            let decoded = <f64 as DecodeScalar>::decode(document.root(), &mut DecodeContext::without_drift()).unwrap();
            let encoded = serde_json::to_string(&ShortestNumber(decoded.value)).unwrap();
            prop_assert_eq!(decoded.round_trips, encoded == digits, "{} is encoded as {}", digits, encoded);
        }
    }
}
