//! A stateful local sandbox of the `CallFluent` API, for demos and tests. It never calls anybody.
//!
//! It serves every documented endpoint from memory. It checks each request against the
//! documentation and reports all invalid fields. It is deterministic: the same settings and the
//! same requests give the same bytes. It has its own decoder and does not use the client's types,
//! because a shared misreading of the documentation would stay undetected.
//!
//! # Example
//! ```
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use callfluent_sandbox::{Sandbox, ScriptedResponse};
//!
//! let sandbox = Sandbox::builder().demo(true).seed(7).start().await?;
//! // Send requests to sandbox.base_url() with sandbox.api_key().
//! let limited = ScriptedResponse::status(429).header("retry-after", "1");
//! sandbox.respond(limited.operation("agents.create"))?;
//! assert!(sandbox.journal().is_empty());
//! sandbox.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! Phone numbers must be in E.164 format: `+` and 7 to 15 digits, the first of which is not 0.
//!
//! # Life of a request
//! `router` finds the row in the table of endpoints (`endpoint`). `request_handler` reads the body
//! (`received_request`), applies a scripted response (`scripted_response`) or a random fault
//! (`random_faults`), and calls the handler (`routes`). The handler validates the request
//! (`validation`) and changes the account (`state`). The result is added to the `journal`.
//! `control` has the endpoints under `/sandbox`, for tests in any language.

mod arguments;
mod assertion;
mod clock;
mod command;
mod control;
#[cfg(feature = "data-dir")]
mod data_directory;
mod demo_data;
mod disconnect;
mod endpoint;
mod error_response;
mod exchanges;
#[cfg(feature = "faults")]
pub mod faults;
mod field_error;
mod fixtures;
mod given_names;
mod journal;
mod log;
mod operation;
mod ordered_json;
mod page;
mod phone_calls;
mod random_faults;
mod received_request;
mod request_handler;
mod resettable_stream;
mod response;
mod response_queue;
#[cfg(feature = "data-dir")]
mod rng_state;
mod router;
mod routes;
mod sandbox;
mod scripted_response;
mod server_thread;
mod settings;
mod shared_state;
mod state;
mod suggestion;
mod validation;
mod webhook;
mod webhook_queue;

pub use command::{run_from_arguments, start_from_arguments};
#[doc(hidden)]
pub use exchanges::offline_of;
pub use field_error::{FieldError, FieldErrors};
pub use journal::{JournalEntry, ReceivedPart};
pub use sandbox::{Sandbox, SandboxBuilder, Snapshot};
pub use scripted_response::ScriptedResponse;
pub use settings::DEFAULT_API_KEY;
pub use state::other_account;
pub use webhook::WebhookDelivery;
