//! The traits of decodable types: what a scalar, and what a whole field of a response provides.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::context::DecodeContext;
use super::public_json::PublicJson;
use crate::json::Json;
use crate::schema::{Kind, Naming};

/// A decoded value, and whether encoding it gives the source text.
#[derive(Debug)]
pub struct Decoded<T> {
    /// The value.
    pub value: T,
    /// True if the source has the form in which this value is encoded.
    pub round_trips: bool,
}

impl<T> Decoded<T> {
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Decoded<U> {
        Decoded { value: change(self.value), round_trips: self.round_trips }
    }
}

/// A type that the schema can describe.
pub trait HasKind {
    /// The kind of its values.
    const KIND: Kind;
}

/// A single value, such as a string or a number.
pub(crate) trait DecodeScalar: HasKind + Sized + Serialize {
    /// Decodes a value leniently; `None` if it is of another kind altogether.
    fn decode(raw: Json<'_>, context: &mut DecodeContext<'_>) -> Option<Decoded<Self>>;

    /// Decodes from a plain string, if the string alone is sufficient.
    fn decode_str(_: &str) -> Option<Self> {
        None
    }

    /// Encodes the value as the API does.
    ///
    /// # Errors
    /// Errors of the serializer.
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    /// Returns whether the source text is also the public form and shows no drift. `false` is
    /// always correct.
    fn is_passthrough(_: Json<'_>) -> bool {
        false
    }
}

/// The type of a field of a response, or of a whole response. Its value may be absent.
pub trait Decode: HasKind + Sized {
    /// Decodes a value leniently; `None` if it is of another kind altogether.
    fn decode(raw: Json<'_>, context: &mut DecodeContext<'_>) -> Option<Decoded<Self>>;

    /// The value of a field that the response omits.
    fn absent() -> Self;

    /// Returns whether there is nothing to encode.
    fn is_absent(&self) -> bool;

    /// Encodes the value as the API does.
    ///
    /// # Errors
    /// Errors of the serializer.
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Returns the value with public names.
    fn public_value(&self, naming: Naming) -> Value;

    /// Returns whether the source text is also the public form and shows no drift. `false` is
    /// always correct.
    fn is_passthrough(_: Json<'_>) -> bool {
        false
    }

    /// Decodes the value and writes its public form. Returns `false` and writes nothing if it
    /// cannot be decoded. Not called for [pass-through](Self::is_passthrough) values.
    fn write_public(raw: Json<'_>, context: &mut DecodeContext<'_>, out: &mut PublicJson) -> bool {
        let Some(decoded) = Self::decode(raw, context) else {
            return false;
        };
        out.value(&decoded.value.public_value(out.naming()));
        true
    }
}

impl<T: DecodeScalar> HasKind for Option<T> {
    const KIND: Kind = T::KIND;
}

impl<T: DecodeScalar> Decode for Option<T> {
    fn decode(raw: Json<'_>, context: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        if raw.is_null() {
            return Some(Decoded { value: None, round_trips: false });
        }
        T::decode(raw, context).map(|decoded| decoded.map(Some))
    }

    fn absent() -> Self {
        None
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.encode(serializer),
            None => serializer.serialize_none(),
        }
    }

    fn public_value(&self, _: Naming) -> Value {
        serde_json::to_value(Encoded(self)).unwrap_or_default()
    }

    fn is_passthrough(raw: Json<'_>) -> bool {
        raw.is_null() || T::is_passthrough(raw)
    }

    fn write_public(raw: Json<'_>, context: &mut DecodeContext<'_>, out: &mut PublicJson) -> bool {
        let Some(decoded) = T::decode(raw, context) else {
            return false;
        };
        out.value(&Encoded(&Some(decoded.value)));
        true
    }
}

/// The result of an operation whose response only confirms the request.
impl HasKind for () {
    const KIND: Kind = Kind::Nothing;
}

impl Decode for () {
    fn decode(_: Json<'_>, _: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        Some(Decoded { value: (), round_trips: false })
    }

    fn absent() -> Self {}

    fn is_absent(&self) -> bool {
        true
    }

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }

    fn public_value(&self, _: Naming) -> Value {
        Value::Null
    }
}

/// Serializes a value with [`Decode::encode`].
pub(crate) struct Encoded<'a, T>(pub(crate) &'a T);

impl<T: Decode> Serialize for Encoded<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.encode(serializer)
    }
}
