//! Throttles new connections. During a burst, pending requests use connections as they become free,
//! which is faster than opening one for each. If none becomes free soon, the server is far away or
//! slow, and connections are added at a steady pace.

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tower_layer::Layer;
use tower_service::Service;

use super::rate_limit::RateLimit;

/// Maximum number of requests in flight whose connections are made without delay.
const MAX_UNDELAYED_REQUESTS: usize = 64;
/// Time that a request beyond them waits for a connection to become free.
const FREE_CONNECTION_WAIT: Duration = Duration::from_millis(5);
/// Maximum number of connections that begin in each period after that time.
const MAX_CONNECTIONS_PER_PERIOD: usize = 16;
const PACING_PERIOD: Duration = Duration::from_millis(2);
/// Time that requests wait for the first connection to an HTTPS server.
const FIRST_CONNECTION_WAIT: Duration = Duration::from_millis(500);
/// Time after which a first connection serves all requests, if it is HTTP/2.
const SHARING_DELAY: Duration = Duration::from_millis(10);
/// Maximum time that a request waits for the first connection before it makes its own.
pub(super) const MAX_FIRST_CONNECTION_WAIT: Duration = FIRST_CONNECTION_WAIT.saturating_add(SHARING_DELAY);

tokio::task_local! {
    /// Set while a request waits for the connection. The pool also polls connections without one.
    static WANTED: ();
}

/// The connection throttle of one client.
#[derive(Debug)]
pub(super) struct ConnectThrottle {
    in_flight: AtomicUsize,
    pacing: RateLimit,
    is_encrypted: bool,
    connect_timeout: Duration,
    is_connecting: AtomicBool,
    has_connected: AtomicBool,
    first_ended: Notify,
}

impl ConnectThrottle {
    pub(super) fn new(is_encrypted: bool, connect_timeout: Duration) -> Self {
        Self {
            in_flight: AtomicUsize::new(0),
            pacing: RateLimit::new(MAX_CONNECTIONS_PER_PERIOD, PACING_PERIOD),
            is_encrypted,
            connect_timeout,
            is_connecting: AtomicBool::new(false),
            has_connected: AtomicBool::new(false),
            first_ended: Notify::new(),
        }
    }

    /// Counts a request as in flight until the guard is dropped.
    pub(super) fn enter(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.in_flight)
    }

    /// Runs a request whose connection may be throttled.
    pub(super) async fn run<T>(&self, request: impl Future<Output = T>) -> T {
        WANTED.scope((), request).await
    }

    /// Returns whether the client ever had a connection.
    pub(super) fn has_connected(&self) -> bool {
        self.has_connected.load(Ordering::Acquire)
    }

    /// Waits until a connection may be made.
    async fn admit(&self) -> Result<FirstConnection<'_>, NotNeeded> {
        let mut first = FirstConnection::new(self);
        if self.is_encrypted && !self.has_connected() && !first.is_first {
            // All time limits here hold although the future of the first one is not polled.
            let _ = timeout(FIRST_CONNECTION_WAIT, self.first_ended.notified()).await;
            sleep(SHARING_DELAY).await;
            first = FirstConnection::new(self);
        }
        if self.in_flight.load(Ordering::Relaxed) > MAX_UNDELAYED_REQUESTS {
            sleep(FREE_CONNECTION_WAIT).await;
            if is_wanted() {
                self.pacing.acquire().await;
            }
        }
        if is_wanted() { Ok(first) } else { Err(NotNeeded) }
    }
}

fn is_wanted() -> bool {
    WANTED.try_with(|()| ()).is_ok()
}

pub(super) struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection that is being made while there was none before.
struct FirstConnection<'a> {
    throttle: &'a ConnectThrottle,
    is_first: bool,
}

impl<'a> FirstConnection<'a> {
    fn new(throttle: &'a ConnectThrottle) -> Self {
        let is_first = !throttle.has_connected() && !throttle.is_connecting.swap(true, Ordering::AcqRel);
        Self { throttle, is_first }
    }
}

impl Drop for FirstConnection<'_> {
    fn drop(&mut self) {
        if self.is_first {
            self.throttle.is_connecting.store(false, Ordering::Release);
            self.throttle.first_ended.notify_waiters();
        }
    }
}

/// The request was served by another connection while this one waited. It is never reported.
#[derive(Debug, thiserror::Error)]
#[error("connection is not needed")]
struct NotNeeded;

/// Puts the throttle in front of reqwest's connector.
#[derive(Clone)]
pub(super) struct ThrottleLayer(pub(super) Arc<ConnectThrottle>);

impl<S> Layer<S> for ThrottleLayer {
    type Service = Throttled<S>;

