//! Records of responses, and parameters of requests. Records are open: documented fields are typed
//! and decoded leniently, all others are kept in `extra`, and encoding a record gives the JSON that
//! was received.

mod action;
mod agent;
mod call;
mod custom_field;
mod enumeration_macro;
mod from_record;
mod from_row;
mod knowledge_file;
mod params_macro;
mod phone_number;
mod record_macro;
#[cfg(test)]
mod tests;
mod to_public;
mod typed_access;
mod user;
mod values;
mod webhook_payload;
mod workspace;

pub use action::{
    Action, ActionRecord, ActionType, CallForwarding, DataCollection, EmailPush, GhlCalendar, GoogleCalendar,
    OtherAction, PayloadField, SendEmail, SendSms, Webhook,
};
pub use action::{
    CallForwardingBuilder, DataCollectionBuilder, EmailPushBuilder, GhlCalendarBuilder, GoogleCalendarBuilder,
    SendEmailBuilder, SendSmsBuilder, WebhookBuilder,
};
pub use agent::{
    Agent, AgentCreateParams, AgentCreateParamsBuilder, AgentDetails, AgentFormat, AgentPatchParams,
    AgentPatchParamsBuilder, AgentPatchResult, Avatar, CorsOrigins, DroppedField, PublicAgent,
};
pub use call::{Call, CallStartParams, CallStartParamsBuilder, StartedCall};
pub use custom_field::CustomField;
pub use knowledge_file::KnowledgeFile;
pub use phone_number::{PhoneNumber, PhoneNumberList, PhoneNumberType};
pub use user::{Profile, User};
pub use values::{
    AgentType, BackgroundSound, CalendarPeriod, GoogleDuration, Language, LineType, OpenaiModel, Timezone, Tone, Voice,
};
pub use webhook_payload::WebhookPayload;
pub use workspace::Workspace;
