//! Random faults, for code that is to survive a bad day: some strike before a request is carried out and some after, as it
//! happens on a network. The same seed strikes the same requests, as long as they come in the same order.

use std::time::Duration;

use fastrand::Rng;

use crate::scripted::ScriptedResponse;

/// Which of the coming requests are struck, and by what.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    rate: f64,
    random: Rng,
}

impl Faults {
    /// Strikes this share of all requests, from 0 to 1.
    pub(crate) fn new(rate: f64, seed: u64) -> Self {
        Self { rate, random: Rng::with_seed(seed) }
    }

    /// What strikes the next request, if anything does.
    pub(crate) fn strike(&mut self) -> Option<ScriptedResponse> {
        if self.random.f64() >= self.rate {
            return None;
        }
        let late = Duration::from_millis(self.random.u64(20..200));
        // A server that names a time to come back did not act; whatever acted says nothing of the kind.
        let refused = |status| ScriptedResponse::status(status).header("retry-after", "0");
        Some(match self.random.u8(0..10) {
            0 => ScriptedResponse::disconnected(),
            1 => ScriptedResponse::disconnected().process_first(),
            2 => ScriptedResponse::status(500),
            3 => ScriptedResponse::status(500).process_first(),
            4 => refused(503),
            5 => ScriptedResponse::status(503).process_first(),
            6 => refused(429),
            7 => ScriptedResponse::status(504).process_first().delay(late),
            8 => ScriptedResponse::truncated(),
            _ => ScriptedResponse::delayed(late),
        })
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self::new(0.0, 0)
    }
}
