//! # callfluent
//!
//! A typed client for the `CallFluent` Agent Services API: AI voice agents that make and receive
//! phone calls.
//!
//! - Every endpoint as an async method, with typed parameters and results
//! - [Validation](Error::InvalidRequest) of all arguments before a request is sent
//! - [Safe retries](#retries): a phone call is never started twice
//! - Tolerant, lossless decoding of [responses](#responses)
//! - Paged lists as [streams](CallStream)
//! - The same methods without async, in [`blocking`]
//! - Uploads from [files, memory and streams](Attachment)
//! - [Exports](CallExport) of the call history to files, which continue after a crash
//! - [Bulk operations](Bulk) with a journal, so that no phone call is started twice
//! - Rate and concurrency [limits](ClientBuilder::max_concurrency), proxies, custom certificates
//!
//! # Creating an agent
//!
//! Create one [`CallFluent`] client and reuse it; it holds a connection pool.
//!
//! ```no_run
//! use callfluent::{AgentCreateParams, AgentFormat, CallFluent};
//!
//! # async fn example() -> callfluent::Result<()> {
//! let client = CallFluent::from_env()?; // reads CALLFLUENT_API_KEY
//! let numbers = client.phone_numbers().list(1, AgentFormat::Outbound).await?;
//! let number = numbers.free().find_map(|entry| entry.number.clone()).unwrap_or_default();
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
//!     .phone_number(number)
//!     .build();
//! let agent = client.agents().create(&agent).await?;
//! println!("created agent {}", agent.id);
//! # Ok(()) }
//! ```
//!
//! # Responses
//!
//! Decoding is tolerant: a number that is sent as a string, an unknown field or an invalid item in
//! a list is not an error. Nothing is discarded: undocumented fields are in the `extra` map of a
//! record such as [`Agent`], and [`CallFluent::drift`] counts the differences between responses and
//! the API documentation.
//!
//! # Retries
//!
//! Failed requests are retried with exponential backoff, within the total timeout. A request that
//! is not idempotent, such as creating an agent, is retried only if the server certainly did not
//! process it. If that is unknown, [`Error::outcome_unknown`] is true. After any response, even a
//! 429, starting a phone call is not retried.
//!
//! # Runtimes
//!
//! On a multi-threaded tokio runtime, requests run on that runtime. Otherwise, also with other
//! executors, they run on a background thread that all clients share. Dropping the future of a
//! request cancels the request; the server may have processed it.
//!
//! # Logging
//!
//! Each operation has a [`tracing`](https://docs.rs/tracing) span at level INFO, such as
//! `callfluent.agents.create`. Retries and unknown outcomes are events at level WARN. Each attempt
//! is an event at level DEBUG: method, path, status, duration, attempt and request id, but no
//! headers and no bodies. Every target begins with `callfluent`. Without a subscriber, this costs
//! nothing.

mod api_key;
#[cfg(feature = "arrow")]
pub mod arrow;
#[doc(hidden)]
pub mod bindings;
mod body;
mod bulk;
mod catalog;
mod client;
mod cryptography;
mod decode;
mod documentation;
mod drift;
mod durable_file;
mod dynamic;
mod environment;
mod error;
mod export;
mod fork_local;
mod header;
mod hooks;
mod id;
mod inspection;
mod jitter;
mod json;
mod log_text;
mod models;
mod operation;
mod pagination;
mod redaction;
mod request;
pub mod resources;
mod response;
mod retry;
mod runtime;
mod schema;
mod shorten;
#[cfg(feature = "table")]
mod table;
mod transport;
pub mod webhooks;

pub use body::Attachment;
pub use bulk::{Bulk, BulkItem, BulkStream, Resolution};
pub use client::{CallFluent, ClientBuilder, RequestExt, RequestOptions};
pub use decode::{Extra, InvalidItem, List, Record};
pub use drift::{DriftEntry, DriftKind};
pub use error::{ConnectionFailure, Error, ErrorContext, FieldError, FieldErrors, FileError, Result};
pub use export::{ExportFormat, ExportMask, ExportProgress, ExportResult, UnknownFormat};
pub use hooks::{Attempt, AttemptOutcome, Hooks};
pub use id::Id;
pub use inspection::RawResponse;
pub use models::{
    Action, ActionRecord, ActionType, Agent, AgentCreateParams, AgentDetails, AgentFormat, AgentPatchParams,
    AgentPatchResult, AgentType, Avatar, BackgroundSound, CalendarPeriod, Call, CallForwarding, CallStartParams,
    CorsOrigins, CustomField, DataCollection, DroppedField, EmailPush, GhlCalendar, GoogleCalendar, GoogleDuration,
    KnowledgeFile, Language, LineType, OpenaiModel, OtherAction, PayloadField, PhoneNumber, PhoneNumberList,
    PhoneNumberType, Profile, PublicAgent, SendEmail, SendSms, StartedCall, Timezone, Tone, User, Voice, Webhook,
    Workspace,
};
pub use resources::{CallExport, CallStream, CallWait, CallWatch, Page, PageStream};
pub use transport::set_offline;

/// The client for programs without an async runtime. It has the methods of the async client,
/// without `await`.
///
/// ```no_run
/// use callfluent::CallStartParams;
/// use callfluent::blocking::CallFluent;
///
/// # fn example() -> callfluent::Result<()> {
/// let client = CallFluent::from_env()?;
/// let call = client.calls().start(1002, &CallStartParams::to("+15550001234"))?;
/// println!("{}", call.id);
/// # Ok(()) }
/// ```
#[cfg(feature = "blocking")]
pub mod blocking {
    pub use crate::client::blocking::CallFluent;
    pub use crate::resources::blocking::{
        Actions, Agents, CallIterator, CallWatchIterator, Calls, CustomFields, Knowledge, Page, PhoneNumbers, User,
        Workspaces,
    };
}

/// The crate with [`Bytes`](bytes::Bytes), the content of an [`Attachment`].
pub use bytes;
/// The trait of [`CallStream`], and of the content of an [`Attachment`].
pub use futures_util::Stream;
/// The crate with the types of JSON values.
pub use serde_json;

/// The builders of parameters, with one method for each field.
pub mod builders {
    pub use crate::models::{
        AgentCreateParamsBuilder, AgentPatchParamsBuilder, CallForwardingBuilder, CallStartParamsBuilder,
        DataCollectionBuilder, EmailPushBuilder, GhlCalendarBuilder, GoogleCalendarBuilder, SendEmailBuilder,
        SendSmsBuilder, WebhookBuilder,
    };
}
