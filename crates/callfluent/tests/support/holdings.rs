//! Resources of this process: memory, threads, files, sockets, and the tasks of its runtime.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::pedantic)]

/// A count of everything that can leak.
#[derive(Debug, Clone, Copy)]
pub struct Holdings {
    pub memory_kib: u64,
    pub threads: usize,
    pub descriptors: usize,
    pub tasks: usize,
}

impl Holdings {
    /// Current resources. Without `/proc`, only the tasks are counted.
    pub fn now() -> Self {
        let entries = |folder: &str| std::fs::read_dir(folder).map(Iterator::count).unwrap_or_default();
        Self {
            memory_kib: memory_kib().unwrap_or_default(),
            threads: entries("/proc/self/task"),
            descriptors: entries("/proc/self/fd"),
            tasks: tokio::runtime::Handle::current().metrics().num_alive_tasks(),
        }
    }

    /// Returns the resources after pending work has ended.
    pub async fn settled() -> Self {
        let mut least = Self::now();
        let mut unchanged = 0;
        while unchanged < 10 {
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            let now = Self::now();
            unchanged = if now.tasks < least.tasks || now.descriptors < least.descriptors { 0 } else { unchanged + 1 };
            least = now;
        }
        least
    }

    /// Fails if more is held than before: two threads, sockets or tasks, or this much memory.
    pub fn assert_no_more_than(&self, before: &Self, memory_kib: u64) {
        let figures = format!("before {before:?}, after {self:?}");
        assert!(self.memory_kib <= before.memory_kib + memory_kib, "memory grows: {figures}");
        assert!(self.threads <= before.threads + 2, "threads are left: {figures}");
        assert!(self.descriptors <= before.descriptors + 2, "sockets are left: {figures}");
        assert!(self.tasks <= before.tasks + 2, "tasks are left: {figures}");
    }
}

fn memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
