//! Decodes a scanned value into any type of serde. Floats are exact: `serde_json` rounds correctly
//! only with a feature that would change the numbers of a user's whole program.

use std::borrow::Cow;

use serde::de::value::{BorrowedStrDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess};
use serde::de::{Unexpected, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use super::document::{Document, Elements, Entries, Json};
use super::numbers::{is_parsable, quote_large_integers};

type Error = serde_json::Error;

/// Maximum depth of a value, as in `serde_json`.
const MAX_DEPTH: u8 = 127;
/// The type name by which `serde_json` recognizes its `RawValue`.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

impl<'a> Json<'a> {
    /// Decodes the value.
    ///
    /// # Errors
    /// The value does not have the type, is nested too deeply, or contains a number beyond any
    /// float.
    pub(crate) fn deserialize<T: serde::Deserialize<'a>>(self) -> Result<T, Error> {
        T::deserialize(JsonDeserializer { json: self, depth_left: MAX_DEPTH })
    }
}

/// Returns the value without loss: integers beyond 64 bits are strings, and so is a value that no
/// parser accepts.
pub(crate) fn to_exact_value(json: &str) -> Value {
    let decode = || {
        let quoted = quote_large_integers(json, u64::MAX);
        Document::parse(quoted.as_bytes()).ok()?.root().deserialize().ok()
    };
    let value = if is_parsable(json) { decode() } else { None };
    value.unwrap_or_else(|| Value::String(json.to_owned()))
}

#[derive(Clone, Copy)]
struct JsonDeserializer<'a> {
    json: Json<'a>,
    depth_left: u8,
}

impl<'de> JsonDeserializer<'de> {
    /// Returns a deserializer of a value inside.
    fn inside(self, json: Json<'de>) -> Result<Self, Error> {
        let depth_left = self.depth_left.checked_sub(1).ok_or_else(|| Error::custom("recursion limit exceeded"))?;
        Ok(Self { json, depth_left })
    }

    fn number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let digits = self.json.get();
        // `-0` is a float, as in `serde_json`.
        if self.json.is_integer() {
            if let Ok(number) = digits.parse() {
                return visitor.visit_u64(number);
            }
            if let Ok(number) = digits.parse() {
                return visitor.visit_i64(number);
            }
        }
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => visitor.visit_f64(number),
            _ => Err(Error::custom("number out of range")),
        }
    }

    fn string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.json.as_string() {
            Some(Cow::Borrowed(string)) => visitor.visit_borrowed_str(string),
            Some(Cow::Owned(string)) => visitor.visit_string(string),
            None => Err(Error::custom("lone surrogate in a string")),
        }
    }
}

impl<'de> Deserializer<'de> for JsonDeserializer<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if let Some(entries) = self.json.entries() {
            return visitor.visit_map(Fields { parent: self, entries, value: None });
        }
        if let Some(elements) = self.json.elements() {
            return visitor.visit_seq(Items { parent: self, elements });
        }
        match self.json.first() {
            b'n' => visitor.visit_unit(),
            b't' => visitor.visit_bool(true),
            b'f' => visitor.visit_bool(false),
            b'"' => self.string(visitor),
            _ => self.number(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.json.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        if name == RAW_VALUE {
            return visitor.visit_map(RawValue(Some(self.json.get())));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if let Some(name) = self.json.as_string() {
            return visitor.visit_enum(name.into_deserializer());
        }
        let mut entries = self.json.entries().into_iter().flatten();
        match (entries.next(), entries.next()) {
            (Some(entry), None) => visitor.visit_enum(Variant {
                name: entry.key().into_owned().into_deserializer(),
                content: self.inside(entry.raw)?,
            }),
            _ => Err(Error::invalid_type(Unexpected::Other("another value"), &"a string or an object with one field")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

struct Fields<'a> {
    parent: JsonDeserializer<'a>,
    entries: Entries<'a>,
    value: Option<Json<'a>>,
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(entry) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(entry.raw);
        seed.deserialize(Name(entry.key())).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let value = self.value.take().ok_or_else(|| Error::custom("value without a name"))?;
        seed.deserialize(self.parent.inside(value)?)
    }
}

/// The name of a field. It may stand for a number or a boolean, because JSON has no such names.
struct Name<'a>(Cow<'a, str>);

macro_rules! parse_name {
    ($($method:ident => $visit:ident)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => self.deserialize_any(visitor),
            }
        }
    )* };
}

