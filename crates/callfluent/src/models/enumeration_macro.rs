//! Defines enums of known values. Any other value is kept in `Other`.

/// Defines an open enumeration: one variant for each known value, and `Other` for any other.
macro_rules! open_enumeration {
    (
        $(#[doc = $documentation:literal])*
        pub enum $name:ident {
            $(
                $(#[doc = $value_documentation:literal])*
                $variant:ident = $value:literal $([ $($mark:ident($($argument:literal)?)),* ])?,
            )*
        }
        $(accepts $accepts:ident)?
    ) => {
        $(#[doc = $documentation])*
        // The API adds values to the lists that it accepts other values for, so those are open to
        // Rust, too. A `match` of the others is exhaustive with `Other`.
        $( #[cfg_attr(any(), doc = stringify!($accepts))] #[non_exhaustive] )?
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $(
                $(#[doc = $value_documentation])*
                $( $( #[doc = ""] #[doc = $crate::models::enumeration_macro::value_note!($mark $($argument)?)] )* )?
                $variant,
            )*
            /// Any other value, unchanged.
            Other(String),
        }

        impl $name {
            /// The known values.
            pub const KNOWN: &'static [Self] = &[ $( Self::$variant, )* ];

            /// The known values with their descriptions.
            #[doc(hidden)]
            pub const ENUMERATION: $crate::schema::Enumeration = $crate::schema::Enumeration::new(
                stringify!($name),
                concat!($($documentation, "\n"),*),
                &[ $( $crate::schema::EnumerationValue::new(
                    stringify!($variant), $value, concat!($($value_documentation, "\n"),*),
                )$( $(.$mark($($argument)?))* )?, )* ],
            )$(.accepts($crate::schema::Accepts::$accepts))?;

            /// Returns the value in JSON.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $value, )*
                    Self::Other(value) => value,
                }
            }

            /// Returns the name that the API shows to people, if it is published.
            pub fn label(&self) -> Option<&'static str> {
                let value = self.as_str();
                Self::ENUMERATION.values.iter().find(|known| known.value == value)?.label
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                match value {
                    $name::Other(value) => value,
                    known => known.as_str().to_owned(),
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

        impl From<&String> for $name {
            fn from(value: &String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl From<&Self> for $name {
            fn from(value: &Self) -> Self {
                value.clone()
            }
        }

        /// Every string is a value, so this cannot fail.
        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(value: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(value))
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, value: &str) -> bool {
                self.as_str() == value
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, value: &&str) -> bool {
                self.as_str() == *value
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

        impl $crate::decode::HasKind for $name {
            const KIND: $crate::schema::Kind = $crate::schema::Kind::Enumeration(&Self::ENUMERATION);
        }

        impl $crate::decode::DecodeScalar for $name {
            fn decode(
                raw: $crate::json::Json<'_>,
                context: &mut $crate::decode::DecodeContext<'_>,
            ) -> Option<$crate::decode::Decoded<Self>> {
                let decoded = <String as $crate::decode::DecodeScalar>::decode(raw, context)?;
                let value = Self::from(decoded.value);
                if let Self::Other(unknown) = &value {
                    context.unknown_value(unknown);
                }
                Some($crate::decode::Decoded { value, round_trips: decoded.round_trips })
            }

            fn is_passthrough(raw: $crate::json::Json<'_>) -> bool {
                matches!(raw.as_string().as_deref(), Some($( $value )|*))
            }
        }
    };
}
pub(crate) use open_enumeration;

/// Documentation of a mark of a value.
macro_rules! value_note {
    (label $label:literal) => {
        concat!("Label: ", $label, ".")
    };
    (number $number:literal) => {
        concat!("Number: ", $number, ".")
    };
    ($certainty:ident) => {
        $crate::schema::certainty_of_value!($certainty)
    };
}
pub(crate) use value_note;
