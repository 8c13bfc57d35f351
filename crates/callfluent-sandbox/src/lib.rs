//! A stateful local fake of the `CallFluent` API, for demos, for this project's tests and for its users' own tests.
//!
//! It answers every documented endpoint from memory, checks each request against the documentation and names every field
//! that differs, and is deterministic: the same settings and the same requests give the same bytes. It reads requests with
//! code of its own, not with the client's types, because a misreading that both shared would go unseen.
//!
//! ```
//! # async fn show() -> std::io::Result<()> {
//! use callfluent_sandbox::{Sandbox, ScriptedResponse};
//!
//! let sandbox = Sandbox::builder().demo(true).seed(7).start().await?;
//! // ... requests to sandbox.base_url() with sandbox.api_key() ...
//! let limited = ScriptedResponse::status(429).header("retry-after", "1").operation("agents.create");
//! sandbox.respond(limited).map_err(std::io::Error::other)?;
//! assert!(sandbox.journal().is_empty());
//! sandbox.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! The way of a request: `service` reads it (`incoming`), looks for a scripted answer (`scripted`) or a random fault
//! (`faults`), finds its row in the
//! table of endpoints (`endpoint`), whose handler (`routes`) checks it (`check`) and changes the state (`state`); what
//! happened is written into the `journal`. `control` is the same for tests in other languages, under `/sandbox`.

mod breaking;
mod check;
mod clock;
mod command;
mod control;
mod demo;
mod endpoint;
#[cfg(feature = "faults")]
pub mod faults;
mod incoming;
mod journal;
mod random_faults;
mod refusal;
mod routes;
mod sandbox;
mod scripted;
mod server_thread;
mod service;
mod settings;
mod shared;
mod state;

pub use check::{Problem, Problems};
pub use command::{run_from_arguments, start_from_arguments};
pub use journal::{JournalEntry, ReceivedPart};
pub use sandbox::{Sandbox, SandboxBuilder};
pub use scripted::ScriptedResponse;
pub use settings::DEFAULT_API_KEY;
pub use state::other_account;
