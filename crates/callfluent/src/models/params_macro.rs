//! Defines arguments: a type whose fields are all optional, with a builder. A missing required
//! field is reported before the request is sent, together with all other errors.

use serde::Deserializer;

use super::from_row::{FromFields, deserialize_fields};
use crate::decode::{Decode, DecodeContext, Extra};
use crate::json::{Document, Json};
use crate::request::NUMBER_AS_PHONE_NUMBER;
use crate::schema::{Field, Kind, RecordType};

/// Reads the fields of arguments, by their public names or by those of the API, and leniently like
/// the fields of a response. So a record of a response can be sent back.
///
/// `ignored` are names of records that are never sent. `set` sets a documented field, and returns
/// `None` if it cannot be decoded. Returns the other fields.
///
/// # Errors
/// All fields that cannot be decoded, and those with another value under another name.
pub(crate) fn given_fields(
    fields: &Extra,
    record: &RecordType,
    ignored: &[&str],
    mut set: impl FnMut(&'static str, Json<'_>) -> Option<()>,
) -> Result<Extra, String> {
    let (mut extra, mut errors) = (Extra::new(), Vec::new());
    let mut given: Vec<(&Field, String, &str)> = Vec::new();
    for (name, json) in fields.entries() {
        let field = record.fields.iter().find(|field| field.is_given_as(&name));
        let Some(field) = field else {
            if !ignored.contains(&&*name) {
                extra.push(&name, json);
            }
            continue;
        };
        if let Some((_, first, value)) = given.iter().find(|(known, ..)| known.name == field.name) {
            if *value != json {
                errors.push(format!("{name}: is given twice, also as {first}"));
            }
            continue;
        }
        given.push((field, name, json));
        if matches!(field.kind, Kind::PhoneNumber) && !json.starts_with(['"', 'n']) {
            errors.push(not_a_phone_number(record, field, json));
            continue;
        }
        let document = Document::parse(json.as_bytes()).map_err(|error| error.to_string())?;
        if set(field.name, document.root()).is_none() {
            errors.push(format!("{}: expected {}, got {json}", field.name, field.kind.expectation()));
        }
    }
    if errors.is_empty() { Ok(extra) } else { Err(errors.join("; ")) }
}

/// Returns the error of a phone number that is not a string.
fn not_a_phone_number(record: &RecordType, field: &Field, json: &str) -> String {
    let (name, expected, lost) = (field.name, field.kind.expectation(), NUMBER_AS_PHONE_NUMBER);
    format!("{name}: expected {expected}, got {json}; {lost}, and read rows of strings with {}::from_row", record.name)
}

/// Decodes the value of a field; `None` if it is of another kind altogether.
pub(crate) fn set<T: Decode>(field: &mut T, json: Json<'_>) -> Option<()> {
    *field = T::decode(json, &mut DecodeContext::without_drift())?.value;
    Some(())
}

/// Reads arguments from any serde format.
pub(crate) fn deserialize<'de, T: FromFields, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::from_fields(&deserialize_fields(deserializer)?).map_err(serde::de::Error::custom)
}

