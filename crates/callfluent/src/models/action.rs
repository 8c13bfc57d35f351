//! Actions of agents. One table of the eight types defines their types, `Action`, `ActionType` and
//! `ActionRecord`.

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::enumeration_macro::open_enumeration;
use super::from_row::{FromFields, cells, from_row};
use super::params_macro::{deserialize, optional_fields};
use super::record_macro::record;
use super::values::{CalendarPeriod, GoogleDuration};
use crate::decode::{Decode, DecodeContext, DecodeScalar, Decoded, Extra, List};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::json::Json;
use crate::schema::{Field, RecordType, Union, Variant};

/// The name of the field that tells the type of an action, and its name in the API.
const TAG: [&str; 2] = ["action_type", "actionType"];
/// Fields of an action that was read, which are not part of an action to send.
const NOT_SENT: [&str; 5] = ["id", "agent_id", "agentId", TAG[0], TAG[1]];

record! {
    /// A field of the data that a webhook or email action sends.
    pub struct PayloadField {
        /// Name of a custom field, or of data of the phone call such as `transcription`.
        value: Option<String> as "value" [required(), filled(&["phone_number", "transcription"]), example("email")];
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

/// An element of the list that an action sends.
impl DecodeScalar for PayloadField {
    fn decode(raw: Json<'_>, context: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        <Self as Decode>::decode(raw, context)
    }
}

/// Turns the table of actions into the types that send and read them.
macro_rules! actions {
    (
        kinds {
            $(
                $(#[doc = $documentation:literal])*
                $variant:ident, $builder:ident = $tag:literal {
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

        $(
            optional_fields! {
                $(#[doc = $documentation])*
                pub struct $variant, $builder, ignores &NOT_SENT;
                fields { $( #[doc = action_field_documentation!($field)] $field: $type, )* }
            }

            impl $variant {
                /// The documented fields.
                #[doc(hidden)]
                pub const RECORD_TYPE: RecordType = RecordType::new(
                    stringify!($variant),
                    concat!($($documentation, "\n"),*),
                    &[ $( presence!(field::$field $(, $optional)?), )* ],
                );
            }

            impl From<$variant> for Action {
                fn from(action: $variant) -> Self {
                    Self::$variant(action)
                }
            }

            impl From<&$variant> for Action {
                fn from(action: &$variant) -> Self {
                    Self::$variant(action.clone())
                }
            }
        )*

        /// An action that an agent performs during a phone call.
        ///
        /// ```
        /// use callfluent::{Action, SendSms};
        ///
        /// let sms = SendSms::builder()
        ///     .name("Send the address")
        ///     .instruction("When the caller asks where we are")
        ///     .content("1 Main Street")
        ///     .build();
        /// assert_eq!(Action::from(sms).action_type().as_str(), "sms");
        /// ```
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Action {
            $( $(#[doc = $documentation])* $variant($variant), )*
            /// An action of an undocumented type.
            Other(OtherAction),
        }

        impl Action {
            /// Documented types with their fields.
            #[doc(hidden)]
            pub const UNION: Union = Union::new(
                "Action",
                "An action that an agent performs during a phone call. `action_type` determines its other fields.",
                &Field::new(crate::schema::public_name!("action_type"), "actionType", <ActionType as crate::decode::HasKind>::KIND, "Type of the action.").required(),
                &[ $( Variant::new($tag, &$variant::RECORD_TYPE), )* ],
            );

            /// Reads the cells of a row of strings, such as a line of a CSV file, by the names of
            /// its columns. The column `action_type` decides which others the action has.
            ///
            /// # Errors
            /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) with all cells that cannot be
            /// decoded and all unknown columns, or without a documented type.
            ///
            /// # Example
            /// ```
            /// # fn example() -> callfluent::Result<()> {
            /// let row = [("action_type", "sms"), ("name", "Address"), ("instruction", ""), ("content", "1 Main Street")];
            /// let action = callfluent::Action::from_row(row)?;
            /// # Ok(()) }
            /// ```
            pub fn from_row<N: AsRef<str>, C: AsRef<str>>(row: impl IntoIterator<Item = (N, C)>) -> Result<Self> {
                let cells = cells(row);
                let tag = cells.iter().find(|(name, _)| TAG.contains(&name.trim())).and_then(|(_, cell)| cell.as_str());
                match ActionType::from(tag.unwrap_or_default().trim()) {
                    $( ActionType::$variant => from_row(&$variant::RECORD_TYPE, &NOT_SENT, cells).map(Self::$variant), )*
                    ActionType::Other(other) => {
                        let known: Vec<_> = Self::UNION.variants.iter().map(|variant| variant.tag).collect();
                        let reason = format!("expected one of {}, got {other:?}", known.join(", "));
                        Err(Error::invalid("Action", TAG[0], reason))
                    }
                }
            }

            /// Returns the type of the action.
            pub fn action_type(&self) -> ActionType {
                match self {
                    $( Self::$variant(_) => ActionType::$variant, )*
                    Self::Other(action) => ActionType::from(action.action_type.as_str()),
                }
            }
        }

        impl crate::decode::HasKind for Action {
            const KIND: crate::schema::Kind = crate::schema::Kind::Union(&Self::UNION);
        }

        /// Encodes the fields under their public names, with `action_type`.
        impl Serialize for Action {
            fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry(TAG[0], &self.action_type())?;
                match self {
                    $( Self::$variant(action) => {
                        $(
                            if let Some(value) = &action.$field {
                                map.serialize_entry(stringify!($field), value)?;
                            }
                        )*
                        action.extra.serialize_fields(&mut map)?;
                    } )*
                    Self::Other(action) => action.fields.serialize_fields(&mut map)?,
                }
                map.end()
            }
        }

        impl FromFields for Action {
            fn from_fields(fields: &Extra) -> std::result::Result<Self, String> {
                let tag = TAG.iter().find_map(|name| fields.get::<String>(name));
                let tag = tag.ok_or_else(|| format!("{}: is required", TAG[0]))?;
                match ActionType::from(tag) {
                    $( ActionType::$variant => $variant::from_fields(fields).map(Self::$variant), )*
                    ActionType::Other(action_type) => {
                        let mut fields = fields.clone();
                        for name in NOT_SENT {
                            fields.remove(name);
                        }
                        Ok(Self::Other(OtherAction { action_type, fields }))
                    }
                }
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

/// Documentation of an action's field in Rust. It refers to the entry of the field.
macro_rules! action_field_documentation {
    ($field:ident) => {
        concat!("See [`ActionRecord::", stringify!($field), "`](crate::ActionRecord::", stringify!($field), ").")
    };
}

/// An action of a type that the API does not document. It is sent without validation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OtherAction {
    /// Value of `actionType`.
    pub action_type: String,
    /// The other fields, under their names in the API.
    pub fields: Extra,
}

impl OtherAction {
    /// Creates an action without fields.
    pub fn new(action_type: impl Into<String>) -> Self {
        Self { action_type: action_type.into(), fields: Extra::new() }
    }

    /// Sets a field.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(name, value);
        self
    }
}

impl From<OtherAction> for Action {
    fn from(action: OtherAction) -> Self {
        Self::Other(action)
    }
}

impl From<&Self> for Action {
    fn from(action: &Self) -> Self {
        action.clone()
    }
}

/// Decodes the fields under their public names or those of the API.
impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer)
    }
}

actions! {
    kinds {
        /// Sends an email.
        SendEmail, SendEmailBuilder = "sendEmail" { name: String, instruction: String, content: String, subject: String, }
        /// Forwards the phone call to another number.
        CallForwarding, CallForwardingBuilder = "callForwarding" { name: String, instruction: String, forward_number: String, }
        /// Sends a text message.
        SendSms, SendSmsBuilder = "sms" { name: String, instruction: String, content: String, }
        /// Sends data of the phone call to a URL, e.g. of Zapier.
        Webhook, WebhookBuilder = "webhook" { name: String, webhook_url: String, fields: Vec<PayloadField>, }
        /// Collects a value from the caller into a custom field.
        DataCollection, DataCollectionBuilder = "dataCollection" { name: String, instruction: String, collect_field: String, }
        /// Sends data of the phone call to an email address.
        EmailPush, EmailPushBuilder = "email_push" { name: String, target_email: String, subject: String, fields: Vec<PayloadField>, }
        /// Schedules an appointment in a GHL calendar.
        GhlCalendar, GhlCalendarBuilder = "ghl_calendar" { name: String, ghl_calendar_id: String, calendar_period: String, instruction: String, }
        /// Schedules an appointment in a Google calendar.
        GoogleCalendar, GoogleCalendarBuilder = "google_calendar" {
            name: String, google_title: String, google_description: String => optional, instruction: String,
            calendar_period: String, google_duration: String,
        }
    }

    fields {
        /// Name of the action.
        name: Option<String> as "name" [example("Send email action")];
        /// Condition under which the agent performs the action.
        instruction: Option<String> as "instruction" [example("Trigger when user asks to send email")];
        /// Text of the email or text message.
        content: Option<String> as "content" [called(&["text", "message", "body"]), example("This is test email")];
        /// Subject of the email.
        subject: Option<String> as "subject" [example("Introduction email")];
        /// Phone number to forward to, in E.164 format.
        forward_number: Option<String> as "forwardNumber" [phone_number(), called(&["phone_number", "number", "forward_to"]), example("+1XXXXXXXX")];
        /// URL that receives the data.
        webhook_url: Option<String> as "webhook_url" [called(&["url"]), example("https://webhook-test/XXX")];
        /// Fields to send, each with a value and a label.
        fields: Option<List<PayloadField>> as "fields" [json_string()];
        /// Name of the custom field to fill.
        collect_field: Option<String> as "collectField" [];
        /// Email address that receives the data.
        target_email: Option<String> as "target_email" [called(&["email", "to"])];
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
