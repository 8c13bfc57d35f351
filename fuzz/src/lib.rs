//! The fuzz targets as functions, and their seeds. `cargo test` runs every seed without a fuzzer.

// A failed property panics, and indexing a JSON value returns null for a missing key.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod seeds;
mod server;
mod targets;

pub use seeds::{Seeds, seeds};
pub use targets::{TARGETS, Target, arguments, records, responses};
