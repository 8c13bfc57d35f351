//! A typed client for the `CallFluent` Agent Services API: AI voice agents that take and make phone calls.
//!
//! ```no_run
//! use callfluent::{AgentFormat, AgentCreateParams, CallFluent};
//!
//! # async fn example() -> callfluent::Result<()> {
//! let client = CallFluent::from_env()?; // reads CALLFLUENT_API_KEY
//! let numbers = client.phone_numbers().list(1, AgentFormat::Outbound).await?;
//! let number = numbers.free().next().and_then(|entry| entry.number.clone());
//!
//! let agent = AgentCreateParams::builder()
//!     .workspace_id(1)
//!     .format("outbound")
//!     .timezone("UTC+00:00")
//!     .name("Sales assistant")
//!     .lang("en")
//!     .voice("alloy")
//!     .agent_type("sales")
//!     .background("You work for a bakery.")
//!     .goal("Take orders")
//!     .tone("Friendly")
//!     .instructions("Ask what they need and when.")
//!     .maybe_phone_number(number)
//!     .build();
//! let agent = client.agents().create(&agent).await?;
//! println!("created agent {}", agent.id);
//! # Ok(()) }
//! ```
//!
//! # What it does for you
//! - Arguments are checked before anything is sent; [`Error::InvalidRequest`] lists every problem at once.
//! - Answers are read leniently and without loss: see [`Agent`] and its `extra`.
//! - Requests are sent again where that is harmless, and never where it could call somebody or create something twice;
//!   then [`Error::outcome_unknown`] says so.
//! - [`CallFluent::drift`] tells where the API no longer does what its documentation says.
//!
//! Requests run on the tokio runtime that they are awaited on where it is one of several threads. Elsewhere, under other
//! executors too, they run on one thread that all clients share.
//!
//! Requests are logged as `tracing` events of the target `callfluent`: method, path, status, time, attempt and request id,
//! never a header or a body.

mod api_key;
mod body;
pub mod catalog;
mod client;
mod decode;
mod documentation;
mod drift;
mod dynamic;
#[doc(hidden)]
pub mod environment;
mod error;
mod fork_local;
mod id;
mod json;
mod models;
pub mod operation;
mod request;
pub mod resources;
mod response;
mod retry;
pub mod runtime;
pub mod schema;
mod transport;

pub use body::Attachment;
pub use client::{CallFluent, ClientBuilder, RequestOptions};
pub use decode::{InvalidItem, List, PublicJson};
pub use drift::{DriftEntry, DriftKind};
pub use error::{Error, ErrorContext, FieldError, FieldErrors, Result};
pub use id::Id;
pub use models::{
    Action, ActionRecord, ActionType, Agent, AgentCreateParams, AgentDetails, AgentFormat, AgentPatchParams,
    AgentPatchResult, Avatar, Call, CallStartParams, CorsOrigins, CustomField, DroppedField, KnowledgeFile,
    PayloadField, PhoneNumber, PhoneNumberList, PhoneNumberType, Profile, Record, User, Workspace,
};
pub use resources::{CallStream, Page};

/// What the `builder()` of each kind of parameters returns: one method for each field, then `build()`.
pub mod builders {
    pub use crate::models::{AgentCreateParamsBuilder, AgentPatchParamsBuilder, CallStartParamsBuilder};
}

/// The README's examples are compiled with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
