//! A sliding-window rate limit. Slots are points in time that come and pass by themselves, so a
//! request whose future is not polled blocks no other one.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Upper bound of the slots to remember. Higher rates use a shorter window.
const MAX_SLOTS: f64 = 1_000.0;
/// A slot is lost if it is used later than this part of the window.
const TOLERANCE: u32 = 20;
/// Timers and busy threads are late by some milliseconds. Windows can be shorter than that.
const MIN_TOLERANCE: Duration = Duration::from_millis(5);
/// Maximum number of slots that one request may lose: a busy machine may always be late.
const MAX_LOST_SLOTS: usize = 3;
/// Upper bound of the window, for tiny rates.
const MAX_WINDOW: Duration = Duration::from_secs(86_400);

/// Lets at most `slots` requests pass in any period of `window`.
#[derive(Debug)]
pub(super) struct RateLimit {
    slots: usize,
    window: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The latest slots, in order; at most as many as may pass in one window.
    latest: VecDeque<Instant>,
    /// Future slots of those who gave up waiting.
    returned: BTreeSet<(Instant, u64)>,
    /// Tells equal instants in `returned` apart.
    next_id: u64,
}

impl RateLimit {
    /// Returns a limit of `rate` per second, which is above 0. `burst` requests may pass at once;
    /// by default those of one second.
    pub(super) fn per_second(rate: f64, burst: Option<usize>) -> Self {
        #[allow(clippy::cast_precision_loss)] // Greater bursts are cut below.
        let burst = burst.map_or(rate, |burst| burst as f64);
        let slots = burst.floor().clamp(1.0, MAX_SLOTS);
        let window = Duration::try_from_secs_f64(slots / rate).unwrap_or(MAX_WINDOW).min(MAX_WINDOW);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Self::new(slots as usize, window)
    }

    /// Returns a limit of `slots`, at least one, in any period of `window`.
    pub(super) fn new(slots: usize, window: Duration) -> Self {
        Self { slots, window, state: Mutex::default() }
    }

    /// Waits for a slot.
    pub(super) async fn acquire(&self) {
        let mut slot = self.reserve();
        for _ in 0..MAX_LOST_SLOTS {
            sleep_until(slot.at).await;
            // A slot that passed while nobody polled is lost, or all that stood still would pass at
            // once.
            if slot.at.elapsed() <= MIN_TOLERANCE.max(self.window / TOLERANCE) {
                break;
            }
            slot.used = true;
            slot = self.reserve();
        }
        sleep_until(slot.at).await;
        slot.used = true;
    }

    fn reserve(&self) -> Slot<'_> {
        let now = Instant::now();
        let mut state = self.state();
        state.returned = state.returned.split_off(&(now, 0));
        let at = match state.returned.pop_first() {
            Some((at, _)) => at,
            None => {
                let after_window = if state.latest.len() < self.slots { None } else { state.latest.pop_front() };
                let at = after_window.map_or(now, |oldest| now.max(oldest + self.window));
                state.latest.push_back(at);
                at
            }
        };
        Slot { limit: self, at, used: false }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reserved point in time. Dropped before its use, it goes to the next one who asks.
struct Slot<'a> {
    limit: &'a RateLimit,
    at: Instant,
    used: bool,
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        if !self.used {
            let mut state = self.limit.state();
            state.next_id += 1;
            let entry = (self.at, state.next_id);
            state.returned.insert(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use futures_util::FutureExt as _;
    use futures_util::future::join_all;

    use super::*;

    const WINDOW: Duration = Duration::from_millis(100);

    /// A limit whose only slot in this window is taken.
    async fn exhausted() -> RateLimit {
        let limit = RateLimit::new(1, WINDOW);
        limit.acquire().await;
        limit
    }

    /// A future that was polled once and waits.
    fn unpolled(limit: &RateLimit) -> Pin<Box<impl Future<Output = ()>>> {
        let mut future = Box::pin(limit.acquire());
        assert!(future.as_mut().now_or_never().is_none(), "it does not wait");
        future
    }

    /// The number of windows until a future completes.
    async fn windows(future: impl Future) -> u128 {
        let started = Instant::now();
        let completed = tokio::time::timeout(Duration::from_secs(3_600), future).await;
        assert!(completed.is_ok(), "it waits for ever");
        started.elapsed().as_millis() / WINDOW.as_millis()
    }

    #[tokio::test(start_paused = true)]
    async fn an_unpolled_future_holds_only_its_own_slot() {
        let limit = exhausted().await;
        let waiting = [unpolled(&limit), unpolled(&limit)];
        assert_eq!(windows(limit.acquire()).await, 3);
        assert_eq!(windows(limit.acquire()).await, 1);
        drop(waiting);
        assert_eq!(windows(limit.acquire()).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slot_that_passed_unpolled_is_lost() {
        let limit = RateLimit::new(2, WINDOW * 2);
        limit.acquire().await;
        limit.acquire().await;
        let late: Vec<_> = std::iter::repeat_with(|| unpolled(&limit)).take(6).collect();
        tokio::time::sleep(WINDOW * 100).await;
        // Two pass at once, and two more in each window.
        assert_eq!(windows(join_all(late)).await, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_future_returns_its_slot() {
        let limit = exhausted().await;
        let dropped: Vec<_> = std::iter::repeat_with(|| unpolled(&limit)).take(50).collect();
        drop(dropped);
        assert_eq!(windows(limit.acquire()).await, 1);
        assert_eq!(windows(limit.acquire()).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn dropping_ten_thousand_futures_is_fast() {
        let limit = exhausted().await;
        let dropped: Vec<_> = std::iter::repeat_with(|| unpolled(&limit)).take(10_000).collect();
        let started = std::time::Instant::now();
        drop(dropped);
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        assert_eq!(windows(limit.acquire()).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_does_not_let_two_windows_pass_at_once() {
        let limit = RateLimit::per_second(10.0, None);
        let passed = Mutex::new(Vec::new());
        let requests = (0..40).map(|_| async {
            limit.acquire().await;
            passed.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
        });
        let mut requests = Box::pin(join_all(requests));
        assert!(requests.as_mut().now_or_never().is_none());
        tokio::time::sleep(Duration::from_millis(3_500)).await;
        requests.await;
        let mut passed = passed.into_inner().unwrap_or_else(PoisonError::into_inner);
        passed.sort_unstable();
        for (first, eleventh) in passed.iter().zip(passed.iter().skip(10)) {
            assert!(*eleventh - *first >= Duration::from_millis(950), "{passed:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_window_has_more_than_the_limit() {
        let limit = RateLimit::per_second(5.0, None);
        let mut passed = Vec::new();
        for pause in [0, 0, 0, 250, 0, 0, 800, 0, 0, 0, 0, 0, 0, 300, 0, 0, 0, 0, 0, 0] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            limit.acquire().await;
            passed.push(Instant::now());
        }
        for (first, sixth) in passed.iter().zip(passed.iter().skip(5)) {
            assert!(*sixth - *first >= Duration::from_secs(1), "{passed:?}");
        }
    }
}
