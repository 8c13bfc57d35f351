//! The delay between two polls of the call history: short after a change, then longer and longer up
//! to a maximum.

use std::time::{Duration, Instant};

use crate::jitter;

/// Shortest and longest delay, unless the user sets them.
pub(super) const MIN_INTERVAL: Duration = Duration::from_secs(1);
pub(super) const MAX_INTERVAL: Duration = Duration::from_secs(15);
/// Longest delay that is scheduled. A user or a `Retry-After` header can name longer ones, such as
/// infinity, which would overflow.
const MAX_DELAY: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Factor by which the delay grows after a poll without a change.
const GROWTH: f64 = 1.5;
/// Each delay is spread by this share in both directions, so that clients that start together do
/// not poll together.
const SPREAD: f64 = 0.1;

/// The delays between polls.
#[derive(Debug, Clone)]
pub(crate) struct PollSchedule {
    pub(crate) min_interval: Duration,
    pub(crate) max_interval: Duration,
    delay: Option<Duration>,
}

impl Default for PollSchedule {
    fn default() -> Self {
        Self { min_interval: MIN_INTERVAL, max_interval: MAX_INTERVAL, delay: None }
    }
}

impl PollSchedule {
    /// Sets the shortest and the longest delay. `None` keeps the default.
    pub(crate) fn set_intervals(&mut self, min: Option<Duration>, max: Option<Duration>) {
        self.min_interval = min.unwrap_or(self.min_interval);
        self.max_interval = max.unwrap_or(self.max_interval);
    }

    /// Returns the time of the next poll: after the delay, and after the one that the server
    /// requests.
    pub(crate) fn next_poll(&mut self, has_changed: bool, retry_after: Option<Duration>) -> Instant {
        let delay = self.after_poll(has_changed).max(retry_after.unwrap_or_default());
        Instant::now() + delay.min(MAX_DELAY)
    }

    /// Returns the delay after a poll.
    fn after_poll(&mut self, has_changed: bool) -> Duration {
        let factor = 1.0 - SPREAD + 2.0 * SPREAD * jitter::random();
        self.unspread(has_changed).mul_f64(factor)
    }

    fn unspread(&mut self, has_changed: bool) -> Duration {
        let grown = self.delay.filter(|_| !has_changed).map(|delay| delay.mul_f64(GROWTH));
        let delay = grown.unwrap_or(self.min_interval).min(self.max_interval).min(MAX_DELAY);
        self.delay = Some(delay);
        delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_grows_until_a_change_resets_it() {
        let mut schedule = PollSchedule::default();
        let mut delays: Vec<_> = (0..9).map(|_| schedule.unspread(false).as_millis()).collect();
        assert_eq!(delays.split_off(3), [3_375, 5_062, 7_593, 11_390, 15_000, 15_000]);
        assert_eq!(delays, [1_000, 1_500, 2_250]);
        assert_eq!(schedule.unspread(true), Duration::from_secs(1));
        assert_eq!(schedule.unspread(false), Duration::from_millis(1_500));
    }

    #[test]
    fn an_infinite_delay_is_limited() {
        let mut schedule = PollSchedule::default();
        schedule.set_intervals(Some(Duration::MAX), Some(Duration::MAX));
        for has_changed in [true, false, false, true] {
            assert_eq!(schedule.unspread(has_changed), MAX_DELAY);
            assert!(schedule.next_poll(has_changed, None) > Instant::now() + MAX_DELAY / 2);
        }
        let next = PollSchedule::default().next_poll(true, Some(Duration::MAX));
        assert!(next > Instant::now() + MAX_DELAY / 2);
    }

    #[test]
    fn the_delay_is_spread_by_a_tenth() {
        let delays: Vec<_> = (0..500).map(|_| PollSchedule::default().after_poll(true).as_millis()).collect();
        assert!(delays.iter().all(|delay| (900..=1_100).contains(delay)));
        assert!(delays.iter().any(|delay| *delay < 950) && delays.iter().any(|delay| *delay > 1_050));
    }
}