/// Defines a type with optional fields, and its builder with one method for each field. The type
/// has a constant `RECORD_TYPE` elsewhere.
macro_rules! optional_fields {
    (
        $(#[doc = $documentation:expr])*
        pub struct $name:ident, $builder:ident, ignores $ignored:expr;
        fields { $( $(#[doc = $field_documentation:expr])* $field:ident: $type:ty, )* }
    ) => {
        $(#[doc = $documentation])*
        #[doc = ""]
        #[doc = "Create it with [`builder()`](Self::builder). All fields are optional in this type: an error before"]
        #[doc = "the request is sent lists the required ones that are missing."]
        #[doc = ""]
        #[doc = "Read a row of strings, such as a line of a CSV file, with [`from_row`](Self::from_row). serde reads it,"]
        #[doc = "too, also by the crate `csv`. Within a type with `#[serde(flatten)]`, that crate makes numbers of cells"]
        #[doc = "that look like one, which is an error: a phone number has lost its plus."]
        #[derive(Debug, Clone, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[doc = $field_documentation])* pub $field: Option<$type>, )*
            /// Additional fields, sent under their own names.
            pub extra: $crate::decode::Extra,
        }

        impl $name {
            /// Returns a builder with one method for each field.
            pub fn builder() -> $builder {
                $builder::default()
            }

            /// Reads the cells of a row of strings, such as a line of a CSV file, by the names of
            /// its columns. A cell stays a string if its field is one, so that a phone number keeps
            /// its plus and its zeros. `3` is an integer, `yes` a boolean and `1,2` a list, if the
            /// field is one. An empty cell is an omitted field.
            ///
            /// # Errors
            /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) with all cells that cannot be
            /// decoded, and with unknown columns unless any field is allowed.
            ///
            /// # Example
            /// ```
            /// # fn example() -> callfluent::Result<()> {
            #[doc = concat!("let fields = callfluent::", stringify!($name), "::from_row([(\"name\", \"Ada\")])?;")]
            /// # Ok(()) }
            /// ```
            pub fn from_row<N: AsRef<str>, C: AsRef<str>>(
                row: impl IntoIterator<Item = (N, C)>,
            ) -> $crate::error::Result<Self> {
                let cells = $crate::models::from_row::cells(row);
                $crate::models::from_row::from_row(&Self::RECORD_TYPE, $ignored, cells)
            }

            /// Sets an additional field, which is sent under its own name.
            #[must_use]
            pub fn with(mut self, name: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
                self.extra.insert(name, value);
                self
            }
        }

        #[doc = concat!("Builder of [`", stringify!($name), "`](crate::", stringify!($name), ").")]
        #[derive(Debug, Clone, Default)]
        #[must_use = "a builder does nothing until build()"]
        pub struct $builder($name);

        impl $builder {
            $(
                $(#[doc = $field_documentation])*
                pub fn $field(mut self, value: impl Into<$type>) -> Self {
                    self.0.$field = Some(value.into());
                    self
                }
            )*

            /// Sets an additional field, which is sent under its own name.
            pub fn with(self, name: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
                Self(self.0.with(name, value))
            }

            /// Returns the value with these fields.
            pub fn build(self) -> $name {
                self.0
            }
        }

        impl $crate::models::from_row::FromFields for $name {
            fn from_fields(fields: &$crate::decode::Extra) -> Result<Self, String> {
                let mut given = Self::default();
                let set = |name: &'static str, json: $crate::json::Json<'_>| match name {
                    $( stringify!($field) => $crate::models::params_macro::set(&mut given.$field, json), )*
                    _ => None,
                };
                let extra =
                    $crate::models::params_macro::given_fields(fields, &Self::RECORD_TYPE, $ignored, set)?;
                Ok(Self { extra, ..given })
            }
        }

        /// Encodes the fields under their public names.
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $(
                    if let Some(value) = &self.$field {
                        map.serialize_entry(stringify!($field), value)?;
                    }
                )*
                self.extra.serialize_fields(&mut map)?;
                map.end()
            }
        }

        /// Decodes the fields under their public names or those of the API.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::models::params_macro::deserialize(deserializer)
            }
        }
    };
}
pub(crate) use optional_fields;

/// Defines the arguments of an operation.
macro_rules! params {
    (
        $(#[doc = $documentation:literal])*
        pub struct $name:ident, $builder:ident $(: $mark:ident)?, ignores $ignored:expr;
        required {
            $(
                $(#[doc = $required_documentation:literal])*
                $required:ident: $required_type:ty as $required_json_name:literal
                    [ $($required_step:ident($($required_argument:expr),*)),* ];
            )*
        }
        optional {
            $(
                $(#[doc = $optional_documentation:literal])*
                $optional:ident: $optional_type:ty as $optional_json_name:literal
                    [ $($optional_step:ident($($optional_argument:expr),*)),* ];
            )*
        }
    ) => {
        $crate::models::params_macro::optional_fields! {
            $(#[doc = $documentation])*
            pub struct $name, $builder, ignores $ignored;
            fields {
                $( $(#[doc = $required_documentation])* $required: $required_type, )*
                $( $(#[doc = $optional_documentation])* $optional: $optional_type, )*
            }
        }

        impl $name {
            /// The documented fields.
            #[doc(hidden)]
            pub const RECORD_TYPE: $crate::schema::RecordType = $crate::schema::RecordType::new(
                stringify!($name),
                concat!($($documentation, "\n"),*),
                &[
                    $( $crate::schema::Field::new(
                        $crate::schema::public_name!(stringify!($required)), $required_json_name,
                        <$required_type as $crate::decode::HasKind>::KIND,
                        concat!($($required_documentation, "\n"),*),
                    ).required()$(.$required_step($($required_argument),*))*, )*
                    $( $crate::schema::Field::new(
                        $crate::schema::public_name!(stringify!($optional)), $optional_json_name,
                        <$optional_type as $crate::decode::HasKind>::KIND,
                        concat!($($optional_documentation, "\n"),*),
                    )$(.$optional_step($($optional_argument),*))*, )*
                ],
            )$(.$mark())?;
        }

        impl $crate::decode::HasKind for $name {
            const KIND: $crate::schema::Kind = $crate::schema::Kind::Record(&Self::RECORD_TYPE);
        }
    };
}
pub(crate) use params;
