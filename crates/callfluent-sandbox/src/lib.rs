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
//! `server` finds the row in the table of endpoints (`routes`) and reads the body (`requests`). It
//! applies a scripted response or a random fault (`scripted_responses`), and calls the handler
//! (`routes`). The handler validates the request (`validation`) and changes the account
//! (`account`). The result is added to the journal (`state`). `control` has the endpoints under
//! `/sandbox`, for tests in any language. `docs/contributing/architecture.md` lists all folders.

mod account;
mod clock;
mod command;
mod control;
mod errors;
mod exchanges;
#[cfg(feature = "faults")]
pub mod faults;
mod fixtures;
mod names;
mod ordered_json;
mod requests;
#[cfg(feature = "data-dir")]
mod rng_state;
mod routes;
mod sandbox;
mod scripted_responses;
mod secret_string;
mod server;
mod settings;
mod state;
mod validation;
mod webhooks;

pub use account::other_account;
pub use command::{run_from_arguments, start_from_arguments};
pub use errors::{FieldError, FieldErrors};
pub use requests::{JournalEntry, ReceivedPart};
pub use sandbox::{Sandbox, SandboxBuilder, Snapshot};
pub use scripted_responses::ScriptedResponse;
pub use settings::DEFAULT_API_KEY;
pub use webhooks::WebhookDelivery;
