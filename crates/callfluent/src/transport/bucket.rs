//! A token bucket, which hands tokens out in order of asking. Time alone moves its queue on: nobody holds anything that others
//! wait for while a future of theirs is not polled, as is one that was put aside, or the other branch of a `select!`.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker, ready};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// As good as never; it is looked at anew then.
const FAR_AWAY: Duration = Duration::from_secs(86_400);

/// A bucket that gets a token in every interval and holds those of the time that is its capacity.
#[derive(Debug)]
pub(super) struct Bucket {
    interval: Duration,
    capacity: Duration,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// When the bucket would be full if nothing more were taken.
    full_at: Option<Instant>,
    /// Those whose turn has not come, in the order of their numbers.
    waiting: VecDeque<Waiter>,
    next: u64,
    /// From this number on all were woken and have not looked since, so that many who leave at once wake them once.
    awake_from: u64,
}

#[derive(Debug)]
struct Waiter {
    number: u64,
    /// Wakes it; none where it was woken and has not looked since.
    waker: Option<Waker>,
}

impl Bucket {
    pub(super) fn new(interval: Duration, capacity: Duration) -> Self {
        Self { interval, capacity: capacity.max(interval), queue: Mutex::default() }
    }

    pub(super) async fn take(&self) {
        self.take_if(|| true).await;
    }

    /// Takes a token, if it is still wanted when its turn has come; says whether it did.
    pub(super) async fn take_if(&self, wanted: impl Fn() -> bool) -> bool {
        if !wanted() {
            return false;
        }
        let Some(mut place) = self.ask() else {
            return true;
        };
        let mut timer = pin!(sleep_until(Instant::now()));
        poll_fn(|context| {
            loop {
                if !wanted() {
                    return Poll::Ready(false);
                }
                if self.has_come(&mut place, context.waker()) {
                    place.taken = true;
                    return Poll::Ready(true);
                }
                if timer.deadline() != place.turn {
                    timer.as_mut().reset(place.turn);
                }
                ready!(timer.as_mut().poll(context));
            }
        })
        .await
    }

    /// A place at the end of the queue; none where a token was there and is taken.
    fn ask(&self) -> Option<Place<'_>> {
        let now = Instant::now();
        let mut queue = self.locked();
        let woken = self.hand_out(&mut queue, now);
        let place = if self.take_at_once(&mut queue, now) {
            None
        } else {
            let number = queue.next;
            queue.next += 1;
            queue.waiting.push_back(Waiter { number, waker: None });
            let turn = self.turn(&queue, queue.waiting.len() - 1, now);
            Some(Place { bucket: self, number, turn, taken: false })
        };
        drop(queue);
        wake(woken);
        place
    }

    /// Whether a waiter's turn has come. Otherwise its place knows when that is, and it is woken where it is sooner.
    fn has_come(&self, place: &mut Place<'_>, waker: &Waker) -> bool {
        let now = Instant::now();
        let mut queue = self.locked();
        let woken = self.hand_out(&mut queue, now);
        let rank = queue.rank(place.number).or_else(|place_to_be| {
            if !place.has_lapsed(now) || self.take_at_once(&mut queue, now) {
                return Err(());
            }
            queue.waiting.insert(place_to_be, Waiter { number: place.number, waker: None });
            Ok(place_to_be)
        });
        let mut before = None;
        if let Ok(rank) = rank {
            place.turn = self.turn(&queue, rank, now);
            queue.awake_from = queue.awake_from.max(place.number + 1);
            if let Some(waiter) = queue.waiting.get_mut(rank)
                && !waiter.waker.as_ref().is_some_and(|known| known.will_wake(waker))
            {
                before = waiter.waker.replace(waker.clone());
            }
        }
        drop(queue);
        drop(before);
        wake(woken);
        rank.is_err()
    }

    /// Takes a token where one is there and nobody waits for it.
    fn take_at_once(&self, queue: &mut Queue, now: Instant) -> bool {
        let next = queue.full_at.unwrap_or(now).max(now) + self.interval;
        let is_there = queue.waiting.is_empty() && next.saturating_duration_since(now) <= self.capacity;
        if is_there {
            queue.full_at = Some(next);
        }
        is_there
    }

    /// Takes those out of the queue whose turn has come, whether or not they ever look; they are to be woken.
    fn hand_out(&self, queue: &mut Queue, now: Instant) -> Vec<Waker> {
        let mut woken = Vec::new();
        while !queue.waiting.is_empty() && self.turn(queue, 0, now) <= now {
            queue.full_at = queue.full_at.map(|full_at| full_at + self.interval);
            woken.extend(queue.waiting.pop_front().and_then(|waiter| waiter.waker));
        }
        woken
    }

    /// When the turn is of the one who has so many before it.
    fn turn(&self, queue: &Queue, rank: usize, now: Instant) -> Instant {
        let intervals = u32::try_from(rank).unwrap_or(u32::MAX).saturating_add(1);
        let until_full = queue.full_at.unwrap_or(now).saturating_duration_since(now);
        let wait = until_full.saturating_add(self.interval.saturating_mul(intervals)).saturating_sub(self.capacity);
        now + wait.min(FAR_AWAY)
    }

    fn locked(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// How many are before a waiter, or would be if it came back.
    fn rank(&self, number: u64) -> Result<usize, usize> {
        self.waiting.binary_search_by_key(&number, |waiter| waiter.number)
    }

    /// Those to be woken who have at least so many before them.
    fn rouse(&mut self, rank: usize) -> Vec<Waker> {
        let asleep = self.rank(self.awake_from).unwrap_or_else(|rank| rank).saturating_sub(rank);
        let mut behind = self.waiting.iter_mut().skip(rank).take(asleep).peekable();
        if let Some(first) = behind.peek() {
            self.awake_from = first.number;
        }
        behind.filter_map(|waiter| waiter.waker.take()).collect()
    }
}

