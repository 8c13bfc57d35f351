//! Two macros that turn one table of fields into a type, its schema and its lenient, lossless reading: `model!` for what
//! the API answers with, `input!` for what a user sends.

use crate::decode::{Origin, Readable, Reader};
use crate::json::Entry;

/// Reads one entry of an object into its field.
pub(crate) fn assign<T: Readable>(
    slot: &mut T,
    (name, wire): (&'static str, &str),
    entry: Entry<'_>,
    origin: &mut Origin,
    reader: &mut Reader<'_>,
) {
    reader.inside(name, |reader| match T::read(entry.raw, reader) {
        Some(reading) => {
            if !reading.canonical || !entry.is_named(wire) || reading.value.is_absent() {
                origin.keep(wire, &entry.key(), entry.raw.to_raw(), false);
            }
            *slot = reading.value;
        }
        None => {
            reader.invalid_items();
            origin.keep(wire, &entry.key(), entry.raw.to_raw(), true);
        }
    });
}

/// Defines a record of an answer.
///
/// `name: Type as "wire name" [marks]`, where the marks are methods of [`Field`](crate::schema::Field). In an answer
/// `required()` marks what the documentation promises.
macro_rules! model {
    (
        $(#[doc = $documentation:literal])*
        pub struct $name:ident $(: $mark:ident)? {
            $(
                $(#[doc = $field_documentation:literal])*
                $field:ident: $type:ty as $wire:literal [ $($step:ident($($argument:expr),*)),* ];
            )*
        }
    ) => {
        $(#[doc = $documentation])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[doc = $field_documentation])* pub $field: $type, )*
            /// Fields that the documentation does not list, under their own names.
            pub extra: serde_json::Map<String, serde_json::Value>,
            origin: $crate::decode::Origin,
        }

        impl $name {
            /// The documented fields, with their meaning.
            pub const SHAPE: $crate::schema::Shape = $crate::schema::Shape::new(
                stringify!($name),
                concat!($($documentation, "\n"),*),
                &[ $(
                    $crate::schema::Field::new(
                        $crate::schema::public_name!(stringify!($field)),
                        $wire,
                        <$type as $crate::decode::Readable>::KIND,
                        concat!($($field_documentation, "\n"),*),
                    ).read_as::<$type>()$(.$step($($argument),*))*,
                )* ],
            )$(.$mark())?;

            /// Documented fields whose value could not be read as documented, as the server sent them.
            pub fn unread(&self) -> serde_json::Map<String, serde_json::Value> {
                self.origin.unread()
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $( $field: $crate::decode::Readable::absent(), )*
                    extra: serde_json::Map::new(),
                    origin: $crate::decode::Origin::default(),
                }
            }
        }

        impl $crate::models::Record for $name {
            const SHAPE: &'static $crate::schema::Shape = &Self::SHAPE;

            fn to_public(&self, naming: $crate::schema::Naming) -> serde_json::Map<String, serde_json::Value> {
                let mut public = $crate::models::to_public::PublicRecord::new(&Self::SHAPE, naming, &self.origin);
                $( public.field($wire, &self.$field); )*
                public.with_extra(&self.extra)
            }

            fn has_documented_field(&self) -> bool {
                $( !$crate::decode::Readable::is_absent(&self.$field) )||* || self.origin != $crate::decode::Origin::default()
            }
        }

        impl $crate::decode::Readable for $name {
            const KIND: $crate::schema::Kind = $crate::schema::Kind::Record(&Self::SHAPE);

            fn read(
                raw: $crate::json::Json<'_>,
                reader: &mut $crate::decode::Reader<'_>,
            ) -> Option<$crate::decode::Reading<Self>> {
                let entries = raw.entries()?;
                let record = reader.record(stringify!($name), |reader| {
                    let mut record = Self::default();
                    let (mut expected, mut seen) = (0, 0);
                    let mut names = $crate::decode::Names::new(&Self::SHAPE, entries.clone());
                    for entry in entries {
                        let position = names.position(entry, expected);
                        expected = position.map_or(expected, |position| position + 1);
                        seen |= position.map_or(0, |position| 1 << position);
                        let field = position.and_then(|position| Self::SHAPE.fields.get(position));
                        match field.map(|field| (field.name, field.wire)) {
                            $( Some((name, $wire)) => $crate::models::record_macro::assign(
                                &mut record.$field, (name, $wire), entry, &mut record.origin, reader,
                            ), )*
                            _ => $crate::models::record_macro::keep_extra(
                                &Self::SHAPE, entry, &mut record.extra, &mut record.origin, reader,
                            ),
                        }
                    }
                    Self::SHAPE.note_missing(seen, reader);
                    record
                });
                Some($crate::decode::Reading { value: record, canonical: true })
            }

            fn absent() -> Self {
                Self::default()
            }

            fn is_absent(&self) -> bool {
                *self == Self::default()
            }

            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(self, serializer)
            }

            fn public(&self, naming: $crate::schema::Naming) -> serde_json::Value {
                serde_json::Value::Object($crate::models::Record::to_public(self, naming))
            }

            fn write_public(
                raw: $crate::json::Json<'_>,
                reader: &mut $crate::decode::Reader<'_>,
                out: &mut $crate::decode::PublicJson,
            ) -> bool {
                out.record(&Self::SHAPE, raw, reader)
            }
        }

        /// Written as the server sent it.
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                use $crate::decode::Readable as _;
                let mut map = serializer.serialize_map(None)?;
                $(
                    if let Some((key, raw)) = self.origin.written($wire, &self.$field) {
                        map.serialize_entry(key, raw)?;
                    } else if !self.$field.is_absent() {
                        map.serialize_entry($wire, &$crate::decode::Written(&self.$field))?;
                    }
                )*
                for (key, value) in &self.extra {
                    match self.origin.exact(key, value) {
                        Some(raw) => map.serialize_entry(key, raw)?,
                        None => map.serialize_entry(key, value)?,
                    }
                }
                for (key, raw) in self.origin.beyond(&Self::SHAPE) {
                    map.serialize_entry(key, raw)?;
                }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = Box::<serde_json::value::RawValue>::deserialize(deserializer)?;
                let document = $crate::json::Document::of(&raw).map_err(serde::de::Error::custom)?;
                <Self as $crate::decode::Readable>::read(document.root(), &mut $crate::decode::Reader::silent())
                    .map(|reading| reading.value)
                    .ok_or_else(|| serde::de::Error::custom("expected an object"))
            }
        }
    };
}
pub(crate) use model;

