//! What the server, the control endpoints and the `Sandbox` handle share: the state, the journal, the script and the faults,
//! behind one lock.
//! One lock, because a request reads the script, changes the state and writes the journal as one step.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::journal::Journal;
use crate::random_faults::Faults;
use crate::scripted::Script;
use crate::settings::Settings;
use crate::state::World;

#[derive(Debug)]
pub(crate) struct Shared {
    settings: Settings,
    inside: Mutex<Inside>,
}

#[derive(Debug)]
pub(crate) struct Inside {
    pub(crate) world: World,
    pub(crate) journal: Journal,
    pub(crate) script: Script,
    pub(crate) faults: Faults,
    requests: u64,
}

/// When a request came in, by the sandbox's own count and clock.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) request_id: String,
    pub(crate) moment: u64,
}

impl Shared {
    pub(crate) fn new(settings: Settings) -> Self {
        let inside = Mutex::new(Inside::new(&settings));
        Self { settings, inside }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inside> {
        // A panic elsewhere must not silence the sandbox: the state is plain data and stays readable.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Puts everything back to how it was at the start.
    pub(crate) fn reset(&self) {
        *self.lock() = Inside::new(&self.settings);
    }

    /// Counts a request and moves the clock on by a second.
    pub(crate) fn arrive(&self) -> Arrival {
        let mut inside = self.lock();
        inside.requests += 1;
        Arrival {
            request_id: format!("sandbox-{:06}", inside.requests),
            moment: self.settings.clock.saturating_add(inside.requests),
        }
    }
}

impl Inside {
    fn new(settings: &Settings) -> Self {
        Self {
            world: World::new(settings),
            journal: Journal::new(settings.journal_limit),
            script: Script::default(),
            faults: settings.faults.clone(),
            requests: 0,
        }
    }
}
