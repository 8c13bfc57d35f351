//! From a response to its payload.

pub(crate) mod envelope;
