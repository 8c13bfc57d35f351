//! `Sandbox`, the handle of a running sandbox. It has the functions of the control endpoints as
//! methods, by topic: test data and calls, faults, journal. `builder.rs` starts a sandbox.

mod builder;
mod faults;
mod journal;
mod phone_calls;
mod test_data;

pub use builder::SandboxBuilder;
pub use journal::Snapshot;

use std::io;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::control;
use crate::errors::FieldErrors;
use crate::server::ServerThread;
use crate::state::SharedState;

/// A running sandbox: a local server that simulates the `CallFluent` API.
///
/// The server runs on its own thread and stops when the handle is closed or dropped. The handle is
/// `Send` and `Sync`; share it between threads by reference or in an `Arc`.
///
/// # Example
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use callfluent_sandbox::Sandbox;
/// use serde_json::json;
///
/// let sandbox = Sandbox::start().await?;
/// let agent = sandbox.add_agent(json!({"name": "Reception"}))?;
/// println!("send requests to {} with the key {}", sandbox.base_url(), sandbox.api_key());
/// # let _ = agent;
/// sandbox.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Sandbox {
    shared: Arc<SharedState>,
    server: ServerThread,
    base_url: String,
}

impl Sandbox {
    /// Starts a sandbox with default settings on a free port.
    ///
    /// It has one workspace with ID 1, which has phone numbers and no agents.
    ///
    /// # Errors
    /// Returns an error if no port can be bound or no thread can be started.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Returns a builder with default settings.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// Returns the base URL for clients: `http://127.0.0.1:PORT/api`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns the base URL of the control endpoints: `http://127.0.0.1:PORT/sandbox`.
    pub fn control_url(&self) -> String {
        format!("http://{}/sandbox", self.server.address())
    }

    /// Returns the API key that requests must have.
    pub fn api_key(&self) -> &str {
        &self.shared.settings().api_key
    }

    /// Restores the initial state: account, IDs, clock, journal, scripted responses and faults.
    pub fn reset(&self) {
        self.shared().reset();
    }

    /// Runs a control request without a socket, for bindings. Returns the JSON body or the error.
    #[doc(hidden)]
    pub fn control(&self, method: &str, target: &str, body: &str) -> Result<String, String> {
        self.check_process()?;
        let (status, body) = control::run(&self.shared, method, target, body.as_bytes());
        if status.is_success() {
            return Ok(body.to_string());
        }
        Err(body.get("error").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// Returns an error in a process that was forked from that of the sandbox. Its copy of the
    /// state does not change, and nothing runs the server.
    #[doc(hidden)]
    pub fn check_process(&self) -> Result<(), String> {
        match self.server.process() {
            process if process == std::process::id() => Ok(()),
            process => Err(format!(
                "this sandbox runs in process {process}; in a forked process, start another one, or use its control_url"
            )),
        }
    }

    /// Returns the descriptor of the listening socket. A forked process inherits it, and has to
    /// close it: the port would stay in use after the end of the sandbox.
    #[cfg(unix)]
    #[doc(hidden)]
    pub fn listener(&self) -> i32 {
        self.server.listener()
    }

    /// Returns the state for a method of this process.
    #[track_caller]
    #[expect(clippy::panic, reason = "an assertion about a copy of the state would pass")]
    fn shared(&self) -> &Arc<SharedState> {
        match self.check_process() {
            Ok(()) => &self.shared,
            Err(error) => panic!("{error}"),
        }
    }

    /// Stops the server and waits until its thread has ended.
    ///
    /// Responses in flight have 250 ms to finish.
    pub async fn close(self) {
        self.server.stop().await;
    }

    /// Stops the server like [`close`](Self::close), for code that is not async.
    ///
    /// Dropping the handle has the same effect.
    pub fn close_blocking(self) {
        drop(self);
    }
}

fn object(overrides: Value) -> Result<Map<String, Value>, FieldErrors> {
    match overrides {
        Value::Object(object) => Ok(object),
        _ => Err(FieldErrors::single("overrides", "must be a JSON object")),
    }
}

/// Fails the test that called a method.
#[track_caller]
#[expect(clippy::panic, reason = "a failed assertion of a test")]
fn fail(message: &str) -> ! {
    panic!("{message}")
}
