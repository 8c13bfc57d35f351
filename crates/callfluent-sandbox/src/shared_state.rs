//! The state that the server, the control endpoints and the `Sandbox` handle share: account,
//! journal, scripted responses and random faults.
//! One lock protects all of it, because processing a request changes all of it in one step.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::demo_data::initial_account;
use crate::journal::Journal;
use crate::random_faults::RandomFaults;
use crate::scripted_response::ResponseQueue;
use crate::settings::Settings;
use crate::state::Account;

#[derive(Debug)]
pub(crate) struct SharedState {
    settings: Settings,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) account: Account,
    pub(crate) journal: Journal,
    pub(crate) responses: ResponseQueue,
    pub(crate) faults: RandomFaults,
    requests: u64,
}

/// The ID and the time of a received request.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) request_id: String,
    pub(crate) time: u64,
}

impl SharedState {
    pub(crate) fn new(settings: Settings) -> Self {
        let state = Mutex::new(State::new(&settings));
        Self { settings, state }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // The state is plain data, so it stays usable after a panic in another thread.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Restores the initial state.
    pub(crate) fn reset(&self) {
        *self.lock() = State::new(&self.settings);
    }

    /// Counts a request and advances the clock by one second.
    pub(crate) fn arrive(&self) -> Arrival {
        let mut state = self.lock();
        state.requests += 1;
        Arrival {
            request_id: format!("sandbox-{:06}", state.requests),
            time: self.settings.clock.saturating_add(state.requests),
        }
    }
}

impl State {
    fn new(settings: &Settings) -> Self {
        Self {
            account: initial_account(settings),
            journal: Journal::new(settings.journal_limit),
            responses: ResponseQueue::default(),
            faults: settings.faults.clone(),
            requests: 0,
        }
    }
}