/// Who is woken may drop other futures at once, which come here: never while the queue is locked.
fn wake(woken: Vec<Waker>) {
    woken.into_iter().for_each(Waker::wake);
}

/// A place in the queue. Whoever leaves it without a token has taken nothing from those behind.
struct Place<'a> {
    bucket: &'a Bucket,
    number: u64,
    /// When its turn is as far as it knows; it may come sooner.
    turn: Instant,
    taken: bool,
}

impl Place<'_> {
    /// Whether its turn came so long ago that the bucket no longer holds the token of that time.
    fn has_lapsed(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.turn) > self.bucket.capacity
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.taken {
            return;
        }
        let now = Instant::now();
        let mut queue = self.bucket.locked();
        let mut woken = self.bucket.hand_out(&mut queue, now);
        let rank = queue.rank(self.number);
        let gone = rank.ok().and_then(|rank| queue.waiting.remove(rank));
        if gone.is_none() && !self.has_lapsed(now) {
            // Its turn has come, and its token is the next one's.
            queue.full_at = queue.full_at.and_then(|full_at| full_at.checked_sub(self.bucket.interval));
        }
        // The turn of all behind comes sooner now; each looks for itself, because any may be one that never does.
        woken.extend(queue.rouse(rank.unwrap_or_else(|rank| rank)));
        woken.extend(self.bucket.hand_out(&mut queue, now));
        drop(queue);
        drop(gone);
        wake(woken);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::Future;
    use std::pin::Pin;

    use futures_util::FutureExt as _;
    use futures_util::future::join_all;

    use super::*;

    const INTERVAL: Duration = Duration::from_millis(100);

    /// A bucket that holds one token, which is taken.
    async fn empty() -> Bucket {
        let bucket = Bucket::new(INTERVAL, INTERVAL);
        bucket.take().await;
        bucket
    }

    /// One that asks, looks once, and is not polled any more.
    fn put_aside(bucket: &Bucket) -> Pin<Box<impl Future<Output = ()>>> {
        let mut taking = Box::pin(bucket.take());
        assert!(taking.as_mut().now_or_never().is_none(), "it had no need to wait");
        taking
    }

    /// After how many intervals something is ready.
    async fn intervals(future: impl Future) -> u128 {
        let started = Instant::now();
        let ended = tokio::time::timeout(Duration::from_secs(3_600), future).await;
        assert!(ended.is_ok(), "it waits for ever");
        started.elapsed().as_millis() / INTERVAL.as_millis()
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_look_holds_no_more_than_its_own_token() {
        let bucket = empty().await;
        let aside = [put_aside(&bucket), put_aside(&bucket)];
        assert_eq!(intervals(bucket.take()).await, 3);
        assert_eq!(intervals(bucket.take()).await, 1);
        // Whoever comes so late is the next.
        let behind = async {
            tokio::task::yield_now().await;
            bucket.take().await;
        };
        let (waited, waited_behind) = tokio::join!(intervals(join_all(aside)), intervals(behind));
        assert_eq!((waited, waited_behind), (2, 3));
        assert_eq!(intervals(bucket.take()).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn who_looks_long_after_its_turn_is_counted_when_it_comes() {
        let bucket = Bucket::new(INTERVAL, INTERVAL * 2);
        bucket.take().await;
        bucket.take().await;
        let aside: Vec<_> = std::iter::repeat_with(|| put_aside(&bucket)).take(5).collect();
        tokio::time::sleep(INTERVAL * 100).await;
        // Two tokens are there by then, and no more.
        assert_eq!(intervals(join_all(aside)).await, 3);
        let gone: Vec<_> = std::iter::repeat_with(|| put_aside(&bucket)).take(5).collect();
        tokio::time::sleep(INTERVAL * 100).await;
        drop(gone);
        assert_eq!(intervals(join_all((0..4).map(|_| bucket.take()))).await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_gives_its_turn_to_those_behind_wherever_it_stood() {
        let bucket = empty().await;
        let aside = put_aside(&bucket);
        let leaving: Vec<_> = std::iter::repeat_with(|| put_aside(&bucket)).take(50).collect();
        let order = Cell::new(0);
        let behind = (0..3).map(|number| {
            let (bucket, order) = (&bucket, &order);
            async move {
                bucket.take().await;
                assert_eq!(order.replace(number + 1), number, "not in the order of asking");
            }
        });
        let leave = async {
            // Two of them have had their turn by then, and not taken it.
            tokio::time::sleep(INTERVAL * 3 + INTERVAL / 2).await;
            drop(leaving);
        };
        // One token was the first one's, and one more is lost: it lapsed before it was given back.
        assert_eq!(intervals(async { tokio::join!(join_all(behind), leave) }).await, 5);
        drop(aside);
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_want_its_token_any_more_gives_it_to_the_next_at_once() {
        let bucket = empty().await;
        let looked = Cell::new(0);
        let unwilling = bucket.take_if(|| looked.replace(looked.get() + 1) == 0);
        let (took, waited) = tokio::join!(unwilling, intervals(bucket.take()));
        assert!(!took);
        assert_eq!(waited, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn ten_thousand_that_leave_at_once_cost_nothing() {
        let bucket = empty().await;
        let leaving: Vec<_> = std::iter::repeat_with(|| put_aside(&bucket)).take(10_000).collect();
        let mut behind = put_aside(&bucket);
        let started = std::time::Instant::now();
        drop(leaving);
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        assert_eq!(intervals(behind.as_mut()).await, 1);
    }
}