impl<'de> Deserializer<'de> for Name<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Cow::Borrowed(name) => visitor.visit_borrowed_str(name),
            Cow::Owned(name) => visitor.visit_string(name),
        }
    }

    parse_name! {
        deserialize_bool => visit_bool
        deserialize_i8 => visit_i8
        deserialize_i16 => visit_i16
        deserialize_i32 => visit_i32
        deserialize_i64 => visit_i64
        deserialize_u8 => visit_u8
        deserialize_u16 => visit_u16
        deserialize_u32 => visit_u32
        deserialize_u64 => visit_u64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

struct Items<'a> {
    parent: JsonDeserializer<'a>,
    elements: Elements<'a>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.elements.next().map(|element| seed.deserialize(self.parent.inside(element)?)).transpose()
    }
}

/// The source text of a value, in the form that `serde_json::value::RawValue` accepts.
struct RawValue<'a>(Option<&'a str>);

impl<'de> MapAccess<'de> for RawValue<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.0.map(|_| seed.deserialize(BorrowedStrDeserializer::new(RAW_VALUE))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(BorrowedStrDeserializer::new(self.0.take().unwrap_or_default()))
    }
}

/// A variant with content, as an object with one field.
struct Variant<'a> {
    name: StringDeserializer<Error>,
    content: JsonDeserializer<'a>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Error;
    type Variant = JsonDeserializer<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant), Error> {
        Ok((seed.deserialize(self.name)?, self.content))
    }
}

impl<'de> VariantAccess<'de> for JsonDeserializer<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        serde::Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;
    use serde_json::value::RawValue as Raw;

    use super::*;

    fn decode<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, Error> {
        Document::parse(text.as_bytes()).unwrap().root().deserialize()
    }

    #[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
    struct Id(u32);

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Outcome {
        Booked,
        Missed(i64),
        Moved { to: String },
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Record {
        id: Id,
        outcome: Outcome,
        note: Option<String>,
        pair: (i8, f32),
    }

    #[test]
    fn decodes_into_types_as_a_parser_does() {
        let text = r#"{"id":7,"outcome":"booked","note":null,"pair":[-1,0.5],"other":[{}]}"#;
        let record: Record = decode(text).unwrap();
        assert_eq!(record, serde_json::from_str(text).unwrap());
        assert_eq!(decode::<Outcome>(r#"{"missed":-2}"#).unwrap(), Outcome::Missed(-2));
        assert_eq!(decode::<Outcome>(r#"{"moved":{"to":"a\"b"}}"#).unwrap(), Outcome::Moved { to: "a\"b".into() });
        assert_eq!(decode::<BTreeMap<Id, bool>>(r#"{"3":true}"#).unwrap(), BTreeMap::from([(Id(3), true)]));
        assert_eq!(decode::<Box<Raw>>(" [1, 2.50] ").unwrap().get(), "[1, 2.50]");
        for wrong in [r#""lost""#, "{}", r#"{"missed":1,"moved":2}"#, "[]"] {
            assert!(decode::<Outcome>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_exact() {
        // With its fast algorithm, `serde_json` is one unit off in the last place.
        for digits in ["0.30000000000000004", "1.7976931348623157e308", "5e-324", "123456789012345680000", "-0"] {
            let value: f64 = decode(digits).unwrap();
            assert_eq!(value.to_bits(), digits.parse::<f64>().unwrap().to_bits(), "{digits}");
        }
        assert_eq!(
            decode::<Value>("[18446744073709551615,-9223372036854775808]").unwrap(),
            json!([u64::MAX, i64::MIN])
        );
        assert!(decode::<Value>("1e999").is_err());
    }

    #[test]
    fn extreme_nesting_is_an_error() {
        let text = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert!(decode::<Value>(&text).unwrap_err().to_string().contains("recursion limit exceeded"));
    }
}
