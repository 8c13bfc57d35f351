//! From a response to its payload, or to the public error.

mod argument_names;
mod created;
mod decoder;
mod envelope;
pub(crate) mod error;

pub(crate) use decoder::ResponseDecoder;
