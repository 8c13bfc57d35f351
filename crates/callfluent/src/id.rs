//! Ids: the API documents numbers, sometimes sends strings, and some ids are UUIDs. One type
//! represents all of them exactly.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::de::Unexpected;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::decode::{Decode, DecodeContext, DecodeScalar, Decoded, HasKind, Scalar, parse_scalar};
use crate::json::{Json, whole_integer};
use crate::schema::{Kind, Naming};

/// The id of an agent, call, file, field, action or workspace.
///
/// Every method with an id parameter accepts numbers, strings and `&Id`. A string of digits is the
/// same id as the number.
///
/// ```
/// use callfluent::Id;
/// assert_eq!(Id::from("14"), Id::from(14));
/// assert_eq!(Id::from("d7d6946a").to_string(), "d7d6946a");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Id(Repr);

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
enum Repr {
    /// The response contained no id. As an argument, it is rejected before anything is sent.
    #[default]
    Missing,
    Number(i64),
    String(Box<str>),
}

impl Id {
    /// Returns whether the response contained no id.
    pub fn is_missing(&self) -> bool {
        self.0 == Repr::Missing
    }

    /// Returns the id, if there is one.
    pub(crate) fn given(&self) -> Option<&Self> {
        (!self.is_missing()).then_some(self)
    }

    /// Returns the id as a number, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Number(number) => Some(number),
            _ => None,
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Missing => Ok(()),
            Repr::Number(number) => fmt::Display::fmt(number, formatter),
            Repr::String(string) => formatter.pad(string),
        }
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Missing => formatter.write_str("Id(missing)"),
            Repr::Number(number) => write!(formatter, "Id({number})"),
            Repr::String(string) => write!(formatter, "Id({string:?})"),
        }
    }
}

impl From<&str> for Id {
    fn from(string: &str) -> Self {
        match string.parse::<i64>() {
            Ok(number) if has_shortest_form(string) => Self(Repr::Number(number)),
            _ => Self(Repr::String(string.into())),
        }
    }
}

/// Returns whether an integer has no plus sign and no leading zeros: `007`, `+7` and `-0` are other
/// ids than `7` and `0`.
fn has_shortest_form(integer: &str) -> bool {
    match integer.strip_prefix('-').unwrap_or(integer).as_bytes() {
        [b'0'] => integer == "0",
        [first, ..] => matches!(first, b'1'..=b'9'),
        [] => false,
    }
}

impl From<String> for Id {
    fn from(string: String) -> Self {
        Self::from(string.as_str())
    }
}

impl From<&String> for Id {
    fn from(string: &String) -> Self {
        Self::from(string.as_str())
    }
}

/// Every string is an ID, so this cannot fail.
impl FromStr for Id {
    type Err = Infallible;

    fn from_str(string: &str) -> Result<Self, Infallible> {
        Ok(Self::from(string))
    }
}

impl PartialEq<str> for Id {
    fn eq(&self, string: &str) -> bool {
        match &self.0 {
            Repr::Missing => false,
            Repr::Number(number) => number.to_string() == string,
            Repr::String(own) => **own == *string,
        }
    }
}

impl PartialEq<&str> for Id {
    fn eq(&self, string: &&str) -> bool {
        *self == **string
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
                    |_| Self(Repr::String(number.to_string().into())),
                    |number| Self(Repr::Number(number)),
                )
            }
        }

        impl From<&$number> for Id {
            fn from(number: &$number) -> Self {
                Self::from(*number)
            }
        }

        impl PartialEq<$number> for Id {
            fn eq(&self, number: &$number) -> bool {
                match &self.0 {
                    Repr::Number(own) => <$number>::try_from(*own) == Ok(*number),
                    Repr::String(string) => **string == number.to_string(),
                    Repr::Missing => false,
                }
            }
        }
    )* };
}
from_number!(i16, u16, i32, u32, i64, u64, isize, usize);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Repr::Missing => serializer.serialize_none(),
            Repr::Number(number) => serializer.serialize_i64(*number),
            Repr::String(string) => serializer.serialize_str(string),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl serde::de::Visitor<'_> for IdVisitor {
            type Value = Id;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an id (a number or a string)")
            }

            fn visit_i64<E>(self, number: i64) -> Result<Id, E> {
                Ok(Id::from(number))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Id, E> {
                Ok(Id::from(number))
            }

            /// Some languages write an ID of a table as a float, such as `7.0`.
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Id, E> {
                whole_integer(number).map(Id::from).ok_or_else(|| E::invalid_value(Unexpected::Float(number), &self))
            }

            fn visit_str<E>(self, string: &str) -> Result<Id, E> {
                Ok(Id::from(string))
            }

            fn visit_unit<E>(self) -> Result<Id, E> {
                Ok(Id::default())
            }
        }
        deserializer.deserialize_any(IdVisitor)
    }
}

