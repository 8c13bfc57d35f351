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
        let (process, generation) = self.generation();
        &generation.value.get_or_init(|| (process, create())).1
    }

    /// Returns the value of this process. A failure to create it is not kept: the next use tries
    /// again. Of concurrent first uses, one creates the value that is kept.
    pub(crate) fn get_or_try_init<E>(&self, create: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        let (process, generation) = self.generation();
        if let Some((_, value)) = generation.value.get() {
            return Ok(value);
        }
        let created = create()?;
        Ok(&generation.value.get_or_init(|| (process, created)).1)
    }

    fn generation(&self) -> (u32, &Self) {
        let process = std::process::id();
        let mut generation = self;
        while generation.value.get().is_some_and(|(owner, _)| *owner != process) {
            generation = generation.child.get_or_init(|| Box::new(Self::new()));
        }
        (process, generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_to_create_the_value_is_not_kept() {
        let value = ForkLocal::new();
        assert_eq!(value.get_or_try_init(|| Err("too many open files")), Err("too many open files"));
        assert_eq!(value.get_or_try_init(|| Ok::<_, &str>(1)), Ok(&1));
        assert_eq!(value.get_or_try_init(|| Err("unused")), Ok(&1));
    }
}
