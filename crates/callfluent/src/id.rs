//! Ids: the API documents numbers, sends text now and then, and some are UUIDs. One type carries all of them exactly.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::decode::{Readable, Reader, Reading, Scalar, Token, read_scalar};
use crate::json::Json;
use crate::schema::{Kind, Naming};

/// The id of an agent, call, file, field, action or workspace.
///
/// Every method that takes an id takes numbers, text and `&Id` alike. A text of digits is the same id as the number.
///
/// ```
/// use callfluent::Id;
/// assert_eq!(Id::from("14"), Id::from(14));
/// assert_eq!(Id::from("d7d6946a").to_string(), "d7d6946a");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Id(Form);

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
enum Form {
    /// An answer had no id; used as an argument, it is refused before anything is sent.
    #[default]
    Missing,
    Number(i64),
    Text(Box<str>),
}

impl Id {
    /// Whether an answer had no id where one belongs.
    pub fn is_missing(&self) -> bool {
        self.0 == Form::Missing
    }

    /// The id as a number, where it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Form::Number(number) => Some(number),
            _ => None,
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Missing => Ok(()),
            Form::Number(number) => fmt::Display::fmt(number, formatter),
            Form::Text(text) => formatter.pad(text),
        }
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Missing => formatter.write_str("Id(missing)"),
            Form::Number(number) => write!(formatter, "Id({number})"),
            Form::Text(text) => write!(formatter, "Id({text:?})"),
        }
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        match text.parse::<i64>() {
            // `007` and `+7` are texts of their own.
            Ok(number) if number.to_string() == text => Self(Form::Number(number)),
            _ => Self(Form::Text(text.into())),
        }
    }
}

impl From<String> for Id {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for Id {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&Self> for Id {
    fn from(id: &Self) -> Self {
        id.clone()
    }
}

macro_rules! from_number {
    ($($number:ty),*) => { $(
        impl From<$number> for Id {
            fn from(number: $number) -> Self {
                i64::try_from(number).map_or_else(
                    |_| Self(Form::Text(number.to_string().into())),
                    |number| Self(Form::Number(number)),
                )
            }
        }

        impl PartialEq<$number> for Id {
            fn eq(&self, number: &$number) -> bool {
                match &self.0 {
                    Form::Number(own) => <$number>::try_from(*own) == Ok(*number),
                    Form::Text(text) => **text == number.to_string(),
                    Form::Missing => false,
                }
            }
        }
    )* };
}
from_number!(i32, u32, i64, u64, usize);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Form::Missing => serializer.serialize_none(),
            Form::Number(number) => serializer.serialize_i64(*number),
            Form::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl serde::de::Visitor<'_> for IdVisitor {
            type Value = Id;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an id: a number or text")
            }

            fn visit_i64<E>(self, number: i64) -> Result<Id, E> {
                Ok(Id::from(number))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Id, E> {
                Ok(Id::from(number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Id, E> {
                Ok(Id::from(text))
            }

            fn visit_unit<E>(self) -> Result<Id, E> {
                Ok(Id::default())
            }
        }
        deserializer.deserialize_any(IdVisitor)
    }
}

impl Readable for Id {
    const KIND: Kind = Kind::Id;

    fn read(raw: Json<'_>, _: &mut Reader<'_>) -> Option<Reading<Self>> {
        if raw.is_null() {
            return Some(Reading { value: Self::default(), canonical: false });
        }
        let (value, canonical) = match read_scalar(raw)? {
            // Digits beyond an i64 stay text, so that none is lost.
            Token::Number(digits) => {
                let id = Self::from(digits);
                let canonical = id.as_i64().is_some();
                (id, canonical)
            }
            Token::Text(text) => {
                let id = Self::from(text.trim());
                let canonical = id.as_i64().is_none() && id.to_string() == text;
                (id, canonical)
            }
            Token::Boolean(_) => return None,
        };
        Some(Reading { value, canonical })
    }

    fn absent() -> Self {
        Self::default()
    }

    fn is_absent(&self) -> bool {
        self.is_missing()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn public(&self, _: Naming) -> serde_json::Value {
        match &self.0 {
            Form::Missing => serde_json::Value::Null,
            Form::Number(number) => (*number).into(),
            Form::Text(text) => (&**text).into(),
        }
    }

    fn stands_as_public(raw: Json<'_>) -> bool {
        i64::stands_as_public(raw)
    }
}

/// An id that an answer may lack.
impl Readable for Option<Id> {
    const KIND: Kind = Kind::Id;

    fn read(raw: Json<'_>, reader: &mut Reader<'_>) -> Option<Reading<Self>> {
        Id::read(raw, reader).map(|reading| reading.map(|id| (!id.is_missing()).then_some(id)))
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
        self.as_ref().map_or(serde_json::Value::Null, |id| id.public(naming))
    }

    fn stands_as_public(raw: Json<'_>) -> bool {
        raw.is_null() || <Id as Readable>::stands_as_public(raw)
    }
}
