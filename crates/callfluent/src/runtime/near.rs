//! How a thread waits for a server that is near, such as a sandbox on the same machine: it looks again and again for the answer
//! rather than going to sleep, since to be woken takes longer than such an answer. Servers out in the world are never as quick,
//! and for those nothing is different.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use tokio::task::yield_now;
use tokio::time::timeout;

/// A call that takes no longer is one to a server that is near.
const QUICK: Duration = Duration::from_micros(200);
/// So many quick calls one after another show it. One that is not quick was waited for in vain, but is one of so many.
const ENOUGH: u32 = 16;

/// Whether the server is near.
#[derive(Debug, Default)]
pub(super) struct Near {
    /// How many quick calls there were in a row.
    quick: AtomicU32,
}

impl Near {
    /// Waits for a future within the runtime that this thread drives, for about as long as is said.
    pub(super) async fn wait<T>(&self, future: impl Future<Output = T>, at_most: Option<Duration>) -> Option<T> {
        let mut future = pin!(future);
        // What is ready at once, such as a call that is refused before it is sent, says nothing of any server.
        if let Poll::Ready(value) = look(future.as_mut()).await {
            return Some(value);
        }
        let began = Instant::now();
        let mut is_quick = true;
        if self.quick.load(Ordering::Relaxed) >= ENOUGH && *HAS_ROOM_FOR_BOTH {
            while is_quick {
                // The runtime looks at the network, does what there is to do, and comes back.
                yield_now().await;
                if let Poll::Ready(value) = look(future.as_mut()).await {
                    return Some(value);
                }
                is_quick = began.elapsed() < QUICK;
            }
        }
        // A timer costs the runtime a wake-up of its own: where the answer comes at once there is none.
        let value = limited(future, at_most).await;
        if is_quick && began.elapsed() < QUICK {
            self.quick.fetch_add(1, Ordering::Relaxed);
        } else {
            self.quick.store(0, Ordering::Relaxed);
        }
        value
    }
}

/// What a future says now.
async fn look<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

/// Waits for a future for so long.
pub(super) async fn limited<T>(future: impl Future<Output = T>, at_most: Option<Duration>) -> Option<T> {
    match at_most {
        None => Some(future.await),
        Some(limit) => timeout(limit, future).await.ok(),
    }
}

/// On a single processor whoever looks for an answer keeps the server from giving it.
static HAS_ROOM_FOR_BOTH: LazyLock<bool> = LazyLock::new(|| available_parallelism().is_ok_and(|count| count.get() > 1));

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    async fn quick(near: &Near) {
        // Not ready when it is first asked for.
        near.wait(yield_now(), None).await;
    }

    #[tokio::test]
    async fn only_a_row_of_quick_calls_shows_that_a_server_is_near_and_a_slow_one_ends_it() {
        let near = Near::default();
        let began = Instant::now();
        while near.quick.load(Ordering::Relaxed) < ENOUGH {
            assert!(began.elapsed() < Duration::from_secs(10), "no machine is so slow for so long");
            quick(&near).await;
        }
        near.wait(sleep(Duration::from_millis(5)), None).await;
        assert_eq!(near.quick.load(Ordering::Relaxed), 0);
        near.wait(sleep(Duration::from_millis(5)), None).await;
        assert_eq!(near.quick.load(Ordering::Relaxed), 0);
    }

    /// It wakes nobody: only who looks again sees that it is ready.
    #[tokio::test]
    async fn what_comes_soon_is_looked_for_where_the_server_is_near_and_nowhere_else() {
        let limit = Some(Duration::from_millis(20));
        let soon = || {
            let mut looks = 0;
            poll_fn(move |_| {
                looks += 1;
                if looks > 5 { Poll::Ready(7) } else { Poll::Pending }
            })
        };
        assert_eq!(Near::default().wait(soon(), Some(Duration::ZERO)).await, None);
        let near = || Near { quick: AtomicU32::new(ENOUGH) };
        let began = Instant::now();
        while *HAS_ROOM_FOR_BOTH && near().wait(soon(), limit).await != Some(7) {
            assert!(began.elapsed() < Duration::from_secs(10), "nobody looks");
        }
    }

    #[tokio::test]
    async fn what_takes_longer_is_waited_for_all_the_same() {
        let near = Near { quick: AtomicU32::new(ENOUGH) };
        let answer = || async {
            sleep(Duration::from_millis(20)).await;
            7
        };
        assert_eq!(near.wait(answer(), None).await, Some(7));
        let near = Near { quick: AtomicU32::new(ENOUGH) };
        assert_eq!(near.wait(answer(), Some(Duration::from_millis(1))).await, None);
    }
}
