//! Stores a random number generator as its state, so that it continues after a restart.

use fastrand::Rng;
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(random: &Rng, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(random.get_seed())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rng, D::Error> {
    u64::deserialize(deserializer).map(Rng::with_seed)
}