/// Keeps a field that the documentation does not list.
pub(crate) fn keep_extra(
    shape: &crate::schema::Shape,
    entry: Entry<'_>,
    extra: &mut serde_json::Map<String, serde_json::Value>,
    origin: &mut Origin,
    reader: &mut Reader<'_>,
) {
    if shape.documented {
        reader.unknown_field(&entry.key());
    }
    match serde_json::from_str(entry.raw.get()) {
        Ok(value) => {
            if !crate::json::value_is_exact(entry.raw.get()) {
                origin.keep(&entry.key(), &entry.key(), entry.raw.to_raw(), false);
            }
            extra.insert(entry.key().into_owned(), value);
        }
        // Nested deeper than a `Value` may be, or a number beyond any float.
        Err(_) => origin.keep(&entry.key(), &entry.key(), entry.raw.to_raw(), true),
    }
}

/// Defines what a user sends, with a builder that asks for the required fields.
macro_rules! input {
    (
        $(#[doc = $documentation:literal])*
        pub struct $name:ident $(: $mark:ident)?
        required {
            $(
                $(#[doc = $required_documentation:literal])*
                $required:ident: $required_type:ty as $required_wire:literal
                    [ $($required_step:ident($($required_argument:expr),*)),* ];
            )*
        }
        optional {
            $(
                $(#[doc = $optional_documentation:literal])*
                $optional:ident: $optional_type:ty as $optional_wire:literal
                    [ $($optional_step:ident($($optional_argument:expr),*)),* ];
            )*
        }
    ) => {
        $(#[doc = $documentation])*
        #[doc = ""]
        #[doc = "Created with [`builder()`](Self::builder), which requires the required fields at compile time."]
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, bon::Builder)]
        #[builder(on(_, into))]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[doc = $required_documentation])* pub $required: $required_type, )*
            $(
                $(#[doc = $optional_documentation])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $optional: Option<$optional_type>,
            )*
            /// Further fields, sent under their own names.
            #[serde(flatten)]
            #[builder(default)]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        impl $name {
            /// The documented fields, with their meaning.
            pub const SHAPE: $crate::schema::Shape = $crate::schema::Shape::new(
                stringify!($name),
                concat!($($documentation, "\n"),*),
                &[
                    $( $crate::schema::Field::new(
                        $crate::schema::public_name!(stringify!($required)), $required_wire,
                        <Option<$required_type> as $crate::decode::Readable>::KIND,
                        concat!($($required_documentation, "\n"),*),
                    ).required()$(.$required_step($($required_argument),*))*, )*
                    $( $crate::schema::Field::new(
                        $crate::schema::public_name!(stringify!($optional)), $optional_wire,
                        <Option<$optional_type> as $crate::decode::Readable>::KIND,
                        concat!($($optional_documentation, "\n"),*),
                    )$(.$optional_step($($optional_argument),*))*, )*
                ],
            )$(.$mark())?;
        }

        impl $crate::decode::Described for $name {
            const KIND: $crate::schema::Kind = $crate::schema::Kind::Record(&Self::SHAPE);
        }
    };
}
pub(crate) use input;
