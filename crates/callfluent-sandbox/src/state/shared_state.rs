//! The state that the server, the control endpoints and the `Sandbox` handle share: account, clock,
//! journal, scripted responses, random faults and webhooks.
//! One lock protects all of it, because processing a request changes all of it in one step. Its
//! release stores the change, so that a response is never sent before.

use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::log::Log;
use crate::account::{Account, initial_account};
use crate::errors::{ErrorResponse, FieldErrors};
use crate::exchanges::{Exchanges, Progress};
use crate::requests::JournalEntry;
use crate::scripted_responses::{RandomFaults, ResponseQueue};
use crate::settings::Settings;
use crate::webhooks::{WebhookDelivery, WebhookQueue, WebhookRequest};

#[derive(Debug)]
pub(crate) struct SharedState {
    settings: Settings,
    state: Mutex<State>,
    webhooks: WebhookQueue,
    /// The number of changes, for pages in browsers.
    changes: watch::Sender<u64>,
    /// Snapshots of tests in other languages, which have their positions as IDs.
    snapshots: Mutex<Vec<State>>,
    storage: Option<Mutex<Storage>>,
    exchanges: Option<Exchanges>,
}

/// Keeps the state beyond the end of the process.
pub(crate) trait Store: std::fmt::Debug + Send {
    /// Writes the changes since the last successful call.
    fn save(&mut self, state: &mut State) -> io::Result<()>;

    /// Writes a copy of the state.
    fn save_snapshot(&mut self, id: usize, snapshot: &mut State) -> io::Result<()>;
}

/// A store, and the error if its latest write failed.
#[derive(Debug)]
struct Storage {
    store: Box<dyn Store>,
    error: Option<ErrorResponse>,
}

/// The beginning of a sandbox: its state, and the objects that earlier processes kept.
#[derive(Debug)]
pub(crate) struct Beginning {
    pub(crate) state: State,
    pub(crate) snapshots: Vec<State>,
    pub(crate) store: Option<Box<dyn Store>>,
    pub(crate) exchanges: Option<Exchanges>,
}

impl Beginning {
    /// The initial state, which nothing keeps.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { state: State::new(settings), snapshots: Vec::new(), store: None, exchanges: None }
    }
}

#[derive(Debug, Clone)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct State {
    pub(crate) account: Account,
    pub(crate) journal: Log<JournalEntry>,
    pub(crate) responses: ResponseQueue,
    pub(crate) faults: RandomFaults,
    pub(crate) deliveries: Log<WebhookDelivery>,
    /// Webhook requests that have not been sent.
    pending: Vec<WebhookRequest>,
    pub(crate) key_is_revoked: bool,
    pub(crate) requests: u64,
    /// Seconds by which tests and polls have moved the clock.
    moved: u64,
    /// The number of resets, so that late results do not reach the new state.
    pub(crate) generation: u64,
    /// The position of a replay, in a copy of the state.
    #[cfg_attr(feature = "data-dir", serde(skip))]
    progress: Option<Progress>,
}

/// The locked state. Its release stores the change and informs pages in browsers.
#[derive(Debug)]
pub(crate) struct ChangingState<'a> {
    shared: &'a SharedState,
    state: MutexGuard<'a, State>,
}

impl Deref for ChangingState<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for ChangingState<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for ChangingState<'_> {
    fn drop(&mut self) {
        self.shared.store(|store| store.save(&mut self.state));
        self.shared.changes.send_modify(|changes| *changes += 1);
    }
}

/// The ID and the time of a received request.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) request_id: String,
    pub(crate) time: u64,
}

impl SharedState {
    /// Begins with this state. The first requests in the queue of webhooks are those that an
    /// earlier process has not sent.
    pub(crate) fn new(settings: Settings, beginning: Beginning, webhooks: WebhookQueue) -> Self {
        let shared = Self {
            settings,
            state: Mutex::new(beginning.state),
            webhooks,
            changes: watch::Sender::new(0),
            snapshots: Mutex::new(beginning.snapshots),
            exchanges: beginning.exchanges,
            storage: beginning.store.map(|store| Mutex::new(Storage { store, error: None })),
        };
        let mut state = shared.lock();
        let pending = std::mem::take(&mut state.pending);
        state.account.outbox.splice(..0, pending);
        shared.send_webhooks(&mut state);
        drop(state);
        shared
    }

