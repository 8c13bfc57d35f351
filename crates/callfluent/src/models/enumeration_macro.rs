//! Defines the enums of documented values. A value that is not listed is kept in `Other`.

/// Defines an open enumeration: one variant for each documented value, and `Other` for all that may come.
macro_rules! open_enumeration {
    (
        $(#[doc = $documentation:literal])*
        pub enum $name:ident {
            $( $(#[doc = $value_documentation:literal])* $variant:ident = $value:literal, )*
        }
    ) => {
        $(#[doc = $documentation])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[doc = $value_documentation])* $variant, )*
            /// A value that the documentation does not list, kept as it came.
            Other(String),
        }

        impl $name {
            /// The documented values and their meaning.
            pub const ENUMERATION: $crate::schema::Enumeration = $crate::schema::Enumeration::new(
                stringify!($name),
                concat!($($documentation, "\n"),*),
                &[ $( $crate::schema::EnumerationValue::new(
                    stringify!($variant), $value, concat!($($value_documentation, "\n"),*),
                ), )* ],
            );

            /// The value as it stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $value, )*
                    Self::Other(value) => value,
                }
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $( $value => Self::$variant, )*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }

        impl $crate::decode::Scalar for $name {
            const KIND: $crate::schema::Kind = $crate::schema::Kind::Enumeration(&Self::ENUMERATION);

            fn read(
                raw: $crate::json::Json<'_>,
                reader: &mut $crate::decode::Reader<'_>,
            ) -> Option<$crate::decode::Reading<Self>> {
                let reading = <String as $crate::decode::Scalar>::read(raw, reader)?;
                let value = Self::from(reading.value);
                if let Self::Other(unknown) = &value {
                    reader.unknown_value(unknown);
                }
                Some($crate::decode::Reading { value, canonical: reading.canonical })
            }

            fn stands_as_public(raw: $crate::json::Json<'_>) -> bool {
                matches!(raw.text().as_deref(), Some($( $value )|*))
            }
        }
    };
}
pub(crate) use open_enumeration;