impl HasKind for Id {
    const KIND: Kind = Kind::Id;
}

impl Decode for Id {
    fn decode(raw: Json<'_>, _: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        if raw.is_null() {
            return Some(Decoded { value: Self::default(), round_trips: false });
        }
        let (value, round_trips) = match parse_scalar(raw)? {
            // A number beyond 64 bits stays a string, so that no digit is lost.
            Scalar::Number(digits) => {
                let id = Self::from(digits);
                let round_trips = id.as_i64().is_some();
                (id, round_trips)
            }
            Scalar::String(string) => {
                let id = Self::from(string.trim());
                let round_trips = id.as_i64().is_none() && id.to_string() == string;
                (id, round_trips)
            }
            Scalar::Boolean(_) => return None,
        };
        Some(Decoded { value, round_trips })
    }

    fn absent() -> Self {
        Self::default()
    }

    fn is_absent(&self) -> bool {
        self.is_missing()
    }

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn public_value(&self, _: Naming) -> serde_json::Value {
        match &self.0 {
            Repr::Missing => serde_json::Value::Null,
            Repr::Number(number) => (*number).into(),
            Repr::String(string) => (&**string).into(),
        }
    }

    fn is_passthrough(raw: Json<'_>) -> bool {
        i64::is_passthrough(raw)
    }
}

impl HasKind for Option<Id> {
    const KIND: Kind = Kind::Id;
}

/// An id that a response may omit.
impl Decode for Option<Id> {
    fn decode(raw: Json<'_>, context: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        Id::decode(raw, context).map(|decoded| decoded.map(|id| (!id.is_missing()).then_some(id)))
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
        self.as_ref().map_or(serde_json::Value::Null, |id| id.public_value(naming))
    }

    fn is_passthrough(raw: Json<'_>) -> bool {
        raw.is_null() || <Id as Decode>::is_passthrough(raw)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_string_is_a_number_only_in_its_shortest_form() {
        for number in ["0", "7", "-7", "10", "9223372036854775807", "-9223372036854775808"] {
            assert_eq!(Id::from(number).as_i64().map(|number| number.to_string()).as_deref(), Some(number));
        }
        for text in ["", "-", "-0", "00", "007", "-07", "+7", " 7", "7.0", "9223372036854775808", "a"] {
            assert_eq!(Id::from(text).as_i64(), None, "{text}");
        }
    }

    #[test]
    fn a_whole_float_below_2_53_is_an_id() {
        let id = |number: f64| serde_json::from_value::<Id>(number.into());
        for (float, number) in [(7.0, 7_i64), (-7.0, -7), (9_007_199_254_740_991.0, 9_007_199_254_740_991)] {
            assert_eq!(id(float).unwrap(), number, "{float}");
        }
        for float in [7.5, 9_007_199_254_740_992.0, 1e300, -1e300] {
            assert!(id(float).unwrap_err().to_string().contains("expected an id (a number or a string)"), "{float}");
        }
    }

    proptest! {
        #[test]
        fn an_id_is_displayed_as_the_string_it_was_made_of(text in "[-+]?[0-9]{0,20}|\\PC{0,20}") {
            prop_assert_eq!(Id::from(&*text).to_string(), text);
        }
    }
}
