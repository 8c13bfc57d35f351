//! The state that the server, the control endpoints and the `Sandbox` handle share: account, clock,
//! journal, scripted responses, random faults and webhooks.
//! One lock protects all of it, because processing a request changes all of it in one step.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};

use crate::demo_data::initial_account;
use crate::field_error::FieldErrors;
use crate::journal::Journal;
use crate::random_faults::RandomFaults;
use crate::response_queue::ResponseQueue;
use crate::settings::Settings;
use crate::state::Account;
use crate::webhook::{Job, WebhookDelivery};

#[derive(Debug)]
pub(crate) struct SharedState {
    settings: Settings,
    state: Mutex<State>,
    jobs: mpsc::UnboundedSender<Job>,
    /// The number of changes, for pages in browsers.
    changes: watch::Sender<u64>,
    /// Snapshots of tests in other languages, which have their positions as IDs.
    snapshots: Mutex<Vec<State>>,
}

#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) account: Account,
    pub(crate) journal: Journal,
    pub(crate) responses: ResponseQueue,
    pub(crate) faults: RandomFaults,
    pub(crate) deliveries: VecDeque<WebhookDelivery>,
    pub(crate) key_is_revoked: bool,
    requests: u64,
    /// Seconds by which tests have moved the clock.
    moved: u64,
    /// The number of resets, so that late results do not reach the new state.
    generation: u64,
}

/// The ID and the time of a received request.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) request_id: String,
    pub(crate) time: u64,
}

impl SharedState {
    /// Creates the initial state. `jobs` sends webhook requests to their queue.
    pub(crate) fn new(settings: Settings, jobs: mpsc::UnboundedSender<Job>) -> Self {
        let state = Mutex::new(State::new(&settings));
        Self { settings, state, jobs, changes: watch::Sender::new(0), snapshots: Mutex::default() }
    }

    /// Locks the state to change it. Pages in browsers show the change after the lock is released.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        let state = self.read();
        self.changes.send_modify(|changes| *changes += 1);
        state
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

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Restores the initial state.
    pub(crate) fn reset(&self) {
        let mut state = self.lock();
        let generation = state.generation + 1;
        *state = State { generation, ..State::new(&self.settings) };
    }

    /// Copies the state.
    pub(crate) fn snapshot(&self) -> State {
        self.read().clone()
    }

    /// Returns to a copied state. Webhook requests that are in flight do not reach it.
    pub(crate) fn restore(&self, snapshot: &State) {
        let mut state = self.lock();
        let generation = state.generation + 1;
        *state = State { generation, ..snapshot.clone() };
    }

    /// Copies the state and returns the ID of the copy.
    pub(crate) fn keep_snapshot(&self) -> usize {
        let snapshot = self.snapshot();
        let mut snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        snapshots.push(snapshot);
        snapshots.len()
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

    /// Counts a request and advances the clock by one second.
    pub(crate) fn arrive(&self) -> Arrival {
        let mut state = self.lock();
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
        for request in state.account.outbox.drain(..) {
            self.add_job(Job::Send { generation, request });
        }
    }

    pub(crate) fn add_job(&self, job: Job) {
        // An error means that the server has ended.
        let _ = self.jobs.send(job);
    }
}

impl State {
    fn new(settings: &Settings) -> Self {
        Self {
            account: initial_account(settings),
            journal: Journal::new(settings.journal_limit),
            responses: ResponseQueue::default(),
            faults: settings.faults.clone(),
            deliveries: VecDeque::new(),
            key_is_revoked: false,
            requests: 0,
            moved: 0,
            generation: 0,
        }
    }

    /// The time of the latest request, or of the latest move of the clock.
    pub(crate) fn now(&self) -> u64 {
        self.account.settings.clock.saturating_add(self.requests).saturating_add(self.moved)
    }

    /// Adds the result of a webhook request. The limit of the journal bounds the memory.
    pub(crate) fn add_delivery(&mut self, generation: u64, delivery: WebhookDelivery) {
        if generation != self.generation {
            return;
        }
        self.deliveries.push_back(delivery);
        while self.deliveries.len() > self.account.settings.journal_limit {
            self.deliveries.pop_front();
        }
    }
}
