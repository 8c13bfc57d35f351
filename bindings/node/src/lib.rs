//! The waist between Node and the core: operations go in by name with their arguments as JSON text, answers come out as
//! JSON text that V8 parses. Nothing here knows an endpoint, a field or a model.
//!
//! `client` starts calls, `batch` reads those that were made together, `queue` collects what became of them and wakes the
//! environment once for many, `parts` divides what is long, `failure` writes errors,
//! `attachment` brings files in, `log` brings log records out.

// napi hands arguments over by value, and exports whatever is public to JavaScript rather than to Rust.
#![allow(clippy::needless_pass_by_value, unreachable_pub)]
// Under test napi registers nothing, so nothing is used.
#![cfg_attr(test, allow(dead_code))]

mod attachment;
mod batch;
mod catalog;
mod client;
mod failure;
mod log;
mod options;
mod parts;
mod queue;
mod sandbox;
