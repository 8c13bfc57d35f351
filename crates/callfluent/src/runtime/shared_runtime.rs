//! A current-thread runtime that is driven by whichever thread is blocked on a request. This saves
//! two thread hand-offs per request. While no thread is blocked, a background thread drives: for
//! requests that are awaited elsewhere, and for connections that the server closes meanwhile.

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
use tokio::time::timeout;

use super::signal_mask;

/// Time that the background thread leaves the runtime idle after a blocked thread drove it. A
/// program that sends requests one after another is back before that.
const IDLE: Duration = Duration::from_millis(10);

/// The runtime and its background thread, which live as long as the process.
pub(super) struct DrivenRuntime {
    runtime: Runtime,
    state: Mutex<DriverState>,
    /// Wakes the background thread to check whether it has to drive.
    turn: Condvar,
    /// Makes the background thread leave the runtime to a blocked thread.
    yielding: Notify,
}

#[derive(Default)]
struct DriverState {
    /// Number of threads that are blocked on a request.
    blocked: usize,
    /// Number of times that a thread was blocked so far.
    begun: u64,
    /// Number of spawned futures in flight, which no thread is blocked on.
    spawned: usize,
    /// The background thread drives.
    background: bool,
}

impl DrivenRuntime {
    pub(super) fn new() -> io::Result<Arc<Self>> {
        let runtime = Builder::new_current_thread()
            .thread_name("callfluent")
            // A thread of the program may start the threads for files and DNS.
            .on_thread_start(signal_mask::block_signals)
            .enable_all()
            .build()?;
        let driven = Arc::new(Self { runtime, state: Mutex::default(), turn: Condvar::new(), yielding: Notify::new() });
        let background = Arc::clone(&driven);
        let start = || thread::Builder::new().name("callfluent".to_owned()).spawn(move || background.drive());
        signal_mask::without_signals(start)?;
        Ok(driven)
    }

    /// Spawns a future. The runtime is driven until it completes.
    pub(super) fn spawn<T: Send + 'static>(
        self: &Arc<Self>,
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let spawned = Spawned::new(self);
        // An `async` block would store the future twice.
        self.runtime.spawn(future.map(move |value| {
            drop(spawned);
            value
        }))
    }

    /// Blocks on a future for at most about this time. This thread drives the runtime meanwhile,
    /// unless another blocked thread does.
    pub(super) fn block_on<T>(&self, future: impl Future<Output = T>, at_most: Option<Duration>) -> Option<T> {
        let blocked = Blocked::new(self);
        let _driving = Driving::new();
        self.runtime.block_on(async {
            if blocked.after_idle {
                // Handle what happened to the connections while no thread drove: once for the
                // sockets, once for the tasks that own them.
                yield_now().await;
                yield_now().await;
            }
            match at_most {
                None => Some(future.await),
                Some(limit) => timeout(limit, future).await.ok(),
            }
        })
    }

    fn state(&self) -> MutexGuard<'_, DriverState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs on the background thread for ever.
    fn drive(&self) {
        let _driving = Driving::new();
        let mut state = self.state();
        loop {
            state.background = true;
            drop(state);
            self.runtime.block_on(self.yielding.notified());
            state = self.state();
            state.background = false;
            let mut begun = None;
            // It drives again for spawned futures, and if no thread was blocked for a while.
            while state.blocked > 0 || (state.spawned == 0 && begun != Some(state.begun)) {
                begun = Some(state.begun);
                state = self.turn.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

thread_local! {
    static DRIVES: Cell<bool> = const { Cell::new(false) };
}

/// Returns whether this thread drives the runtime.
pub(super) fn is_here() -> bool {
    DRIVES.get()
}

/// Marks this thread as driving the runtime, or as waiting to drive it, until it is dropped.
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

/// A thread that is blocked on a request.
struct Blocked<'a> {
    driven: &'a DrivenRuntime,
    /// No thread drove the runtime before.
    after_idle: bool,
}

impl<'a> Blocked<'a> {
    fn new(driven: &'a DrivenRuntime) -> Self {
        let mut state = driven.state();
        let after_idle = !state.background && state.blocked == 0;
        state.blocked += 1;
        state.begun += 1;
        if state.background {
            driven.yielding.notify_one();
        }
        drop(state);
        Self { driven, after_idle }
    }
}

impl Drop for Blocked<'_> {
    fn drop(&mut self) {
        let mut state = self.driven.state();
        state.blocked -= 1;
        if state.blocked == 0 && state.spawned > 0 {
            self.driven.turn.notify_one();
        }
    }
}

/// A spawned future in flight.
struct Spawned(Arc<DrivenRuntime>);

impl Spawned {
    fn new(driven: &Arc<DrivenRuntime>) -> Self {
        let mut state = driven.state();
        state.spawned += 1;
        if !state.background && state.blocked == 0 {
            driven.turn.notify_one();
        }
        drop(state);
        Self(Arc::clone(driven))
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        self.0.state().spawned -= 1;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Instant;

    use tokio::time::sleep;

    use super::*;

    #[test]
    fn a_spawned_future_completes_whoever_drove_before() {
        let driven = DrivenRuntime::new().unwrap();
        for _ in 0..20 {
            driven.block_on(async {}, None);
            let (sender, receiver) = std::sync::mpsc::channel();
            let _task = driven.spawn(async move { sender.send(Instant::now()).unwrap() });
            receiver.recv_timeout(Duration::from_secs(5)).unwrap();
        }
    }

    #[test]
    fn a_spawned_future_outlives_the_driving_thread() {
        let driven = DrivenRuntime::new().unwrap();
        let task = driven.spawn(async { sleep(Duration::from_millis(60)).await });
        driven.block_on(async { sleep(Duration::from_millis(20)).await }, None);
        let started = Instant::now();
        while !task.is_finished() {
            assert!(started.elapsed() < Duration::from_secs(5), "no thread drives");
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn many_blocked_threads_are_all_served() {
        let driven = DrivenRuntime::new().unwrap();
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
    fn the_background_thread_drives_again_when_idle() {
        let driven = DrivenRuntime::new().unwrap();
        driven.block_on(async {}, None);
        let started = Instant::now();
        while !driven.state().background {
            assert!(started.elapsed() < Duration::from_secs(5), "it does not drive again");
            thread::sleep(Duration::from_millis(1));
        }
    }
}
