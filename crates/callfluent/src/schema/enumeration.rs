//! Documented sets of values. Every set is open: a value that it does not list is carried through unchanged.

/// A documented set of text values, such as `outbound` and `inbound`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Enumeration {
    /// The public name, such as `AgentFormat`.
    pub name: &'static str,
    /// What the values say, in Markdown.
    pub documentation: &'static str,
    /// The documented values.
    pub values: &'static [EnumerationValue],
}

impl Enumeration {
    /// Describes a set of values.
    #[must_use]
    pub const fn new(name: &'static str, documentation: &'static str, values: &'static [EnumerationValue]) -> Self {
        Self { name, documentation, values }
    }

    /// Whether the documentation lists this value.
    pub fn lists(&self, value: &str) -> bool {
        self.values.iter().any(|known| known.value == value)
    }
}

/// One documented value.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct EnumerationValue {
    /// The name of the variant in Rust, such as `Outbound`.
    pub name: &'static str,
    /// The value on the wire.
    pub value: &'static str,
    /// What it means, in Markdown.
    pub documentation: &'static str,
}

impl EnumerationValue {
    /// Describes a value.
    #[must_use]
    pub const fn new(name: &'static str, value: &'static str, documentation: &'static str) -> Self {
        Self { name, value, documentation }
    }
}

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

        impl $crate::reading::Scalar for $name {
            const KIND: $crate::schema::Kind = $crate::schema::Kind::Enumeration(&Self::ENUMERATION);

            fn read(
                raw: $crate::reading::Json<'_>,
                reader: &mut $crate::reading::Reader<'_>,
            ) -> Option<$crate::reading::Reading<Self>> {
                let reading = <String as $crate::reading::Scalar>::read(raw, reader)?;
                let value = Self::from(reading.value);
                if let Self::Other(unknown) = &value {
                    reader.unknown_value(unknown);
                }
                Some($crate::reading::Reading { value, canonical: reading.canonical })
            }

            fn stands_as_public(raw: $crate::reading::Json<'_>) -> bool {
                matches!(raw.text().as_deref(), Some($( $value )|*))
            }
        }
    };
}
pub(crate) use open_enumeration;
