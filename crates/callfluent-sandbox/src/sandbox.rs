//! `Sandbox`, the handle of a running sandbox, and `SandboxBuilder`, which starts one.
//! The handle has the functions of the control endpoints as methods.

use std::io;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::mpsc;

use crate::control;
use crate::field_error::FieldErrors;
use crate::fixtures;
use crate::journal::JournalEntry;
use crate::operation::Naming;
use crate::phone_calls;
use crate::random_faults::RandomFaults;
use crate::router::router;
use crate::scripted_response::ScriptedResponse;
use crate::server_thread::ServerThread;
use crate::settings::{ResponseFields, Settings};
use crate::shared_state::SharedState;
use crate::webhook::WebhookDelivery;
use crate::webhook_queue;

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

    /// Returns the requests since the start, the last reset or the last [`clear_journal`], oldest
    /// first.
    ///
    /// [`clear_journal`]: Self::clear_journal
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.shared.lock().journal.entries().cloned().collect()
    }

    /// Removes all journal entries.
    pub fn clear_journal(&self) {
        self.shared.lock().journal.clear();
    }

    /// Restores the initial state: account, IDs, clock, journal, scripted responses and faults.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Queues a response for the next matching requests.
    ///
    /// # Errors
    /// Returns an error if the response cannot be sent, such as one with status 42, or if its
    /// operation is unknown. The error suggests similar operation names.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::{FieldErrors, Sandbox};
    /// # fn example(sandbox: &Sandbox) -> Result<(), FieldErrors> {
    /// use callfluent_sandbox::ScriptedResponse;
    ///
    /// // The next request that creates an agent gets a rate-limit error.
    /// let limited = ScriptedResponse::status(429).header("retry-after", "1");
    /// sandbox.respond(limited.operation("agents.create"))?;
    /// // The next two calls are started, but the connection is lost before the response.
    /// let lost = ScriptedResponse::disconnected().process_first().times(2);
    /// sandbox.respond(lost.operation("calls.start"))
    /// # }
    /// ```
    pub fn respond(&self, response: ScriptedResponse) -> Result<(), FieldErrors> {
        control::queue(&self.shared, response, Naming::SnakeCase)
    }

    /// Removes all queued responses.
    pub fn clear_responses(&self) {
        self.shared.lock().responses.clear();
    }

    /// Adds an agent without a request, and returns it as the API does.
    ///
    /// Without overrides it is an inbound agent of workspace 1. An outbound agent without a
    /// `phone_number` gets an unused one. Overrides have the names of the API in snake case or in
    /// camel case; `null` removes a field.
    ///
    /// # Errors
    /// Returns an error if `overrides` is not an object, or if a field is invalid.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::{FieldErrors, Sandbox};
    /// # fn example(sandbox: &Sandbox) -> Result<(), FieldErrors> {
    /// use serde_json::json;
    ///
    /// let agent = sandbox.add_agent(json!({"name": "Sales", "format": "outbound"}))?;
    /// assert_eq!(agent["name"], "Sales");
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_agent(&self, overrides: Value) -> Result<Value, FieldErrors> {
        fixtures::add_agent(&mut self.shared.lock().account, &object(overrides)?)
    }

    /// Adds a call without a request, and returns it as the API does.
    ///
    /// The call is the newest of its agent, so it shifts the pages of a list in progress. Without
    /// overrides it is a completed call of one minute. Overrides are `phone_number`, `direction`,
    /// `status`, `outcome`, `duration` in seconds, `transcript`, `summary` and `custom_fields`.
    ///
    /// # Errors
    /// Returns an error if the agent or an override is unknown, or if a value is invalid.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::{FieldErrors, Sandbox};
    /// # fn example(sandbox: &Sandbox) -> Result<(), FieldErrors> {
    /// use serde_json::json;
    ///
    /// let call = sandbox.add_call(1001, json!({"status": "no-answer"}))?;
    /// assert_eq!(call["agent_id"], 1001);
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_call(&self, agent_id: u64, overrides: Value) -> Result<Value, FieldErrors> {
        let mut overrides = object(overrides)?;
        overrides.insert("agent_id".to_owned(), agent_id.into());
        fixtures::add_call(&mut self.shared.lock().account, &overrides)
    }

    /// Moves the clock by some seconds and returns the new time in seconds since 1970.
    ///
    /// Calls progress: they ring, are in progress, and end. Nothing else makes a call progress.
    /// After an ended conversation, the agent's webhook actions send a request to their URLs;
    /// [`webhooks`](Self::webhooks) waits for them.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::Sandbox;
    /// # fn example(sandbox: &Sandbox) {
    /// let before = sandbox.now();
    /// assert_eq!(sandbox.advance(30), before + 30);
    /// # }
    /// ```
    pub fn advance(&self, seconds: u64) -> u64 {
        let mut state = self.shared.lock();
        self.shared.advance(&mut state, seconds);
        state.now()
    }

    /// Returns the time of the sandbox's clock, in seconds since 1970.
    pub fn now(&self) -> u64 {
        self.shared.lock().now()
    }

    /// Decides the future of later calls. The latest script for a number takes precedence.
    ///
    /// Fields are `phone_number` (all numbers if omitted), `outcome` (`completed`, `voicemail`,
    /// `no_answer`, `busy`, `failed` or `random`), `ring_seconds`, `duration` in seconds,
    /// `transcript`, `summary`, `custom_fields` (values that the other person tells), and `seed` of
    /// the outcome `random`. By default a call rings for 5 seconds and is completed after 60.
    ///
    /// # Errors
    /// Returns an error if a field is unknown or invalid.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::{FieldErrors, Sandbox};
    /// # fn example(sandbox: &Sandbox) -> Result<(), FieldErrors> {
    /// use serde_json::json;
    ///
    /// sandbox.script_call(json!({"outcome": "random", "seed": 7}))?;
    /// sandbox.script_call(json!({"phone_number": "+14155550123", "outcome": "busy"}))
    /// # }
    /// ```
    pub fn script_call(&self, script: Value) -> Result<(), FieldErrors> {
        phone_calls::script_call(&mut self.shared.lock().account, &object(script)?)
    }

    /// Starts an inbound call of an agent, which rings, and returns it as the API does.
    ///
    /// Overrides are the fields of [`script_call`](Self::script_call). `phone_number` is the
    /// caller's number.
    ///
    /// # Errors
    /// Returns an error if the agent is unknown or outbound, or if an override is invalid.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::{FieldErrors, Sandbox};
    /// # fn example(sandbox: &Sandbox) -> Result<(), FieldErrors> {
    /// use serde_json::json;
    ///
    /// let call = sandbox.receive_call(1001, json!({"custom_fields": {"name": "Ada"}}))?;
    /// assert_eq!(call["status"], "ringing");
    /// # Ok(())
    /// # }
    /// ```
    pub fn receive_call(&self, agent_id: u64, overrides: Value) -> Result<Value, FieldErrors> {
        let mut fields = object(overrides)?;
        fields.insert("agent_id".to_owned(), agent_id.into());
        let mut state = self.shared.lock();
        state.account.now = state.now();
        phone_calls::receive_call(&mut state.account, &fields)
    }

    /// Moves the clock to the end of a call and returns the call as the API does.
    ///
    /// Other calls progress, too. Overrides are the fields of [`script_call`](Self::script_call);
    /// they change the future of this call.
    ///
    /// # Errors
    /// Returns an error if the call is unknown or has ended, or if an override is invalid.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::{FieldErrors, Sandbox};
    /// # fn example(sandbox: &Sandbox) -> Result<(), FieldErrors> {
    /// use serde_json::json;
    ///
    /// let call = sandbox.finish(50001, json!({"duration": 42}))?;
    /// assert_eq!(call["duration"], 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn finish(&self, call_id: u64, overrides: Value) -> Result<Value, FieldErrors> {
        let mut fields = object(overrides)?;
        fields.insert("call_id".to_owned(), call_id.into());
        control::finish(&self.shared, &fields)
    }

    /// Waits until all requests to webhooks have been sent, and returns them, oldest first.
    ///
    /// Only URLs on this machine receive requests; others are reported with an error.
    pub async fn webhooks(&self) -> Vec<WebhookDelivery> {
        webhook_queue::wait(&self.shared).await;
        self.shared.lock().deliveries.iter().cloned().collect()
    }

    /// Waits like [`webhooks`](Self::webhooks), in code that is not async.
    pub fn webhooks_blocking(&self) -> Vec<WebhookDelivery> {
        webhook_queue::wait_blocking(&self.shared);
        self.shared.lock().deliveries.iter().cloned().collect()
    }

    /// Starts or changes random faults; see [`SandboxBuilder::faults`]. A rate of 0 stops them.
    pub fn faults(&self, rate: f64, seed: u64) {
        self.shared.lock().faults = RandomFaults::new(rate, seed);
    }

    /// Sets the fields that updates of agents silently ignore. An empty list ends that.
    pub fn drop_fields<Name: Into<String>>(&self, fields: impl IntoIterator<Item = Name>) {
        self.shared.lock().account.settings.drop_fields = fields.into_iter().map(Into::into).collect();
    }

    /// Runs a control request without a socket, for bindings. Returns the JSON body or the error.
    #[doc(hidden)]
    pub fn control(&self, method: &str, target: &str, body: &str) -> Result<String, String> {
        let (status, body) = control::run(&self.shared, method, target, body.as_bytes());
        if status.is_success() {
            return Ok(body.to_string());
        }
        Err(body.get("error").and_then(Value::as_str).unwrap_or_default().to_owned())
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

/// Settings of a sandbox.
///
/// Two sandboxes with equal settings send the same bytes in response to the same requests.
///
/// # Example
/// ```
/// # async fn example() -> std::io::Result<()> {
/// use callfluent_sandbox::Sandbox;
///
/// let sandbox = Sandbox::builder().demo(true).seed(7).page_size(5).start().await?;
/// # sandbox.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "call `start` or `start_blocking` to start the sandbox"]
pub struct SandboxBuilder {
    port: u16,
    settings: Settings,
}

impl SandboxBuilder {
    /// Sets the port on 127.0.0.1. Default: 0, a free port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    pub(crate) fn chosen_port(&self) -> u16 {
        self.port
    }

    /// Starts with demo data: two workspaces, six agents and sixty calls over three weeks.
    ///
    /// Default: false, one workspace without agents.
    pub fn demo(mut self, demo: bool) -> Self {
        self.settings.demo = demo;
        self
    }

    /// Sets the seed of IDs, UUIDs and demo data. Default: 0.
    ///
    /// With the default, agents start at 1001, knowledge files at 3001, actions at 7001 and calls
    /// at 50001. Workspaces start at 1 with any seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Sets the start of the sandbox's clock in seconds since 1970. Default: 12 January 2026,
    /// 09:00:00 UTC.
    ///
    /// Each request advances the clock by one second; the wall clock is not used.
    pub fn clock(mut self, unix_seconds: u64) -> Self {
        self.settings.clock = unix_seconds;
        self
    }

    /// Sets the API key that requests must have. Default:
    /// [`DEFAULT_API_KEY`](crate::DEFAULT_API_KEY).
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.settings.api_key = api_key.into();
        self
    }

    /// Sets the number of calls per page, at least 1. Default: 20.
    pub fn page_size(mut self, page_size: usize) -> Self {
        self.settings.page_size = page_size.max(1);
        self
    }

    /// Sets the maximum number of agents of the account. Default: 100.
    ///
    /// [`Sandbox::add_agent`] can exceed it.
    pub fn agent_limit(mut self, agent_limit: usize) -> Self {
        self.settings.agent_limit = agent_limit;
        self
    }

    /// Sets the maximum number of workspaces of the account. Default: 5.
    pub fn workspace_limit(mut self, workspace_limit: usize) -> Self {
        self.settings.workspace_limit = workspace_limit;
        self
    }

    /// Sets the maximum number of journal entries. Default: 10,000. Older entries are discarded.
    pub fn journal_limit(mut self, journal_limit: usize) -> Self {
        self.settings.journal_limit = journal_limit;
        self
    }

    /// Adds likely but undocumented fields to agents and actions in responses. Default: false.
    ///
    /// They are `created_at`, `updated_at`, `custom_fields`, `actions` and the CORS origins.
    /// Without them, code that passes against the sandbox relies only on documented and sent
    /// fields.
    pub fn likely_fields(mut self, likely: bool) -> Self {
        self.settings.response_fields = if likely { ResponseFields::Likely } else { ResponseFields::Documented };
        self
    }

    /// Sets the fields that updates of agents silently ignore. Default: none.
    pub fn drop_fields<Name: Into<String>>(mut self, fields: impl IntoIterator<Item = Name>) -> Self {
        self.settings.drop_fields = fields.into_iter().map(Into::into).collect();
        self
    }

    /// Adds random faults to a share of all requests, from 0 to 1. Default: 0.
    ///
    /// The faults are lost connections, truncated bodies, status 429, 500, 503 and 504, and delays.
    /// Some occur before the request is processed and some after;
    /// [`JournalEntry::processed`](crate::JournalEntry::processed) reports which. The same seed
    /// repeats the same faults for the same requests in the same order.
    pub fn faults(mut self, rate: f64, seed: u64) -> Self {
        self.settings.faults = RandomFaults::new(rate, seed);
        self
    }

    /// Starts the sandbox. Works with any async runtime, because the server has its own thread.
    ///
    /// # Errors
    /// Returns an error if the port is in use or no thread can be started.
    pub async fn start(self) -> io::Result<Sandbox> {
        // Binding a local port is fast enough to block.
        std::future::ready(self.start_blocking()).await
    }

    /// Starts the sandbox from code that is not async.
    ///
    /// # Errors
    /// Returns an error if the port is in use or no thread can be started.
    pub fn start_blocking(self) -> io::Result<Sandbox> {
        let (jobs, queue) = mpsc::unbounded_channel();
        let shared = Arc::new(SharedState::new(self.settings, jobs));
        let background = webhook_queue::run_jobs(Arc::clone(&shared), queue);
        let server = ServerThread::start(self.port, router(Arc::clone(&shared)), background)?;
        let base_url = format!("http://{}/api", server.address());
        Ok(Sandbox { shared, server, base_url })
    }
}
