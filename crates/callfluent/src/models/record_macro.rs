//! The macro that generates a record of a response, its schema and its decoding from one table of
//! fields.

use crate::decode::{Decode, DecodeContext, ExtraFields, NamedField, RawFields};
use crate::json::Entry;
use crate::schema::RecordType;

/// Decodes one entry of an object into its field.
pub(crate) fn assign<T: Decode>(
    slot: &mut T,
    named: NamedField,
    entry: Entry<'_>,
    raw_fields: &mut RawFields,
    context: &mut DecodeContext<'_>,
) {
    let json_name = named.field.json_name;
    context.in_field(named.field.name, |context| match T::decode(entry.raw, context) {
        Some(decoded) => {
            if !decoded.round_trips || !named.has_documented_name || decoded.value.is_absent() {
                raw_fields.keep(json_name, &entry.key(), entry.raw.to_raw(), false);
            }
            *slot = decoded.value;
        }
        None => {
            context.invalid_value();
            raw_fields.keep(json_name, &entry.key(), entry.raw.to_raw(), true);
        }
    });
}

/// Defines a record of a response.
///
/// Each field reads `name: Type as "json name" [marks]`; the marks are methods of
/// [`Field`](crate::schema::Field). `required()` marks a field that is always present.
macro_rules! record {
    (
        $(#[doc = $documentation:literal])*
        pub struct $name:ident $(: $mark:ident)? {
            $(
                $(#[doc = $field_documentation:literal])*
                $field:ident: $type:ty as $json_name:literal [ $($step:ident($($argument:expr),*)),* ];
            )*
        }
    ) => {
        $(#[doc = $documentation])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[doc = $field_documentation])* pub $field: $type, )*
            /// Undocumented fields, by their name in the API.
            pub extra: $crate::decode::Extra,
            raw_fields: $crate::decode::RawFields,
        }

        impl $name {
            /// The documented fields.
            #[doc(hidden)]
            pub const RECORD_TYPE: $crate::schema::RecordType = $crate::schema::RecordType::new(
                stringify!($name),
                concat!($($documentation, "\n"),*),
                &[ $(
                    $crate::schema::Field::new(
                        $crate::schema::public_name!(stringify!($field)),
                        $json_name,
                        <$type as $crate::decode::HasKind>::KIND,
                        concat!($($field_documentation, "\n"),*),
                    )$(.$step($($argument),*))*,
                )* ],
            )$(.$mark())?;

            const CODECS: &'static [$crate::decode::FieldCodec] =
                &[ $( $crate::decode::FieldCodec::new::<$type>(), )* ];

            /// Returns the order in which responses have the fields.
            fn order() -> &'static $crate::decode::FieldOrder {
                static ORDER: $crate::decode::FieldOrder = $crate::decode::FieldOrder::new();
                &ORDER
            }

            /// Returns the documented fields whose value is invalid, as the server sent them.
            pub fn invalid_fields(&self) -> $crate::decode::Extra {
                self.raw_fields.invalid_fields()
            }

            /// Returns the value of any field, documented or not, by its name. Returns `None` if
            /// the field is missing or has another type.
            pub fn get<T: serde::de::DeserializeOwned>(&self, name: &str) -> Option<T> {
                $crate::models::typed_access::get(self, &self.extra, name)
            }

            /// Decodes the record into a type of your own, by the names of the API. The type has
            /// the fields that your account's records have, documented or not.
            ///
            /// # Errors
            /// The record does not have the fields of the type.
            pub fn parse<T: serde::de::DeserializeOwned>(&self) -> serde_json::Result<T> {
                $crate::models::typed_access::parse(self)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $( $field: $crate::decode::Decode::absent(), )*
                    extra: $crate::decode::Extra::new(),
                    raw_fields: $crate::decode::RawFields::default(),
                }
            }
        }

        impl $crate::decode::Record for $name {
            const RECORD_TYPE: &'static $crate::schema::RecordType = &Self::RECORD_TYPE;

            fn to_public(&self, naming: $crate::schema::Naming) -> serde_json::Map<String, serde_json::Value> {
                let mut public = $crate::models::to_public::PublicRecord::new(&Self::RECORD_TYPE, naming, &self.raw_fields);
                $( public.field($json_name, &self.$field); )*
                public.with_extra(&self.extra)
            }

            fn has_documented_field(&self) -> bool {
                $( !$crate::decode::Decode::is_absent(&self.$field) )||*
                    || self.raw_fields != $crate::decode::RawFields::default()
            }
        }

        impl $crate::decode::HasKind for $name {
            const KIND: $crate::schema::Kind = $crate::schema::Kind::Record(&Self::RECORD_TYPE);
        }

        impl $crate::decode::Decode for $name {
            fn decode(
                raw: $crate::json::Json<'_>,
                context: &mut $crate::decode::DecodeContext<'_>,
            ) -> Option<$crate::decode::Decoded<Self>> {
                /// Positions of the fields, so that a field is found by a jump and not by its name.
                #[allow(non_camel_case_types)]
                enum Position { $( $field, )* }

                let entries = raw.entries()?;
                let record = context.in_record(stringify!($name), |context| {
                    let mut record = Self::default();
                    let mut extra = $crate::decode::ExtraFields::default();
                    let mut seen = 0;
                    let mut names = $crate::decode::FieldNames::new(&Self::RECORD_TYPE, Self::order(), entries.clone());
                    for entry in entries {
                        let named = names.field(entry);
                        seen |= named.map_or(0, |named| 1 << named.position);
                        match named {
                            $( Some(named) if named.position == Position::$field as usize => {
                                $crate::models::record_macro::assign(
                                    &mut record.$field, named, entry, &mut record.raw_fields, context,
                                );
                            } )*
                            _ => $crate::models::record_macro::keep_extra(
                                &Self::RECORD_TYPE, entry, &mut extra, context,
                            ),
                        }
                    }
                    context.missing_fields(&Self::RECORD_TYPE, seen);
                    record.extra = extra.finish(raw);
                    record
                });
                Some($crate::decode::Decoded { value: record, round_trips: true })
            }

            fn absent() -> Self {
                Self::default()
            }

            fn is_absent(&self) -> bool {
                *self == Self::default()
            }

            fn encode<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(self, serializer)
            }

            fn public_value(&self, naming: $crate::schema::Naming) -> serde_json::Value {
                serde_json::Value::Object($crate::decode::Record::to_public(self, naming))
            }

            fn write_public(
                raw: $crate::json::Json<'_>,
                context: &mut $crate::decode::DecodeContext<'_>,
                out: &mut $crate::decode::PublicJson,
            ) -> bool {
                $crate::decode::write_record(&Self::RECORD_TYPE, Self::order(), Self::CODECS, raw, context, out)
            }
        }

        /// Encodes the record as the server sent it.
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                use $crate::decode::Decode as _;
                let mut map = serializer.serialize_map(None)?;
                $(
                    if let Some((key, raw)) = self.raw_fields.source_of($json_name, &self.$field) {
                        map.serialize_entry(key, raw)?;
                    } else if !self.$field.is_absent() {
                        map.serialize_entry($json_name, &$crate::decode::Encoded(&self.$field))?;
                    }
                )*
                self.extra.serialize_fields(&mut map)?;
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = Box::<serde_json::value::RawValue>::deserialize(deserializer)?;
                let document = $crate::json::Document::from_raw(&raw).map_err(serde::de::Error::custom)?;
                <Self as $crate::decode::Decode>::decode(
                    document.root(),
                    &mut $crate::decode::DecodeContext::without_drift(),
                )
                .map(|decoded| decoded.value)
                .ok_or_else(|| serde::de::Error::custom("expected an object"))
            }
        }
    };
}
pub(crate) use record;

/// Keeps an undocumented field.
pub(crate) fn keep_extra(
    record: &RecordType,
    entry: Entry<'_>,
    extra: &mut ExtraFields,
    context: &mut DecodeContext<'_>,
) {
    if record.documented {
        context.unknown_field(&entry.key());
    }
    extra.keep(entry);
}
