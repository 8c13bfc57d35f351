//! What the API answers with. Every record is open: its documented fields are typed and read leniently, every other field
//! is kept in `extra`, and a record written again is the JSON that the server sent.

mod action;
mod agent;
mod call;
mod custom_field;
mod enumeration_macro;
mod knowledge_file;
mod phone_number;
mod record_macro;
pub(crate) mod to_public;
mod user;
mod workspace;

pub use action::{Action, ActionRecord, ActionType, PayloadField};
pub use agent::{
    Agent, AgentCreateParams, AgentCreateParamsBuilder, AgentDetails, AgentFormat, AgentPatchParams,
    AgentPatchParamsBuilder, AgentPatchResult, Avatar, CorsOrigins, DroppedField,
};
pub use call::{Call, CallStartParams, CallStartParamsBuilder};
pub use custom_field::CustomField;
pub use knowledge_file::KnowledgeFile;
pub use phone_number::{PhoneNumber, PhoneNumberList, PhoneNumberType};
pub use user::{Profile, User};
pub use workspace::Workspace;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::decode::Readable;
use crate::schema::{Naming, Shape};

/// A record of the API, such as [`Agent`].
pub trait Record: Readable + Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug {
    /// The documented fields.
    const SHAPE: &'static Shape;

    /// The record under public names: documented fields as they were read, all others as they came.
    fn to_public(&self, naming: Naming) -> serde_json::Map<String, serde_json::Value>;

    /// Whether the answer had any of the documented fields.
    fn has_documented_field(&self) -> bool;
}