    fn layer(&self, inner: S) -> Throttled<S> {
        Throttled { inner: Arc::new(inner), throttle: Arc::clone(&self.0) }
    }
}

/// reqwest clones its connector several times per request, and seldom connects. A clone of the
/// inner service has many allocations, so it is made for a new connection only.
pub(super) struct Throttled<S> {
    inner: Arc<S>,
    throttle: Arc<ConnectThrottle>,
}

impl<S> Clone for Throttled<S> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), throttle: Arc::clone(&self.throttle) }
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

impl<S, R> Service<R> for Throttled<S>
where
    S: Service<R, Error = BoxError> + Clone + Send + Sync + 'static,
    S::Future: Send,
    R: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    /// Always ready: `call` waits for the clone that connects.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: R) -> Self::Future {
        let Self { inner, throttle } = self.clone();
        Box::pin(async move {
            let _first = throttle.admit().await?;
            let mut inner = S::clone(&inner);
            let connecting = async {
                poll_fn(|context| inner.poll_ready(context)).await?;
                inner.call(target).await
            };
            // The wait before does not count.
            let Ok(connection) = timeout(throttle.connect_timeout, connecting).await else {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "connect timeout expired").into());
            };
            let connection = connection?;
            throttle.has_connected.store(true, Ordering::Release);
            Ok(connection)
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use futures_util::future::join_all;
    use tokio::time::Instant;

    use super::*;

    const CONNECT: Duration = Duration::from_secs(10);

    /// Milliseconds after which each of so many connections is admitted.
    async fn admitted(throttle: &ConnectThrottle, count: usize) -> Vec<u128> {
        let started = Instant::now();
        let each = || async {
            let _in_flight = throttle.enter();
            let first = throttle.run(throttle.admit()).await.unwrap();
            let admitted = started.elapsed().as_millis();
            sleep(Duration::from_millis(1)).await;
            throttle.has_connected.store(true, Ordering::Release);
            drop(first);
            // The connection is in use when the others are admitted.
            sleep(Duration::from_secs(1)).await;
            admitted
        };
        join_all((0..count).map(|_| each())).await
    }

    #[tokio::test(start_paused = true)]
    async fn connections_beyond_64_are_delayed_and_paced() {
        let throttle = ConnectThrottle::new(false, CONNECT);
        let after = admitted(&throttle, MAX_UNDELAYED_REQUESTS + 400).await;
        assert!(after.iter().take(MAX_UNDELAYED_REQUESTS).all(|after| *after == 0), "{after:?}");
        assert!(after.iter().skip(MAX_UNDELAYED_REQUESTS).all(|after| (5..=65).contains(after)), "{after:?}");
        assert!(after.iter().filter(|after| **after <= 15).count() <= MAX_UNDELAYED_REQUESTS + 100, "{after:?}");
        assert_eq!(admitted(&throttle, MAX_UNDELAYED_REQUESTS).await, vec![0; MAX_UNDELAYED_REQUESTS]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_https_connection_is_made_alone() {
        let throttle = ConnectThrottle::new(true, CONNECT);
        let mut after = admitted(&throttle, 3).await;
        after.sort_unstable();
        assert_eq!(after.first(), Some(&0));
        assert!(after.iter().skip(1).all(|after| *after >= SHARING_DELAY.as_millis()), "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_unpolled_first_connection_delays_others_briefly() {
        let throttle = ConnectThrottle::new(true, CONNECT);
        let unpolled = throttle.run(throttle.admit()).await.unwrap();
        let after = admitted(&throttle, 2).await;
        assert!(after.iter().all(|after| *after <= 520), "{after:?}");
        drop(unpolled);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_no_request_waits_for_is_not_made() {
        assert!(ConnectThrottle::new(false, CONNECT).admit().await.is_err());
    }

    /// A connector that takes this long.
    #[derive(Clone)]
    struct Connector(Duration);

    impl Service<()> for Connector {
        type Response = ();
        type Error = BoxError;
        type Future = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, (): ()) -> Self::Future {
            let duration = self.0;
            Box::pin(async move {
                sleep(duration).await;
                Ok(())
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_for_another_connection_is_no_part_of_the_timeout() {
        let throttle = Arc::new(ConnectThrottle::new(true, Duration::from_millis(700)));
        let other = throttle.run(throttle.admit()).await.unwrap();
        let connect =
            |duration| ThrottleLayer(Arc::clone(&throttle)).layer(Connector(Duration::from_millis(duration))).call(());
        throttle.run(connect(600)).await.unwrap();
        drop(other);
        let error = throttle.run(connect(800)).await.unwrap_err();
        assert_eq!(error.downcast::<io::Error>().unwrap().kind(), io::ErrorKind::TimedOut);
    }
}
