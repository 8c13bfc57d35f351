//! `SandboxBuilder`, which has the settings of a sandbox and starts it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::Sandbox;
use crate::errors::FieldErrors;
use crate::exchanges::{ExchangeOptions, Exchanges};
use crate::names::{Naming, documented_agent_fields};
use crate::scripted_responses::RandomFaults;
use crate::server::{ServerThread, router};
use crate::settings::{DEFAULT_API_KEY, ResponseFields, Settings};
use crate::state::{Beginning, SharedState};
use crate::webhooks::WebhookQueue;

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
    #[cfg(feature = "data-dir")]
    data_directory: Option<std::path::PathBuf>,
    naming: Naming,
    settings: Settings,
    exchanges: ExchangeOptions,
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

    /// Returns true if requests need the key of the real server.
    pub(crate) fn is_recording(&self) -> bool {
        self.exchanges.record.is_some()
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
    /// Each request advances the clock by one second, which changes timestamps but no call. The
    /// wall clock is not used.
    pub fn clock(mut self, unix_seconds: u64) -> Self {
        self.settings.clock = unix_seconds;
        self
    }

    /// Sets the API key that requests must have. Default:
    /// [`DEFAULT_API_KEY`](crate::DEFAULT_API_KEY).
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.settings.api_key = api_key.into().into();
        self
    }

    /// Sets the number of calls per page, at least 1. Default: 20.
    ///
    /// With 0, the sandbox does not start.
    pub fn page_size(mut self, page_size: usize) -> Self {
        self.settings.page_size = page_size;
        self
    }

    /// Sets the seconds by which each poll moves the clock, as
    /// [`Sandbox::advance`](crate::Sandbox::advance) does. Default: 0.
    ///
    /// A poll is a request for the first page of a call history, so code that waits for the end of
    /// a call needs no other code that moves the clock. Webhooks are sent meanwhile;
    /// [`Sandbox::webhooks`](crate::Sandbox::webhooks) waits for their receivers.
    ///
    /// # Example
    /// ```
    /// # async fn example() -> std::io::Result<()> {
    /// use callfluent_sandbox::Sandbox;
    ///
    /// // A call rings for 5 s and lasts 60 s, so it has ended at the third poll.
    /// let sandbox = Sandbox::builder().seconds_per_poll(30).start().await?;
    /// # sandbox.close().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn seconds_per_poll(mut self, seconds: u64) -> Self {
        self.settings.seconds_per_poll = seconds;
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
    ///
    /// With an unknown field, the sandbox does not start.
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

    /// Records: forwards requests to the server of [`target`](Self::target), and writes each exchange
    /// to this file before the client gets the response. Default: the sandbox simulates the API.
    ///
    /// An existing file is replaced when the sandbox has started. Phone numbers, API keys and other
    /// secrets are replaced if their notation or the name of their field shows what they are, equal
    /// ones by equal ones. Names, email addresses and transcripts stay: read the file before you
    /// share it. The requests need the API key of the real server. If no key is set, the one of the
    /// sandbox is that of the environment variable `CALLFLUENT_API_KEY`.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example() -> std::io::Result<()> {
    /// use callfluent_sandbox::Sandbox;
    ///
    /// let recorder = Sandbox::builder().record("calls.jsonl").target("https://api.callfluent.ai/api");
    /// let sandbox = recorder.start().await?; // send requests to sandbox.base_url()
    /// sandbox.close().await;
    /// let sandbox = Sandbox::builder().replay("calls.jsonl").start().await?;
    /// # sandbox.close().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn record(mut self, file: impl Into<PathBuf>) -> Self {
        self.exchanges.record = Some(file.into());
        self
    }

    /// Sets the base URL of the server to record, such as `https://api.callfluent.ai/api`, without
    /// user name and password. The proxy of the environment is not used for this machine.
    ///
    /// In [offline mode](Self::offline), only servers on this machine are recorded.
    pub fn target(mut self, base_url: impl Into<String>) -> Self {
        self.exchanges.target = Some(base_url.into());
        self
    }

    /// Sets whether the sandbox refuses to record servers on other machines. Default: the
    /// environment variable `CALLFLUENT_OFFLINE` (`1` or `0`), or false.
    pub fn offline(mut self, offline: bool) -> Self {
        self.exchanges.offline = Some(offline);
        self
    }

    /// Sets the value of `CALLFLUENT_OFFLINE` in the environment of a binding, and the setting of
    /// its process, which counts if the value is empty.
    #[doc(hidden)]
    pub fn offline_environment(mut self, variable: String, default: bool) -> Self {
        self.exchanges.offline_environment = Some((variable, default));
        self
    }

    /// Replays the exchanges of a file: an equal request gets the recorded response. Nothing is
    /// sent to another server, and any API key is accepted.
    ///
    /// Each exchange is replayed once; a repeated GET request gets the last response again. A
    /// request that was not recorded gets a 400 response that names the nearest recorded requests.
    /// Real phone numbers in requests equal the recorded replacements, and responses contain them.
    pub fn replay(mut self, file: impl Into<PathBuf>) -> Self {
        self.exchanges.replay = Some(file.into());
        self
    }

    /// Stores the state in a `SQLite` database in this directory, which is made if it is missing.
    /// Default: the state ends with the sandbox.
    ///
    /// Before a response is sent, everything that it reports is stored. It survives the end of the
    /// process at any moment, but not a power failure. A later sandbox with the same directory
    /// continues: objects, IDs, clock, journal, queued responses, snapshots. Its settings apply if
    /// they differ from those of the start before; `demo`, `seed` and `clock` apply to a new
    /// directory and after [`Sandbox::reset`]. The API key is never stored.
    ///
    /// Needs the feature `data-dir`, which builds `SQLite`.
    #[cfg(feature = "data-dir")]
    pub fn data_dir(mut self, directory: impl Into<std::path::PathBuf>) -> Self {
        self.data_directory = Some(directory.into());
        self
    }

    #[cfg(feature = "data-dir")]
    fn beginning(&self) -> io::Result<Beginning> {
        match &self.data_directory {
            Some(directory) => crate::state::open_data_directory(directory, &self.settings),
            None => Ok(Beginning::new(&self.settings)),
        }
    }

    #[cfg(not(feature = "data-dir"))]
    #[expect(clippy::unnecessary_wraps, reason = "a data directory can be invalid")]
    fn beginning(&self) -> io::Result<Beginning> {
        Ok(Beginning::new(&self.settings))
    }

    /// Names fields in errors as JavaScript does, for the binding.
    #[doc(hidden)]
    pub fn camel_case_errors(mut self) -> Self {
        self.naming = Naming::CamelCase;
        self
    }

    /// Starts the sandbox. Works with any async runtime, because the server has its own thread.
    ///
    /// # Errors
    /// Returns an error if the port is in use or no thread can be started, and of the kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if a setting is invalid.
    pub async fn start(self) -> io::Result<Sandbox> {
        // Binding a local port is fast enough to block.
        std::future::ready(self.start_blocking()).await
    }

    /// Starts the sandbox from code that is not async.
    ///
    /// # Errors
    /// Returns an error if the port is in use, no thread can be started, or a file or directory of
    /// the settings is in use or invalid. If a setting is invalid, its kind is
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    pub fn start_blocking(mut self) -> io::Result<Sandbox> {
        let drop_fields = documented_agent_fields("drop_fields", &self.settings.drop_fields, self.naming);
        self.settings.drop_fields =
            drop_fields.map_err(|errors| io::Error::new(io::ErrorKind::InvalidInput, errors))?;
        if self.settings.page_size == 0 {
            let errors = FieldErrors::single(self.naming.apply("page_size"), "must be at least 1");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, errors));
        }
        let (webhooks, sender) = WebhookQueue::new();
        let mut beginning = self.beginning()?;
        beginning.exchanges = Exchanges::open(&self.exchanges)?;
        if self.exchanges.record.is_some() && *self.settings.api_key == *DEFAULT_API_KEY {
            self.settings.api_key = std::env::var("CALLFLUENT_API_KEY").map_or(self.settings.api_key, Into::into);
        }
        let shared = Arc::new(SharedState::new(self.settings, beginning, webhooks));
        let state = Arc::clone(&shared);
        let background = sender.run(move |generation, delivery| state.lock().add_delivery(generation, delivery));
        let server = ServerThread::start(self.port, router(Arc::clone(&shared)), background)?;
        if let Some(exchanges) = shared.exchanges() {
            exchanges.begin()?;
        }
        let base_url = format!("http://{}/api", server.address());
        Ok(Sandbox { shared, server, base_url })
    }
}
