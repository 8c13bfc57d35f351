//! `Sandbox`, the handle of a running fake, and the builder that starts one.
//! The control endpoints' powers are here as methods, for tests that link the crate.

use std::io;
use std::sync::Arc;

use crate::check::Problems;
use crate::control;
use crate::journal::JournalEntry;
use crate::random_faults::Faults;
use crate::scripted::ScriptedResponse;
use crate::server_thread::ServerThread;
use crate::service;
use crate::settings::{AnswerFields, Settings};
use crate::shared::Shared;

/// A running local `CallFluent` API. It ends when it is closed or dropped.
///
/// ```
/// # async fn show() -> std::io::Result<()> {
/// let sandbox = callfluent_sandbox::Sandbox::start().await?;
/// println!("send requests to {} with the key {}", sandbox.base_url(), sandbox.api_key());
/// sandbox.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Sandbox {
    shared: Arc<Shared>,
    server: ServerThread,
    base_url: String,
}

impl Sandbox {
    /// Starts a sandbox on a free port of the loopback interface, with one workspace (its id is 1) that has numbers and no agents.
    ///
    /// # Errors
    /// When no port can be bound or no thread can be started.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// A sandbox with other settings.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// Where requests go: `http://127.0.0.1:PORT/api`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Where the control endpoints are: `http://127.0.0.1:PORT/sandbox`.
    pub fn control_url(&self) -> String {
        format!("http://{}/sandbox", self.server.address())
    }

    /// The key that requests must carry.
    pub fn api_key(&self) -> &str {
        &self.shared.settings().api_key
    }

    /// What was received and done since the start, the last reset or the last clearing, oldest first.
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.shared.lock().journal.entries()
    }

    /// Empties the journal and leaves all else as it is.
    pub fn clear_journal(&self) {
        self.shared.lock().journal.clear();
    }

    /// Puts everything back to how it was at the start: state, ids, clock, journal, scripted answers.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Queues an answer for the next requests that match it.
    ///
    /// # Errors
    /// When the answer could never be sent, such as one with a status of 42.
    pub fn respond(&self, answer: ScriptedResponse) -> Result<(), Problems> {
        control::queue(&self.shared, answer)
    }

    /// Forgets every queued answer that was not taken yet.
    pub fn clear_responses(&self) {
        self.shared.lock().script.clear();
    }

    /// From now on, strikes this share of all requests with random faults; see [`SandboxBuilder::faults`]. A share of 0 ends
    /// that.
    pub fn faults(&self, rate: f64, seed: u64) {
        self.shared.lock().faults = Faults::new(rate, seed);
    }

    /// From now on, updates of agents leave these fields as they are and say nothing of it. An empty list ends that.
    pub fn drop_fields<Name: Into<String>>(&self, fields: impl IntoIterator<Item = Name>) {
        self.shared.lock().world.settings.drop_fields = fields.into_iter().map(Into::into).collect();
    }

    /// Ends the server and waits until its thread is gone. Answers under way have a quarter of a second.
    pub async fn close(self) {
        self.server.stop().await;
    }

    /// The same for where nothing can be awaited; dropping does no less.
    pub fn close_blocking(self) {
        drop(self);
    }
}

/// Settings for a sandbox. Equal settings and equal requests give equal answers, byte for byte.
#[derive(Debug, Clone, Default)]
#[must_use = "a sandbox is started by `start` or `start_blocking`"]
pub struct SandboxBuilder {
    port: u16,
    settings: Settings,
}

impl SandboxBuilder {
    /// The port; 0, which it is without this, takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    pub(crate) fn chosen_port(&self) -> u16 {
        self.port
    }

    /// Whether to begin with a small account: two workspaces, six agents and sixty calls over three weeks.
    pub fn demo(mut self, demo: bool) -> Self {
        self.settings.demo = demo;
        self
    }

    /// Where ids begin, and what UUIDs and demo data are made from.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// When the sandbox's time begins, in seconds since 1970. Each request moves it on by one second.
    pub fn clock(mut self, unix_seconds: u64) -> Self {
        self.settings.clock = unix_seconds;
        self
    }

    /// The key that requests must carry.
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.settings.api_key = api_key.into();
        self
    }

    /// How many calls a page has, at least one; 20 without this.
    pub fn page_size(mut self, page_size: usize) -> Self {
        self.settings.page_size = page_size.max(1);
        self
    }

    /// How many agents the account may have; 100 without this.
    pub fn agent_limit(mut self, agent_limit: usize) -> Self {
        self.settings.agent_limit = agent_limit;
        self
    }

    /// How many workspaces the account may have; 5 without this.
    pub fn workspace_limit(mut self, workspace_limit: usize) -> Self {
        self.settings.workspace_limit = workspace_limit;
        self
    }

    /// How many entries the journal keeps; 10,000 without this. The oldest are forgotten first.
    pub fn journal_limit(mut self, journal_limit: usize) -> Self {
        self.settings.journal_limit = journal_limit;
        self
    }

    /// Whether answers about agents and actions also have fields that are not documented but likely: `created_at`,
    /// `updated_at`, `custom_fields`, `actions` and the origins. Without this they have the documented fields and what was
    /// sent, so that code which passes here relies on nothing else.
    pub fn likely_fields(mut self, likely: bool) -> Self {
        self.settings.answer_fields = if likely { AnswerFields::Likely } else { AnswerFields::Documented };
        self
    }

    /// Fields that updates of agents silently leave as they are.
    pub fn drop_fields<Name: Into<String>>(mut self, fields: impl IntoIterator<Item = Name>) -> Self {
        self.settings.drop_fields = fields.into_iter().map(Into::into).collect();
        self
    }

    /// Strikes this share of all requests (from 0 to 1) with random faults, to test code against a bad day: connections that
    /// close without an answer or in the middle of it, 429, 500, 503 and 504, answers that come late. Some strike before the
    /// request is carried out and some after; the journal tells which were. The seed repeats them.
    pub fn faults(mut self, rate: f64, seed: u64) -> Self {
        self.settings.faults = Faults::new(rate, seed);
        self
    }

    /// Starts the sandbox. Any async runtime will do: the server has its own, on a thread of its own.
    ///
    /// # Errors
    /// When the port is taken or no thread can be started.
    pub async fn start(self) -> io::Result<Sandbox> {
        // Binding a local port takes no time worth waiting for.
        std::future::ready(self.start_blocking()).await
    }

    /// Starts the sandbox from code that is not async.
    ///
    /// # Errors
    /// When the port is taken or no thread can be started.
    pub fn start_blocking(self) -> io::Result<Sandbox> {
        let shared = Arc::new(Shared::new(self.settings));
        let server = ServerThread::start(self.port, service::router(Arc::clone(&shared)))?;
        let base_url = format!("http://{}/api", server.address());
        Ok(Sandbox { shared, server, base_url })
    }
}
