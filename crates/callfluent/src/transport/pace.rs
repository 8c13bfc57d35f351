//! How quickly new connections are made. A thousand calls at the same moment need no thousand connections: each that is there
//! carries the next call as soon as it has brought an answer, which takes less than to make another one.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

use super::bucket::Bucket;
use super::connector::Failure;

/// So many connections are made as soon as they are asked for; nobody who needs fewer notices anything.
const AT_ONCE: usize = 64;
/// Beyond them, one that is there has so long to become free.
const PATIENCE: Duration = Duration::from_millis(50);
/// After that one more is made every so often, so that a thousand are there after a quarter of a second if all are needed.
const EVERY: Duration = Duration::from_micros(250);
/// What timers are late by is made up for.
const LATE: Duration = Duration::from_millis(2);

tokio::task_local! {
    /// Is there while somebody waits for the connection that is being made.
    static WANTED: ();
}

/// Runs a request for which connections are made at this pace.
pub(super) async fn wanting<T>(request: impl Future<Output = T>) -> T {
    WANTED.scope((), request).await
}

/// The pace of one client.
#[derive(Debug)]
pub(super) struct Pace {
    connections: Arc<Connections>,
    further: Bucket,
}

/// How many connections there are, those included that are being made.
#[derive(Debug, Default)]
struct Connections {
    open: AtomicUsize,
    /// Tells that there are few again.
    few: Notify,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { connections: Arc::default(), further: Bucket::new(EVERY, LATE, LATE) }
    }

    /// Waits until another connection may be made. It fails where that is not needed any more: the pool goes on making a
    /// connection for a request that has got another one meanwhile.
    pub(super) async fn admit(&self) -> Result<Open, Failure> {
        if let Some(open) = self.one_of_few() {
            return Ok(open);
        }
        let patient = timeout(PATIENCE, async {
            loop {
                self.connections.few.notified().await;
                if let Some(open) = self.one_of_few() {
                    return open;
                }
            }
        });
        match while_wanted(patient).await {
            Some(Ok(open)) => Ok(open),
            Some(Err(_)) if self.further.take_if(is_wanted).await => {
                self.connections.open.fetch_add(1, Ordering::Relaxed);
                Ok(Open(Arc::clone(&self.connections)))
            }
            _ => Err("the connection is not needed any more".into()),
        }
    }

    fn one_of_few(&self) -> Option<Open> {
        let few = |open: usize| (open < AT_ONCE).then_some(open + 1);
        let counted = self.connections.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, few);
        counted.is_ok().then(|| Open(Arc::clone(&self.connections)))
    }
}

/// One connection that there is. It counts until this is dropped.
#[derive(Debug)]
pub(super) struct Open(Arc<Connections>);

impl Drop for Open {
    fn drop(&mut self) {
        if self.0.open.fetch_sub(1, Ordering::Relaxed) <= AT_ONCE {
            self.0.few.notify_one();
        }
    }
}

fn is_wanted() -> bool {
    WANTED.try_with(|()| ()).is_ok()
}

/// What becomes of a future, if somebody waits for its connection until then.
async fn while_wanted<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| if is_wanted() { future.as_mut().poll(context).map(Some) } else { Poll::Ready(None) }).await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::time::{Instant, sleep};

    use super::*;

    /// After how many milliseconds each of so many more connections is admitted.
    async fn admitted(pace: &Pace, count: usize) -> Vec<u128> {
        let started = Instant::now();
        let each = || async {
            let open = wanting(pace.admit()).await.unwrap();
            (started.elapsed().as_millis(), open)
        };
        let all = futures_util::future::join_all((0..count).map(|_| each())).await;
        all.iter().map(|(after, _)| *after).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_are_made_at_once_and_further_ones_after_some_patience_a_few_at_a_time() {
        let pace = Pace::new();
        let after = admitted(&pace, AT_ONCE + 400).await;
        assert!(after.iter().take(AT_ONCE).all(|after| *after == 0), "{after:?}");
        assert!(after.iter().skip(AT_ONCE).all(|after| (50..=152).contains(after)), "{after:?}");
        assert!(after.iter().filter(|after| **after <= 60).count() <= AT_ONCE + 50, "{after:?}");
        assert_eq!(admitted(&pace, AT_ONCE).await, vec![0; AT_ONCE]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_closed_makes_room_for_one_at_once() {
        let pace = Pace::new();
        let mut open = Vec::new();
        for _ in 0..AT_ONCE {
            open.push(wanting(pace.admit()).await.unwrap());
        }
        let close = async {
            sleep(Duration::from_millis(5)).await;
            open.pop();
        };
        let (after, ()) = tokio::join!(admitted(&pace, 2), close);
        assert_eq!(after.first(), Some(&5));
        assert!(after.last().is_some_and(|after| *after >= 50), "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_waits_for_is_not_made() {
        let pace = Pace::new();
        let _open: Vec<_> = futures_util::future::join_all((0..AT_ONCE).map(|_| wanting(pace.admit()))).await;
        assert!(pace.admit().await.is_err());
    }
}