    /// Locks the state to change it.
    pub(crate) fn lock(&self) -> ChangingState<'_> {
        ChangingState { shared: self, state: self.read() }
    }

    /// Writes to the store, if there is one.
    fn store(&self, write: impl FnOnce(&mut dyn Store) -> io::Result<()>) {
        if let Some(storage) = &self.storage {
            let mut storage = storage.lock().unwrap_or_else(PoisonError::into_inner);
            storage.error =
                write(storage.store.as_mut()).err().map(|error| ErrorResponse::NotStored(error.to_string()));
        }
    }

    /// Returns the error if the latest write failed: what it changed is lost if the process ends.
    pub(crate) fn storage_error(&self) -> Option<ErrorResponse> {
        self.storage.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).error.clone()
    }

    /// Locks the state without a change.
    pub(crate) fn read(&self) -> MutexGuard<'_, State> {
        // The state is plain data, so it stays usable after a panic in another thread.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of changes, to wait for the next one.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The exchanges that take the place of the simulated account.
    pub(crate) fn exchanges(&self) -> Option<&Exchanges> {
        self.exchanges.as_ref()
    }

    /// Rejects changes of the account while responses are those of a real server.
    pub(crate) fn check_account(&self) -> Result<(), FieldErrors> {
        if self.exchanges.is_none() {
            return Ok(());
        }
        let reason = "not while exchanges are recorded or replayed: the account is that of the real server; \
            to change responses, use respond or faults";
        Err(FieldErrors::single("account", reason))
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Restores the initial state.
    pub(crate) fn reset(&self) {
        let mut state = self.lock();
        let generation = state.generation + 1;
        *state = State { generation, ..State::new(&self.settings) };
        if let Some(Exchanges::Replay(replay)) = &self.exchanges {
            replay.rewind(Progress::default());
        }
    }

    /// Copies the state, without the webhook requests that are in flight.
    pub(crate) fn snapshot(&self) -> State {
        let progress = match &self.exchanges {
            Some(Exchanges::Replay(replay)) => Some(replay.progress()),
            _ => None,
        };
        State { pending: Vec::new(), progress, ..self.read().clone() }
    }

    /// Returns to a copied state. Webhook requests that are in flight do not reach it.
    pub(crate) fn restore(&self, snapshot: &State) {
        let mut state = self.lock();
        let generation = state.generation + 1;
        *state = State { generation, progress: None, ..snapshot.clone() };
        if let (Some(Exchanges::Replay(replay)), Some(progress)) = (&self.exchanges, &snapshot.progress) {
            replay.rewind(progress.clone());
        }
    }

    /// Copies the state and returns the ID of the copy.
    pub(crate) fn keep_snapshot(&self) -> usize {
        let mut snapshot = self.snapshot();
        let mut snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        let id = snapshots.len() + 1;
        self.store(|store| store.save_snapshot(id, &mut snapshot));
        snapshots.push(snapshot);
        id
    }

    /// Returns to the copy with this ID. Returns false if it is unknown.
    pub(crate) fn restore_kept(&self, id: u64) -> bool {
        let snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        let index = usize::try_from(id).ok().and_then(|id| id.checked_sub(1));
        index.and_then(|index| snapshots.get(index)).map(|snapshot| self.restore(snapshot)).is_some()
    }

    /// Changes the maximum numbers of agents and workspaces.
    pub(crate) fn set_limits(&self, agents: Option<usize>, workspaces: Option<usize>) {
        let settings = &mut self.lock().account.settings;
        settings.agent_limit = agents.unwrap_or(settings.agent_limit);
        settings.workspace_limit = workspaces.unwrap_or(settings.workspace_limit);
    }

    /// Gives or takes the permission for a workspace.
    pub(crate) fn set_permission(&self, workspace_id: u64, allowed: bool) -> Result<(), FieldErrors> {
        let account = &mut self.lock().account;
        if !account.workspaces.iter().any(|workspace| workspace.id == workspace_id) {
            return Err(FieldErrors::single("workspace_id", format!("unknown workspace {workspace_id}")));
        }
        if allowed {
            account.forbidden_workspaces.remove(&workspace_id);
        } else {
            account.forbidden_workspaces.insert(workspace_id);
        }
        Ok(())
    }

    /// Counts a request and advances the clock by one second. This is stored with the result of the
    /// request.
    pub(crate) fn arrive(&self) -> Arrival {
        let mut state = self.read();
        state.requests += 1;
        Arrival { request_id: format!("sandbox-{:06}", state.requests), time: state.now() }
    }

    /// Moves the clock. Calls progress and end.
    pub(crate) fn advance(&self, state: &mut State, seconds: u64) {
        state.account.now = state.now();
        state.account.advance(seconds);
        state.moved = state.moved.saturating_add(seconds);
        self.send_webhooks(state);
    }

    /// Queues the webhook requests of calls that have ended.
    pub(crate) fn send_webhooks(&self, state: &mut State) {
        let generation = state.generation;
        for request in std::mem::take(&mut state.account.outbox) {
            state.pending.push(request.clone());
            self.webhooks.add(generation, request);
        }
    }

    pub(crate) fn webhooks(&self) -> &WebhookQueue {
        &self.webhooks
    }
}

impl State {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            account: initial_account(settings),
            journal: Log::new(settings.journal_limit),
            responses: ResponseQueue::default(),
            faults: settings.faults.clone(),
            deliveries: Log::new(settings.journal_limit),
            pending: Vec::new(),
            key_is_revoked: false,
            requests: 0,
            moved: 0,
            generation: 0,
            progress: None,
        }
    }

    /// The time of the latest request, or of the latest move of the clock.
    pub(crate) fn now(&self) -> u64 {
        self.account.settings.clock.saturating_add(self.requests).saturating_add(self.moved)
    }

    /// Keeps the seconds by which a request has moved the clock since its arrival.
    pub(crate) fn keep_moved(&mut self, arrival: u64) {
        self.moved = self.moved.saturating_add(self.account.now.saturating_sub(arrival));
    }

    /// Adds the result of the oldest webhook request that has not been sent.
    pub(crate) fn add_delivery(&mut self, generation: u64, delivery: WebhookDelivery) {
        if generation != self.generation {
            return;
        }
        if !self.pending.is_empty() {
            self.pending.remove(0);
        }
        self.deliveries.add(delivery);
    }
}
