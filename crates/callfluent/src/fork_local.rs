//! Values that must not cross a fork. In the child, the threads, sockets and locks of the parent do
//! not work, and a request would wait for them forever. Each process creates its own.

use std::sync::OnceLock;

/// One value for each process, created on first use. The value of the parent is not touched.
#[derive(Debug)]
pub(crate) struct ForkLocal<T> {
    value: OnceLock<(u32, T)>,
    /// The value of a process forked from the one that created `value`.
    child: OnceLock<Box<Self>>,
}

impl<T> ForkLocal<T> {
    pub(crate) const fn new() -> Self {
        Self { value: OnceLock::new(), child: OnceLock::new() }
    }

    /// Returns the value of this process.
    pub(crate) fn get_or_init(&self, create: impl FnOnce() -> T) -> &T {
        let process = std::process::id();
        let mut generation = self;
        while generation.value.get().is_some_and(|(owner, _)| *owner != process) {
            generation = generation.child.get_or_init(|| Box::new(Self::new()));
        }
        &generation.value.get_or_init(|| (process, create())).1
    }
}
