//! The limits of a client and its clones: concurrent requests, and requests per second.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::options::TransportOptions;
use super::rate_limit::RateLimit;
use crate::hooks::is_within_hook;

/// The limits of a client. Each is optional.
#[derive(Debug)]
pub(crate) struct Limits {
    concurrency: Option<Arc<Semaphore>>,
    rate: Option<RateLimit>,
}

impl Limits {
    pub(crate) fn new(options: &TransportOptions) -> Self {
        Self::with(options.max_concurrency, options.requests_per_second, options.burst)
    }

    fn with(max_concurrency: Option<usize>, requests_per_second: Option<f64>, burst: Option<usize>) -> Self {
        Self {
            concurrency: max_concurrency.map(|most| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)))),
            rate: requests_per_second.map(|rate| RateLimit::per_second(rate, burst)),
        }
    }

    /// Returns whether nothing is limited, so that no request waits.
    pub(super) fn is_unlimited(&self) -> bool {
        self.concurrency.is_none() && self.rate.is_none()
    }

    /// Waits until a request may start. It is in flight until the permit is dropped. A request of a
    /// hook uses the place of the request that waits for the hook.
    pub(crate) async fn admit(&self) -> Option<OwnedSemaphorePermit> {
        let permit = match &self.concurrency {
            Some(semaphore) if !is_within_hook() => Arc::clone(semaphore).acquire_owned().await.ok(),
            _ => None,
        };
        if let Some(rate) = &self.rate {
            rate.acquire().await;
        }
        permit
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_of_one_second_passes_and_then_the_rate_holds() {
        let limits = Limits::with(None, Some(10.0), None);
        let start = Instant::now();
        for _ in 0..10 {
            limits.admit().await;
        }
        assert!(start.elapsed() < Duration::from_millis(10), "{:?}", start.elapsed());
        for _ in 0..20 {
            limits.admit().await;
        }
        let elapsed = start.elapsed();
        assert!(elapsed >= Duration::from_millis(1_990) && elapsed <= Duration::from_millis(2_010), "{elapsed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_option_sets_how_many_start_at_once() {
        for (burst, expected) in [(1, 200), (5, 1_000), (20, 4_000)] {
            let limits = Limits::with(None, Some(5.0), Some(burst));
            let start = Instant::now();
            for _ in 0..burst {
                limits.admit().await;
            }
            let at_once = if burst == 1 { 0 } else { start.elapsed().as_millis() };
            assert!(at_once < 10, "burst {burst}: {at_once} ms");
            limits.admit().await;
            let next = start.elapsed().as_millis();
            assert!((expected - 10..=expected + 10).contains(&next), "burst {burst}: {next} ms");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn unpolled_requests_do_not_all_start_at_once() {
        let limits = Limits::with(None, Some(10.0), None);
        for _ in 0..10 {
            limits.admit().await;
        }
        let mut waiting: Vec<_> = (0..30).map(|_| Box::pin(limits.admit())).collect();
        assert!(waiting.iter_mut().all(|waiter| waiter.as_mut().now_or_never().is_none()));
        tokio::time::advance(Duration::from_secs(5)).await;
        let at_once = waiting.iter_mut().filter_map(|waiter| waiter.as_mut().now_or_never()).count();
        assert!((10..=11).contains(&at_once), "{at_once}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_below_one_per_second_spaces_requests() {
        let limits = Limits::with(None, Some(0.5), None);
        let start = Instant::now();
        for _ in 0..3 {
            limits.admit().await;
        }
        assert_eq!(start.elapsed().as_secs(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_canceled_wait_does_not_use_up_the_rate() {
        let limits = Limits::with(None, Some(1.0), None);
        let start = Instant::now();
        limits.admit().await;
        for _ in 0..100 {
            let given_up = tokio::time::timeout(Duration::from_millis(1), limits.admit()).await;
            assert!(given_up.is_err(), "a second request was admitted");
        }
        limits.admit().await;
        assert!(start.elapsed() <= Duration::from_millis(1_010), "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn the_smallest_rate_allows_one_request() {
        for rate in [1e-19, f64::MIN_POSITIVE] {
            let limits = Limits::with(None, Some(rate), None);
            limits.admit().await;
            assert!(tokio::time::timeout(Duration::from_secs(3_600), limits.admit()).await.is_err());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn concurrent_requests_do_not_exceed_the_maximum() {
        let limits = Limits::with(Some(2), None, None);
        let first = limits.admit().await;
        let _second = limits.admit().await;
        let waited = tokio::time::timeout(Duration::from_secs(1), limits.admit()).await;
        assert!(waited.is_err(), "a third request was admitted");
        drop(first);
        assert!(limits.admit().await.is_some());
    }
}
