//! A runtime and who drives it: a thread that waits for a call does so itself, since to hand the call to another thread and
//! to be woken by it takes longer than the rest of what the client does. While nobody waits, a thread of the runtime's own
//! drives: for calls that are awaited elsewhere, and for connections that the server closes meanwhile.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, yield_now};

use super::near::{Near, limited};
use super::signals;

/// For how long the runtime is left alone after somebody waited: who makes calls one after another comes again.
const REST: Duration = Duration::from_millis(10);

/// The runtime with its own thread, which lives as long as the process.
pub(super) struct Driven {
    runtime: Runtime,
    duty: Mutex<Duty>,
    /// Tells the own thread that it may be its turn.
    turn: Condvar,
    /// Asks the own thread to leave driving to others.
    asked: Notify,
    near: Near,
}

#[derive(Default)]
struct Duty {
    /// How many threads wait for a call of theirs and drive meanwhile.
    waiting: usize,
    /// How many have begun to wait so far.
    begun: u64,
    /// How many calls are under way that no thread waits for.
    spawned: usize,
    /// Whether the own thread drives.
    own: bool,
}

impl Driven {
    pub(super) fn new() -> io::Result<Arc<Self>> {
        let runtime = Builder::new_current_thread()
            .thread_name("callfluent")
            // Of those for files and names: a thread of the program may start them.
            .on_thread_start(signals::refuse)
            .enable_all()
            .build()?;
        let driven = Arc::new(Self {
            runtime,
            duty: Mutex::default(),
            turn: Condvar::new(),
            asked: Notify::new(),
            near: Near::default(),
        });
        let own = Arc::clone(&driven);
        signals::without_signals(|| thread::Builder::new().name("callfluent".to_owned()).spawn(move || own.drive()))?;
        Ok(driven)
    }

    /// Runs a future; somebody drives until it has ended.
    pub(super) fn spawn<T: Send + 'static>(
        self: &Arc<Self>,
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let spawned = Spawned::new(self);
        // No `async` block, which would hold the future twice over.
        self.runtime.spawn(future.map(move |value| {
            drop(spawned);
            value
        }))
    }

    /// Waits for a future, for about as long as is said, and drives meanwhile, unless another thread that waits does so.
    pub(super) fn block_on<T>(&self, future: impl Future<Output = T>, at_most: Option<Duration>) -> Option<T> {
        let waiting = Waiting::new(self);
        let _driving = Driving::new();
        self.runtime.block_on(async {
            if waiting.after_rest {
                // What became of the connections while nobody drove: once for the sockets, once for those who own them.
                yield_now().await;
                yield_now().await;
            }
            if waiting.alone { self.near.wait(future, at_most).await } else { limited(future, at_most).await }
        })
    }

    fn duty(&self) -> MutexGuard<'_, Duty> {
        self.duty.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the own thread does for ever.
    fn drive(&self) {
        let _driving = Driving::new();
        let mut duty = self.duty();
        loop {
            duty.own = true;
            drop(duty);
            self.runtime.block_on(self.asked.notified());
            duty = self.duty();
            duty.own = false;
            let mut begun = None;
            // It drives again where others need it, and where nobody has come for a while.
            while duty.waiting > 0 || (duty.spawned == 0 && begun != Some(duty.begun)) {
                begun = Some(duty.begun);
                duty = self.turn.wait_timeout(duty, REST).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

thread_local! {
    static DRIVES: Cell<bool> = const { Cell::new(false) };
}

/// Whether this code runs on the runtime already.
pub(super) fn is_here() -> bool {
    DRIVES.get()
}

/// While it is there, this thread drives the runtime, or waits until it may.
struct Driving(bool);

impl Driving {
    fn new() -> Self {
        Self(DRIVES.replace(true))
    }
}

impl Drop for Driving {
    fn drop(&mut self) {
        DRIVES.set(self.0);
    }
}

/// A thread that waits for a call.
struct Waiting<'a> {
    driven: &'a Driven,
    /// Whether nobody drove when it came.
    after_rest: bool,
    /// Whether no other one waited.
    alone: bool,
}

impl<'a> Waiting<'a> {
    fn new(driven: &'a Driven) -> Self {
        let mut duty = driven.duty();
        let alone = duty.waiting == 0;
        let after_rest = !duty.own && alone;
        duty.waiting += 1;
        duty.begun += 1;
        if duty.own {
            driven.asked.notify_one();
        }
        drop(duty);
        Self { driven, after_rest, alone }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut duty = self.driven.duty();
        duty.waiting -= 1;
        if duty.waiting == 0 && duty.spawned > 0 {
            self.driven.turn.notify_one();
        }
    }
}

/// A call that no thread waits for.
struct Spawned(Arc<Driven>);

impl Spawned {
    fn new(driven: &Arc<Driven>) -> Self {
        let mut duty = driven.duty();
        duty.spawned += 1;
        if !duty.own && duty.waiting == 0 {
            driven.turn.notify_one();
        }
        drop(duty);
        Self(Arc::clone(driven))
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        self.0.duty().spawned -= 1;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Instant;

    use tokio::time::sleep;

    use super::*;

    #[test]
    fn what_nobody_waits_for_goes_on_whoever_has_driven_before() {
        let driven = Driven::new().unwrap();
        for _ in 0..20 {
            driven.block_on(async {}, None);
            let (said, heard) = std::sync::mpsc::channel();
            let _task = driven.spawn(async move { said.send(Instant::now()).unwrap() });
            heard.recv_timeout(Duration::from_secs(5)).unwrap();
        }
    }

    #[test]
    fn a_call_that_outlives_the_one_that_drives_is_finished() {
        let driven = Driven::new().unwrap();
        let task = driven.spawn(async { sleep(Duration::from_millis(60)).await });
        driven.block_on(async { sleep(Duration::from_millis(20)).await }, None);
        let started = Instant::now();
        while !task.is_finished() {
            assert!(started.elapsed() < Duration::from_secs(5), "nobody drives");
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn many_threads_wait_at_once_and_all_are_served() {
        let driven = Driven::new().unwrap();
        thread::scope(|scope| {
            for number in 0_u64..64 {
                let driven = &driven;
                scope.spawn(move || {
                    for _ in 0..20 {
                        let task = driven.spawn(async move { number });
                        let answer = async {
                            sleep(Duration::from_millis(number % 3)).await;
                            task.await.unwrap()
                        };
                        assert_eq!(driven.block_on(answer, None), Some(number));
                    }
                });
            }
        });
    }

    #[test]
    fn the_own_thread_drives_again_when_nobody_waits_any_more() {
        let driven = Driven::new().unwrap();
        driven.block_on(async {}, None);
        let started = Instant::now();
        while !driven.duty().own {
            assert!(started.elapsed() < Duration::from_secs(5), "it does not come back");
            thread::sleep(Duration::from_millis(1));
        }
    }
}
