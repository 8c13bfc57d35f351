//! Retry budget: when most requests fail, retries stop, because they would make an outage worse.

use std::sync::atomic::{AtomicU32, Ordering};

/// Enough for 100 retries in a row.
const FULL: u32 = 500;
const COST_OF_A_RETRY: u32 = 5;
/// In the long run one request in five can be retried.
const EARNED_BY_A_SUCCESS: u32 = 1;

/// The budget that a client and its clones share.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(FULL))
    }
}

impl Budget {
    /// Spends the cost of a retry. Returns false if the budget is exhausted.
    pub(crate) fn spend(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(COST_OF_A_RETRY)).is_ok()
    }

    /// Adds the earnings of a response that was not a failure.
    pub(crate) fn earn(&self) {
        // The budget is usually full. Then no write is needed.
        if self.0.load(Ordering::Relaxed) < FULL {
            let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                Some((left + EARNED_BY_A_SUCCESS).min(FULL))
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_retries_exhaust_it_and_five_successes_earn_one() {
        let budget = Budget::default();
        assert_eq!((0..1_000).filter(|_| budget.spend()).count(), 100);
        for _ in 0..5 {
            assert!(!budget.spend());
            budget.earn();
        }
        assert!(budget.spend());
        assert!(!budget.spend());
    }
}
