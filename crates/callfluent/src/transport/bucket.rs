//! A token bucket, which hands tokens out in order of asking. Time alone moves its queue on: nobody holds anything that others
//! wait for while a future of theirs is not polled, as is one that was put aside, or the other branch of a `select!`.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker, ready};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Those who wait look at the queue so often at least, since those before them may be none who do.
const LOOK: Duration = Duration::from_millis(100);
/// A token is kept so long at least for one whose turn it was.
const KEPT: Duration = Duration::from_secs(1);
/// What timers can tell apart; to be told of less is of no use to anybody.
const NOTICEABLE: Duration = Duration::from_millis(1);
/// As good as never.
const FAR_AWAY: Duration = Duration::from_secs(86_400);

/// A bucket that gets a token in every interval and holds those of the time that is its capacity.
#[derive(Debug)]
pub(super) struct Bucket {
    interval: Duration,
    capacity: Duration,
    /// How late a turn may be noticed without a token being lost by it.
    patience: Duration,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// When the bucket would be full if nothing more were taken.
    full_at: Option<Instant>,
    /// Those whose turn has not come, in the order of their numbers.
    waiting: VecDeque<Waiter>,
    /// Those whose turn has come, and when, who have not looked since.
    called: BTreeMap<u64, Instant>,
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
    pub(super) fn new(interval: Duration, capacity: Duration, patience: Duration) -> Self {
        Self { interval, capacity: capacity.max(interval), patience, queue: Mutex::default() }
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
                let Some(look) = self.look(&mut place, context.waker()) else {
                    place.taken = true;
                    return Poll::Ready(true);
                };
                timer.as_mut().reset(look);
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
            Some(Place { bucket: self, number, came_back: false, taken: false })
        };
        drop(queue);
        wake(woken);
        place
    }

    /// When to look again; none where one's turn has come.
    fn look(&self, place: &mut Place<'_>, waker: &Waker) -> Option<Instant> {
        let now = Instant::now();
        let mut queue = self.locked();
        let woken = self.hand_out(&mut queue, now);
        let mut rank = queue.rank(place.number).ok();
        if let Some(called) = queue.called.remove(&place.number)
            && self.is_lost(called, now)
            && !std::mem::replace(&mut place.came_back, true)
            && !self.take_at_once(&mut queue, now)
        {
            let before_all_behind = queue.rank(place.number).unwrap_or_else(|rank| rank);
            queue.waiting.insert(before_all_behind, Waiter { number: place.number, waker: None });
            rank = Some(before_all_behind);
        }
        let mut known = None;
        if let Some(waiter) = rank.and_then(|rank| queue.waiting.get_mut(rank))
            && !waiter.waker.as_ref().is_some_and(|known| known.will_wake(waker))
        {
            known = waiter.waker.replace(waker.clone());
        }
        queue.awake_from = queue.awake_from.max(place.number + 1);
        let look = rank.map(|rank| self.turn(&queue, rank, now).min(now + self.capacity.max(LOOK)));
        drop(queue);
        drop(known);
        wake(woken);
        look
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

    /// Calls those whose turn has come, whether or not they ever look; they are to be woken.
    fn hand_out(&self, queue: &mut Queue, now: Instant) -> Vec<Waker> {
        let mut woken = Vec::new();
        if queue.waiting.is_empty() {
            return woken;
        }
        // What was not handed out for too long is lost, as it is where nobody waits.
        queue.full_at = queue.full_at.max(now.checked_sub(self.patience));
        while self.turn(queue, 0, now) <= now
            && let Some(waiter) = queue.waiting.pop_front()
        {
            queue.full_at = queue.full_at.map(|full_at| full_at + self.interval);
            queue.called.insert(waiter.number, now);
            woken.extend(waiter.waker);
        }
        woken
    }

    /// When the turn is of the one who has so many before it.
    fn turn(&self, queue: &Queue, rank: usize, now: Instant) -> Instant {
        let full_at = queue.full_at.unwrap_or(now);
        let intervals = self.interval.saturating_mul(u32::try_from(rank).unwrap_or(u32::MAX).saturating_add(1));
        match intervals.checked_sub(self.capacity) {
            Some(after) => full_at + after.min(FAR_AWAY),
            None => full_at.checked_sub(self.capacity.saturating_sub(intervals)).unwrap_or(now),
        }
    }

    /// Whether the token is lost of one who was called then and has not looked.
    fn is_lost(&self, called: Instant, now: Instant) -> bool {
        now.saturating_duration_since(called) > self.capacity.max(KEPT)
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
    /// Whether its token was lost once; it is not lost again, since a busy machine may always be late.
    came_back: bool,
    taken: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.taken {
            return;
        }
        let bucket = self.bucket;
        let now = Instant::now();
        let mut queue = bucket.locked();
        if let Some(called) = queue.called.remove(&self.number)
            && !bucket.is_lost(called, now)
            && let Some(full_at) = queue.full_at
        {
            // Its token is the next one's; what does not go into the bucket is lost.
            queue.full_at = full_at.checked_sub(bucket.interval).map(|before| before.max(now.min(full_at)));
        }
        let rank = queue.rank(self.number);
        let gone = rank.ok().and_then(|rank| queue.waiting.remove(rank));
        let mut woken = bucket.hand_out(&mut queue, now);
        if bucket.interval >= NOTICEABLE {
            // The turn of all behind comes sooner now; each looks for itself, because any may be one that never does.
            woken.extend(queue.rouse(if gone.is_some() { rank.unwrap_or_default() } else { 0 }));
        }
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
        let bucket = Bucket::new(INTERVAL, INTERVAL, INTERVAL);
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
        // Their turn has come, and their tokens were kept.
        assert_eq!(intervals(join_all(aside)).await, 0);
        assert_eq!(intervals(bucket.take()).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn who_looks_long_after_its_turn_is_counted_when_it_comes() {
        let bucket = Bucket::new(INTERVAL, INTERVAL * 2, INTERVAL * 2);
        bucket.take().await;
        bucket.take().await;
        let aside: Vec<_> = std::iter::repeat_with(|| put_aside(&bucket)).take(5).collect();
        assert_eq!(intervals(bucket.take()).await, 6);
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
            // Two of them were called by then, and have not looked.
            tokio::time::sleep(INTERVAL * 3 + INTERVAL / 2).await;
            drop(leaving);
        };
        // The two tokens that come back are theirs at once, and the third has one interval more to wait.
        assert_eq!(intervals(async { tokio::join!(join_all(behind), leave) }).await, 4);
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
