//! Values that must not cross a fork: threads, sockets and locks of the parent are dead in the child, where a call would
//! wait for them for ever. Each process makes its own.

use std::sync::OnceLock;

/// A value for each process, made on first use there. Those of ancestors stay behind, untouched.
#[derive(Debug)]
pub(crate) struct ForkLocal<T> {
    value: OnceLock<(u32, T)>,
    /// For a process forked from the one that made `value`.
    child: OnceLock<Box<Self>>,
}

impl<T> ForkLocal<T> {
    pub(crate) const fn new() -> Self {
        Self { value: OnceLock::new(), child: OnceLock::new() }
    }

    /// This process' value.
    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        let process = std::process::id();
        let mut generation = self;
        while generation.value.get().is_some_and(|(owner, _)| *owner != process) {
            generation = generation.child.get_or_init(|| Box::new(Self::new()));
        }
        &generation.value.get_or_init(|| (process, make())).1
    }
}
