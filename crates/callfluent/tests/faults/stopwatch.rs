//! Durations on a machine with other programs.

use std::time::Instant;

/// Measures a duration, and the part of it without waits for a processor.
pub struct Stopwatch {
    started: Instant,
    waited: f64,
}

impl Stopwatch {
    pub fn new() -> Self {
        Self { started: Instant::now(), waited: waited_for_processor() }
    }

    /// Returns the seconds since the start, and the seconds without the time in which threads of
    /// this process were ready and had no processor.
    pub fn seconds(&self) -> (f64, f64) {
        let elapsed = self.started.elapsed().as_secs_f64();
        (elapsed, elapsed - (waited_for_processor() - self.waited).max(0.0))
    }
}

/// Seconds of all threads, if the system reports them.
fn waited_for_processor() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanoseconds = threads.filter_map(|thread| {
        // A thread can end meanwhile.
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().nth(1)?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e9
}
