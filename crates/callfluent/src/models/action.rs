//! Actions of agents. One table of the eight types defines `Action`, `ActionType` and
//! `ActionRecord`.

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use serde_json::{Map, Value};

use super::enumeration_macro::open_enumeration;
use super::record_macro::record;
use super::values::{CalendarPeriod, GoogleDuration};
use crate::decode::List;
use crate::id::Id;
use crate::schema::{Field, RecordType, Union, Variant};

record! {
    /// A field of the data that a webhook or email action sends.
    pub struct PayloadField {
        /// Name of the custom field.
        value: Option<String> as "value" [required(), example("email")];
        /// Label of the field.
        label: Option<String> as "label" [required(), example("email")];
    }
}

impl PayloadField {
    /// Creates an entry from the name of a custom field and its label.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: Some(value.into()), label: Some(label.into()), ..Self::default() }
    }
}

/// Turns the table of actions into the types that send and read them.
macro_rules! actions {
    (
        kinds {
            $(
                $(#[doc = $documentation:literal])*
                $variant:ident = $tag:literal {
                    $( $field:ident: $type:ty $(=> $optional:ident)?, )*
                }
            )*
        }
        fields {
            $( $(#[doc = $field_documentation:literal])* $name:ident: $field_type:ty as $json_name:literal [ $($step:ident($($argument:expr),*)),* ]; )*
        }
    ) => {
        open_enumeration! {
            /// Type of an action.
            pub enum ActionType {
                $( $(#[doc = $documentation])* $variant = $tag, )*
            }
        }

        /// Documented fields of actions. The types refer to them by name.
        mod field {
            use super::{CalendarPeriod, Field, GoogleDuration, PayloadField, List};
            use crate::decode::HasKind;
            $(
                #[allow(non_upper_case_globals)]
                pub(super) const $name: Field = Field::new(
                    crate::schema::public_name!(stringify!($name)), $json_name, <$field_type as HasKind>::KIND, concat!($($field_documentation, "\n"),*),
                )$(.$step($($argument),*))*;
            )*
        }

        /// An action that an agent performs during a phone call.
        ///
        /// ```
        /// use callfluent::Action;
        /// let action = Action::SendSms {
        ///     name: "Send the address".into(),
        ///     instruction: "When the caller asks where we are".into(),
        ///     content: "1 Main Street".into(),
        /// };
        /// assert_eq!(action.action_type().as_str(), "sms");
        /// ```
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Action {
            $( $(#[doc = $documentation])* $variant {
                $( #[doc = action_field_documentation!($field)] $field: $type, )*
            }, )*
            /// An action of an undocumented type, or with additional fields.
            Other {
                /// Value of `actionType`.
                action_type: String,
                /// Fields, under their public or JSON names.
                fields: Map<String, Value>,
            },
        }

        impl Action {
            /// Documented types with their fields.
            #[doc(hidden)]
            pub const UNION: Union = Union::new(
                "Action",
                "An action that an agent performs during a phone call. `action_type` determines its other fields.",
                &Field::new(crate::schema::public_name!("action_type"), "actionType", <ActionType as crate::decode::HasKind>::KIND, "Type of the action.").required(),
                &[ $( Variant::new($tag, &RecordType::new(
                    stringify!($variant),
                    concat!($($documentation, "\n"),*),
                    &[ $( presence!(field::$field $(, $optional)?), )* ],
                )), )* ],
            );

            /// Type of the action.
            pub fn action_type(&self) -> ActionType {
                match self {
                    $( Self::$variant { .. } => ActionType::$variant, )*
                    Self::Other { action_type, .. } => ActionType::from(action_type.as_str()),
                }
            }
        }

        impl crate::decode::HasKind for Action {
            const KIND: crate::schema::Kind = crate::schema::Kind::Union(&Self::UNION);
        }

        /// Written under the public names, with `action_type`.
        impl Serialize for Action {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("action_type", &self.action_type())?;
                match self {
                    $( Self::$variant { $($field),* } => { $( write_field!(map, $field $(, $optional)?); )* } )*
                    Self::Other { fields, .. } => {
                        for (name, value) in fields {
                            map.serialize_entry(name, value)?;
                        }
                    }
                }
                map.end()
            }
        }

        impl<'de> Deserialize<'de> for Action {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use serde::de::Error as _;
                let mut fields = Map::<String, Value>::deserialize(deserializer)?;
                let tag = fields.remove("action_type").or_else(|| fields.remove("actionType"));
                let Some(Value::String(action_type)) = tag else {
                    return Err(D::Error::missing_field("action_type"));
                };
                let known = Self::UNION.variant(&action_type).map(|variant| variant.record);
                if fields.keys().any(|name| known.is_none_or(|record| record.field(name).is_none())) {
                    // A variant would lose what the documentation does not list.
                    return Ok(Self::Other { action_type, fields });
                }
                Ok(match ActionType::from(action_type.as_str()) {
                    $( ActionType::$variant => Self::$variant { $(
                        $field: serde_json::from_value(fields.remove(stringify!($field)).unwrap_or_default())
                            .map_err(|error| D::Error::custom(format!("{}: {error}", stringify!($field))))?,
                    )* }, )*
                    ActionType::Other(_) => Self::Other { action_type, fields },
                })
            }
        }

        record! {
            /// An action of an agent in a response. `action_type` determines which other fields are
            /// present.
            pub struct ActionRecord {
                /// ID of the action.
                id: Id as "id" [required(), example("1")];
                /// ID of the agent.
                agent_id: Id as "agentId" [example("1")];
                /// Type of the action.
                action_type: Option<ActionType> as "actionType" [required(), example("sendEmail")];
                $( $(#[doc = $field_documentation])* $name: $field_type as $json_name [ $($step($($argument),*)),* ]; )*
            }
        }
    };
}

macro_rules! presence {
    ($field:expr) => {
        $field.required()
    };
    ($field:expr, optional) => {
        $field
    };
}

macro_rules! write_field {
    ($map:ident, $field:ident) => {
        $map.serialize_entry(stringify!($field), $field)?
    };
    ($map:ident, $field:ident, optional) => {
        if let Some(value) = $field {
            $map.serialize_entry(stringify!($field), value)?
        }
    };
}

/// Documentation of a variant's field in Rust. It refers to the entry of the field.
macro_rules! action_field_documentation {
    ($field:ident) => {
        concat!("See [`ActionRecord::", stringify!($field), "`].")
    };
}

actions! {
    kinds {
        /// Sends an email.
        SendEmail = "sendEmail" { name: String, instruction: String, content: String, subject: String, }
        /// Forwards the phone call to another number.
        CallForwarding = "callForwarding" { name: String, instruction: String, forward_number: String, }
        /// Sends a text message.
        SendSms = "sms" { name: String, instruction: String, content: String, }
        /// Sends data of the phone call to a URL, e.g. of Zapier.
        Webhook = "webhook" { name: String, webhook_url: String, fields: Vec<PayloadField>, }
        /// Collects a value from the caller into a custom field.
        DataCollection = "dataCollection" { name: String, instruction: String, collect_field: String, }
        /// Sends data of the phone call to an email address.
        EmailPush = "email_push" { name: String, target_email: String, subject: String, fields: Vec<PayloadField>, }
        /// Schedules an appointment in a GHL calendar.
        GhlCalendar = "ghl_calendar" { name: String, ghl_calendar_id: String, calendar_period: String, instruction: String, }
        /// Schedules an appointment in a Google calendar.
        GoogleCalendar = "google_calendar" {
            name: String, google_title: String, google_description: Option<String> => optional, instruction: String,
            calendar_period: String, google_duration: String,
        }
    }

    fields {
        /// Name of the action.
        name: Option<String> as "name" [example("Send email action")];
        /// Condition under which the agent performs the action.
        instruction: Option<String> as "instruction" [example("Trigger when user asks to send email")];
        /// Text of the email or text message.
        content: Option<String> as "content" [example("This is test email")];
        /// Subject of the email.
        subject: Option<String> as "subject" [example("Introduction email")];
        /// Phone number to forward to, in E.164 format.
        forward_number: Option<String> as "forwardNumber" [phone_number(), example("+1XXXXXXXX")];
        /// URL that receives the data.
        webhook_url: Option<String> as "webhook_url" [example("https://webhook-test/XXX")];
        /// Fields to send, each with a value and a label.
        fields: Option<List<PayloadField>> as "fields" [json_string()];
        /// Name of the custom field to fill.
        collect_field: Option<String> as "collectField" [];
        /// Email address that receives the data.
        target_email: Option<String> as "target_email" [];
        /// ID of the GHL calendar.
        ghl_calendar_id: Option<String> as "ghlCalendarId" [example("B6blCXXXXX")];
        /// Date range for appointments. [`CalendarPeriod`](crate::CalendarPeriod) has known values;
        /// other strings are allowed.
        calendar_period: Option<String> as "calendarPeriod" [values(&CalendarPeriod::ENUMERATION), example("1week")];
        /// Title of the meeting.
        google_title: Option<String> as "google_title" [example("Introduction meeting")];
        /// Description of the meeting.
        google_description: Option<String> as "google_description" [];
        /// Duration of the meeting. [`GoogleDuration`](crate::GoogleDuration) has known values; other
        /// strings are allowed.
        google_duration: Option<String> as "google_duration" [values(&GoogleDuration::ENUMERATION), example("30 mins")];
    }
}
