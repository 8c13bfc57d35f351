//! Knowledge files of agents: the endpoints, and the upload, which finds the IDs of the new files.

mod endpoints;
mod upload;

pub use endpoints::Knowledge;
#[cfg(feature = "blocking")]
pub(super) use endpoints::blocking;
pub(crate) use upload::is_upload;
