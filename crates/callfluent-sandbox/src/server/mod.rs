//! The HTTP server: its thread, its routes, the handling of a request, the page in a browser.

mod page;
mod request_handler;
mod resettable_stream;
mod response;
mod router;
mod server_thread;

pub(crate) use router::router;
pub(crate) use server_thread::ServerThread;
