//! One lock for each key, such as the ID of an agent that is being patched.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Lock, OwnedMutexGuard};

/// Locks by key. A lock exists while somebody holds it or waits for it.
#[derive(Debug, Default)]
pub(crate) struct KeyedLock(Mutex<HashMap<String, Weak<Lock<()>>>>);

impl KeyedLock {
    /// Waits for the lock of a key, in the order of arrival. It is held until the guard is dropped.
    pub(crate) async fn lock(&self, key: String) -> OwnedMutexGuard<()> {
        self.entry(key).lock_owned().await
    }

    fn entry(&self, key: String) -> Arc<Lock<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(&key).and_then(Weak::upgrade) {
            return lock;
        }
        if locks.len() == locks.capacity() {
            // Instead of growing, so that the cost of each new lock stays constant.
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::default();
        locks.insert(key, Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn only_holders_of_the_same_key_exclude_each_other() {
        let locks = KeyedLock::default();
        let held = locks.lock("1".to_owned()).await;
        assert!(locks.lock("1".to_owned()).now_or_never().is_none());
        assert!(locks.lock("2".to_owned()).now_or_never().is_some());
        drop(held);
        assert!(locks.lock("1".to_owned()).now_or_never().is_some());
    }

    #[tokio::test]
    async fn unused_locks_are_removed() {
        let locks = KeyedLock::default();
        for key in 0..10_000 {
            drop(locks.lock(key.to_string()).await);
        }
        assert!(locks.0.lock().unwrap().len() < 100);
    }
}
