//! Node binding of the CallFluent client. Operations are called by name with their arguments as
//! JSON; responses are JSON text that V8 parses. No endpoint, field or model is named here.
//!
//! `client` starts requests, `request_batch` decodes those made together, `completion_queue`
//! collects results and wakes JavaScript once for many, `chunks` splits long responses, `error`
//! encodes errors, `attachment` reads uploads, `log` forwards log records, `bulk` runs one
//! operation for many items, `export` writes the call history to files, `table` makes columns of
//! records, `hooks` runs hooks around attempts, and `wish` encodes raw responses and curl commands.

// napi passes arguments by value, and exports public items to JavaScript rather than to Rust.
#![allow(clippy::needless_pass_by_value, unreachable_pub)]
// Under test napi registers nothing, so every item is unused.
#![cfg_attr(test, allow(dead_code))]

mod attachment;
mod bulk;
#[cfg(feature = "catalog")]
mod catalog;
mod chunks;
mod client;
mod completion_queue;
mod error;
mod event;
mod export;
mod hooks;
mod log;
mod options;
mod pages;
mod passed_record;
mod request_batch;
mod sandbox;
mod table;
mod watch;
mod wish;
