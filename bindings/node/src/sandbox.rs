//! The sandbox, a local fake of the API, for tests and demos in Node: the same one as everywhere,
//! linked in.

use std::io::ErrorKind;

use callfluent::bindings::is_offline;
use callfluent_sandbox::Sandbox;
use napi::Either;
use napi_derive::napi;
use serde::Deserialize;

use crate::completion_queue::Completions;
use crate::event::Event;

/// Settings of a sandbox; omitted ones keep their defaults.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Settings {
    port: Option<u16>,
    demo: Option<bool>,
    seed: Option<u64>,
    clock: Option<u64>,
    api_key: Option<String>,
    page_size: Option<usize>,
    seconds_per_poll: Option<u64>,
    agent_limit: Option<usize>,
    workspace_limit: Option<usize>,
    journal_limit: Option<usize>,
    likely_fields: Option<bool>,
    drop_fields: Vec<String>,
    record: Option<String>,
    target: Option<String>,
    replay: Option<String>,
    /// Value of the variable `CALLFLUENT_OFFLINE`.
    offline_variable: Option<String>,
}

/// A running sandbox. It ends when it is closed, or with its environment.
#[napi]
pub struct NativeSandbox {
    sandbox: Option<Sandbox>,
    base_url: String,
    control_url: String,
    api_key: String,
}

#[napi]
impl NativeSandbox {
    /// Starts a sandbox with these settings as JSON text.
    ///
    /// # Errors
    /// If a setting is invalid, or the port is taken.
    #[napi(constructor, catch_unwind)]
    pub fn new(settings: String) -> napi::Result<Self> {
        let settings: Settings = serde_json::from_str(&settings)
            .map_err(|error| napi::Error::from_reason(format!("the sandbox: {error}")))?;
        let mut builder = Sandbox::builder().camel_case_errors().drop_fields(settings.drop_fields);
        macro_rules! set {
            ($($setting:ident),*) => { $( if let Some(value) = settings.$setting { builder = builder.$setting(value); } )* };
        }
        set!(
            port,
            demo,
            seed,
            clock,
            api_key,
            page_size,
            seconds_per_poll,
            agent_limit,
            workspace_limit,
            journal_limit,
            likely_fields,
            record,
            target,
            replay
        );
        let builder = builder.offline_environment(settings.offline_variable.unwrap_or_default(), is_offline());
        let sandbox = builder.start_blocking().map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => napi::Error::from_reason(format!("the sandbox: {error}")),
            _ => napi::Error::from_reason(format!("the sandbox cannot start: {error}")),
        })?;
        Ok(Self::from(sandbox))
    }

    /// The URL that clients take.
    #[napi(getter, catch_unwind)]
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// URL of the control API.
    #[napi(getter, catch_unwind)]
    pub fn control_url(&self) -> String {
        self.control_url.clone()
    }

    /// The key that requests must carry.
    #[napi(getter, catch_unwind)]
    pub fn api_key(&self) -> String {
        self.api_key.clone()
    }

    /// Runs a control request and returns the JSON body of its response.
    ///
    /// # Errors
    /// Returns an error if the request is invalid or the sandbox is closed.
    #[napi(catch_unwind)]
    pub fn control(&self, method: String, target: String, body: String) -> napi::Result<String> {
        let sandbox = self.sandbox.as_ref().ok_or_else(|| napi::Error::from_reason("the sandbox is closed"))?;
        sandbox.control(&method, &target, &body).map_err(napi::Error::from_reason)
    }

    /// Completes `ticket` when all requests to webhooks have been sent.
    ///
    /// # Errors
    /// Returns an error if the sandbox is closed or no thread can be started.
    #[napi(catch_unwind)]
    pub fn wait_for_webhooks(&self, completions: &Completions, ticket: i64) -> napi::Result<()> {
        let sandbox = self.sandbox.as_ref().ok_or_else(|| napi::Error::from_reason("the sandbox is closed"))?;
        let sent = sandbox.webhooks_sent();
        completions.queue().spawn(ticket, None, async move {
            sent.await;
            (Event::Response, "null".to_owned().into())
        })
    }

    /// Stops the sandbox and completes `ticket` afterwards.
    ///
    /// # Errors
    /// If no thread can be started.
    #[napi(catch_unwind)]
    pub fn close(&mut self, completions: &Completions, ticket: i64) -> napi::Result<()> {
        let sandbox = self.sandbox.take();
        completions.queue().spawn(ticket, None, async move {
            if let Some(sandbox) = sandbox {
                sandbox.close().await;
            }
            (Event::Response, "null".to_owned().into())
        })
    }
}

/// Starts the program `callfluent-sandbox` with these arguments: a running sandbox, or an exit code
/// if there is nothing to run. Node itself waits for signals: its handlers and those of a Rust
/// runtime do not go together.
#[napi(catch_unwind)]
pub fn start_sandbox_program(args: Vec<String>) -> Either<NativeSandbox, u8> {
    match callfluent_sandbox::start_from_arguments(args) {
        Ok(sandbox) => Either::A(NativeSandbox::from(sandbox)),
        Err(code) => Either::B(code),
    }
}

impl From<Sandbox> for NativeSandbox {
    fn from(sandbox: Sandbox) -> Self {
        Self {
            base_url: sandbox.base_url().to_owned(),
            control_url: sandbox.control_url(),
            api_key: sandbox.api_key().to_owned(),
            sandbox: Some(sandbox),
        }
    }
}
