//! The client: its handle, builder and options, and the path of a request through the layers below.

#[cfg(feature = "blocking")]
pub(crate) mod blocking;
mod builder;
mod handle;
mod inspect;
mod invocation;
mod keyed_lock;
mod option_checks;
mod options;
mod send;
mod turn;

pub use builder::ClientBuilder;
pub use handle::CallFluent;
pub use inspect::RequestExt;
pub(crate) use invocation::{Invocation, is_same_id};
pub use options::RequestOptions;
pub(crate) use turn::shut_down;
