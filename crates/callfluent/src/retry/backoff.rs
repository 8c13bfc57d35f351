//! The delay between attempts.

use std::time::Duration;

use crate::jitter;

const FIRST_BOUND: Duration = Duration::from_millis(500);
const MAX_BOUND: Duration = Duration::from_secs(8);

/// Returns a random delay up to a bound that doubles with each failed attempt, from 0.5 s to 8 s
/// (full jitter).
pub(crate) fn backoff(failed: u32) -> Duration {
    bound(failed).mul_f64(jitter::random())
}

fn bound(failed: u32) -> Duration {
    let doublings = failed.saturating_sub(1).min(16);
    FIRST_BOUND.saturating_mul(1 << doublings).min(MAX_BOUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_from_half_a_second_to_eight_seconds() {
        let bounds: Vec<_> = [1, 2, 3, 4, 5, 6, u32::MAX].map(bound).iter().map(Duration::as_millis).collect();
        assert_eq!(bounds, [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
    }

    #[test]
    fn the_delay_is_spread_over_the_whole_range() {
        let waits: Vec<_> = (0..1_000).map(|_| backoff(1)).collect();
        assert!(waits.iter().all(|wait| *wait <= FIRST_BOUND));
        assert!(waits.iter().any(|wait| *wait < FIRST_BOUND / 10));
        assert!(waits.iter().any(|wait| *wait > FIRST_BOUND * 9 / 10));
    }
}
