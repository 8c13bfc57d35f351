//! From a response to its payload, or to the public error.

pub(crate) mod envelope;
pub(crate) mod error;
