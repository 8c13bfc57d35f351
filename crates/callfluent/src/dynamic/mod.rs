//! Requests by operation name or by path. The bindings use them, so that no binding knows an
//! endpoint.

mod bulk;
mod export;
mod invoke;
mod pages;
mod request;
mod row;
mod watch;

pub use bulk::{BulkRequest, BulkRequestItem, bulk, start_bulk};
pub use export::Export;
pub use invoke::invoke;
pub use pages::Pages;
pub use request::{request, unknown_outcome_of_request};
pub use row::decode_row;
pub use watch::{Wait, Watch};
