//! Keeps signals from threads that are not the program's own. A program hears of Ctrl+C where its main thread is interrupted: a
//! signal that another thread takes leaves Python's event loop asleep until something else wakes it.

#[cfg(unix)]
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// Runs what starts threads. Signals go past these, to the threads of the program.
pub fn without_signals<T>(start: impl FnOnce() -> T) -> T {
    let _refusing = Refusing::new();
    start()
}

/// Has this thread take no signals any more.
pub(super) fn refuse() {
    std::mem::forget(Refusing::new());
}

/// While it is there, this thread takes no signals; a thread that it starts never does.
struct Refusing {
    #[cfg(unix)]
    before: Option<SigSet>,
}

impl Refusing {
    #[cfg(unix)]
    fn new() -> Self {
        let mut signals = SigSet::all();
        // What a thread does to itself would end the process without a word, and a profiler asks each thread.
        for own in [
            Signal::SIGABRT,
            Signal::SIGBUS,
            Signal::SIGFPE,
            Signal::SIGILL,
            Signal::SIGPROF,
            Signal::SIGSEGV,
            Signal::SIGSYS,
            Signal::SIGTRAP,
        ] {
            signals.remove(own);
        }
        Self { before: signals.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok() }
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Self {}
    }
}

impl Drop for Refusing {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(before) = self.before {
            // It was this thread's a moment ago.
            let _ = before.thread_set_mask();
        }
    }
}
