//! Shutdown of the interpreter. Before Python 3.14, acquiring the GIL during finalization unwinds
//! the thread, which aborts in Rust. The thread is parked instead, as 3.14 does.

/// Runs code that may call Python; parks the thread for good if it is unwound by force meanwhile.
#[inline(never)]
pub(crate) fn park_on_unwind<T>(call: impl FnOnce() -> T) -> T {
    let hold = ParkOnUnwind;
    let result = call();
    std::mem::forget(hold);
    result
}

struct ParkOnUnwind;

impl Drop for ParkOnUnwind {
    fn drop(&mut self) {
        // A Rust panic continues and becomes an exception.
        while !std::thread::panicking() {
            std::thread::park();
        }
    }
}
