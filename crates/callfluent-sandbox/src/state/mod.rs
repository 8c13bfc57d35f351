//! The state that all parts of a sandbox share, and the directory that keeps it after the end of
//! the process.

#[cfg(feature = "data-dir")]
mod data_directory;
mod log;
mod shared_state;

#[cfg(feature = "data-dir")]
pub(crate) use data_directory::open_data_directory;
pub(crate) use shared_state::{Arrival, Beginning, SharedState, State};
