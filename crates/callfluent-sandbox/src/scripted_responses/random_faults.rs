//! Random faults, before or after a request is processed, as on a real network.
//! A seed repeats the same faults for the same requests in the same order.

use std::time::Duration;

use fastrand::Rng;

use super::scripted_response::ScriptedResponse;

/// Decides which requests fail, and with which fault.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct RandomFaults {
    rate: f64,
    #[cfg_attr(feature = "data-dir", serde(with = "crate::rng_state"))]
    random: Rng,
}

impl RandomFaults {
    /// `rate` is the share of requests with a fault, from 0 to 1.
    pub(crate) fn new(rate: f64, seed: u64) -> Self {
        Self { rate, random: Rng::with_seed(seed) }
    }

    /// Returns the fault of the next request, if it has one.
    pub(crate) fn next_fault(&mut self) -> Option<ScriptedResponse> {
        if self.random.f64() >= self.rate {
            return None;
        }
        let delay = Duration::from_millis(self.random.u64(20..200));
        // `Retry-After` implies that the request was not processed, so processed ones never have
        // it.
        let unprocessed = |status| ScriptedResponse::status(status).header("retry-after", "0");
        Some(match self.random.u8(0..10) {
            0 => ScriptedResponse::disconnected(),
            1 => ScriptedResponse::disconnected().process_first(),
            2 => ScriptedResponse::status(500),
            3 => ScriptedResponse::status(500).process_first(),
            4 => unprocessed(503),
            5 => ScriptedResponse::status(503).process_first(),
            6 => unprocessed(429),
            7 => ScriptedResponse::status(504).process_first().delay(delay),
            8 => ScriptedResponse::truncated(),
            _ => ScriptedResponse::delayed(delay),
        })
    }
}

impl Default for RandomFaults {
    fn default() -> Self {
        Self::new(0.0, 0)
    }
}
