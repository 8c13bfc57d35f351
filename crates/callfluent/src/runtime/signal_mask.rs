//! Blocks signals on the threads of the client. If one of them received Ctrl+C, Python's event loop
//! would sleep until something else wakes it.

#[cfg(unix)]
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// Runs a function that starts threads. Signals are then delivered to the threads of the program.
pub fn without_signals<T>(start: impl FnOnce() -> T) -> T {
    let _mask = SignalMask::block_all();
    start()
}

/// Blocks signals on this thread for ever.
pub(super) fn block_signals() {
    std::mem::forget(SignalMask::block_all());
}

/// Blocks signals on this thread until it is dropped, and for ever on threads that it starts.
struct SignalMask {
    #[cfg(unix)]
    before: Option<SigSet>,
}

impl SignalMask {
    #[cfg(unix)]
    fn block_all() -> Self {
        let mut signals = SigSet::all();
        // Synchronous faults would end the process without a message. Profilers interrupt each
        // thread.
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
    fn block_all() -> Self {
        Self {}
    }
}

impl Drop for SignalMask {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(before) = self.before {
            // It was valid on this thread before.
            let _ = before.thread_set_mask();
        }
    }
}
