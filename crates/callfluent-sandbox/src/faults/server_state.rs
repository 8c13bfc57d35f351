//! The state that a server's connections share: the script and the recording.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use super::recording::{Records, locked};
use super::step::Step;

#[derive(Debug)]
pub(crate) struct ServerState {
    script: Mutex<VecDeque<Step>>,
    pub(crate) records: Records,
}

impl ServerState {
    pub(crate) fn new(script: impl IntoIterator<Item = Step>) -> Self {
        Self { script: Mutex::new(script.into_iter().collect()), records: Records::default() }
    }

    /// Takes the next step. The last one repeats.
    pub(crate) fn take(&self) -> Step {
        self.take_if(|_| true).unwrap_or_default()
    }

    /// Takes the next step if it matches. The last one repeats.
    pub(crate) fn take_if(&self, matches: impl FnOnce(&Step) -> bool) -> Option<Step> {
        let mut script = locked(&self.script);
        let step = script.front().filter(|step| matches(step))?.clone();
        if script.len() > 1 {
            script.pop_front();
        }
        Some(step)
    }

    /// Replaces names of addresses in the script.
    pub(crate) fn fill_in(&self, addresses: &BTreeMap<String, String>) {
        for step in locked(&self.script).iter_mut() {
            step.fill_in(addresses);
        }
    }
}
