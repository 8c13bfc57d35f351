//! Random numbers that spread the times of requests. The children of a fork must not share them, or
//! all would retry at the same moments.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use fastrand::Rng;

use crate::fork_local::ForkLocal;

/// Returns a random number from 0 to 1. Not for secrets.
pub(crate) fn random() -> f64 {
    static RNG: ForkLocal<Mutex<Rng>> = ForkLocal::new();
    let rng = RNG.get_or_init(|| Mutex::new(Rng::with_seed(seed())));
    rng.lock().unwrap_or_else(PoisonError::into_inner).f64()
}

/// Returns a seed that differs between the processes of a machine. The keys of the hash do not
/// suffice: a fork copies them.
fn seed() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    hasher.write_u128(now.as_nanos());
    hasher.finish()
}
