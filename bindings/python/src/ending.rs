//! How a thread ends that the interpreter no longer lets in. Up to Python 3.13 a thread that wants its turn back while the
//! program ends is unwound by force, and to be unwound out of Rust ends the process with a crash. It is held here instead,
//! as Python itself does from 3.14 on, and goes with the process.

/// Runs what may call Python; if the thread is unwound by force meanwhile, it stays here for ever.
#[inline(never)]
pub(crate) fn held<T>(call: impl FnOnce() -> T) -> T {
    let hold = Hold;
    let result = call();
    std::mem::forget(hold);
    result
}

struct Hold;

impl Drop for Hold {
    fn drop(&mut self) {
        // A panic of our own goes on its way and becomes an exception.
        while !std::thread::panicking() {
            std::thread::park();
        }
    }
}
