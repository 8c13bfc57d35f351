//! How answers are read: leniently, since the API may send text for a number or `null` for anything, and without loss,
//! since what is read differently from how it stands on the wire keeps its wire form beside it.

mod context;
mod field_names;
mod list;
mod public_json;
mod raw_fields;
mod scalar;

pub(crate) use context::Reader;
pub(crate) use field_names::Names;
pub use list::{InvalidItem, List};
pub use public_json::PublicJson;
pub(crate) use raw_fields::{Origin, Unheld};
pub(crate) use scalar::{Token, WholeOrFraction, read_scalar};

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::json::Json;
use crate::schema::{Kind, Naming};

/// A value that was read, and whether writing it again gives what stood on the wire.
#[derive(Debug)]
pub struct Reading<T> {
    /// The value.
    pub value: T,
    /// Whether the wire form is the one that this value would be written in.
    pub canonical: bool,
}

impl<T> Reading<T> {
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Reading<U> {
        Reading { value: change(self.value), canonical: self.canonical }
    }
}

/// A single value, such as a text or a number.
pub(crate) trait Scalar: Sized + Serialize {
    /// How the schema describes it.
    const KIND: Kind;

    /// Reads it leniently; `None` where the wire holds something else altogether.
    fn read(raw: Json<'_>, reader: &mut Reader<'_>) -> Option<Reading<Self>>;

    /// Reads it from a text that holds nothing else, where that says all that is to be known of it.
    fn of_text(_: &str) -> Option<Self> {
        None
    }

    /// Writes it as the wire has it.
    ///
    /// # Errors
    /// Those of the serializer.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    /// Whether the wire form is at once the public form, and nothing is to be noted about it. `false` is always right.
    fn stands_as_public(_: Json<'_>) -> bool {
        false
    }
}

/// What a field of an answer, or a whole answer, can hold: it may be absent.
pub trait Readable: Sized {
    /// How the schema describes it.
    const KIND: Kind;

    /// Reads it leniently; `None` where the wire holds something else altogether.
    fn read(raw: Json<'_>, reader: &mut Reader<'_>) -> Option<Reading<Self>>;

    /// What stands for a field that the answer does not have.
    fn absent() -> Self;

    /// Whether there is nothing to write.
    fn is_absent(&self) -> bool;

    /// Writes it as the wire has it.
    ///
    /// # Errors
    /// Those of the serializer.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// The value under public names.
    fn public(&self, naming: Naming) -> Value;

    /// Whether the wire form is at once the public form, and nothing is to be noted about it. `false` is always right.
    fn stands_as_public(_: Json<'_>) -> bool {
        false
    }

    /// Writes what [`read`](Self::read) would read under public names; where that is nothing, nothing and `false`. It is not
    /// asked where the value [stands](Self::stands_as_public) as it is to be written.
    fn write_public(raw: Json<'_>, reader: &mut Reader<'_>, out: &mut PublicJson) -> bool {
        let Some(reading) = Self::read(raw, reader) else {
            return false;
        };
        out.value(&reading.value.public(out.naming()));
        true
    }
}

impl<T: Scalar> Readable for Option<T> {
    const KIND: Kind = T::KIND;

    fn read(raw: Json<'_>, reader: &mut Reader<'_>) -> Option<Reading<Self>> {
        if raw.is_null() {
            return Some(Reading { value: None, canonical: false });
        }
        T::read(raw, reader).map(|reading| reading.map(Some))
    }

    fn absent() -> Self {
        None
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write(serializer),
            None => serializer.serialize_none(),
        }
    }

    fn public(&self, _: Naming) -> Value {
        serde_json::to_value(Written(self)).unwrap_or_default()
    }

    fn stands_as_public(raw: Json<'_>) -> bool {
        raw.is_null() || T::stands_as_public(raw)
    }

    fn write_public(raw: Json<'_>, reader: &mut Reader<'_>, out: &mut PublicJson) -> bool {
        let Some(reading) = T::read(raw, reader) else {
            return false;
        };
        out.value(&Written(&Some(reading.value)));
        true
    }
}

/// Serializes a value through [`Readable::write`].
pub(crate) struct Written<'a, T>(pub(crate) &'a T);

impl<T: Readable> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// Something that the schema can describe as a parameter.
pub(crate) trait Described {
    /// How the schema describes it.
    const KIND: Kind;
}

impl<T: Scalar> Described for T {
    const KIND: Kind = <T as Scalar>::KIND;
}

impl Described for crate::Id {
    const KIND: Kind = Kind::Id;
}
