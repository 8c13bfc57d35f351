//! Random faults, for code that is to survive a bad day: some strike before a request is carried out and some after, as it
//! happens on a network. The same seed strikes the same requests, as long as they come in the same order.

use std::time::Duration;

use fastrand::Rng;

use crate::scripted::ScriptedAnswer;

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
    pub(crate) fn strike(&mut self) -> Option<ScriptedAnswer> {
        if self.random.f64() >= self.rate {
            return None;
        }
        let late = Duration::from_millis(self.random.u64(20..200));
        // A server that names a time to come back did not act; whatever acted says nothing of the kind.
        let refused = |status| ScriptedAnswer::status(status).header("retry-after", "0");
        Some(match self.random.u8(0..10) {
            0 => ScriptedAnswer::closed(),
            1 => ScriptedAnswer::closed().act_first(),
            2 => ScriptedAnswer::status(500),
            3 => ScriptedAnswer::status(500).act_first(),
            4 => refused(503),
            5 => ScriptedAnswer::status(503).act_first(),
            6 => refused(429),
            7 => ScriptedAnswer::status(504).act_first().delay(late),
            8 => ScriptedAnswer::cut_off(),
            _ => ScriptedAnswer::delayed(late),
        })
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self::new(0.0, 0)
    }
}
