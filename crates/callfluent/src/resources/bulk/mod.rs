//! The bulk operations on resources: their descriptions, the processing of one item, and the
//! methods of both clients. `crate::bulk` runs them.

mod methods;
mod operations;

pub(crate) use operations::{BULK_OPERATIONS, CREATE_MANY_FROM_ROWS};
